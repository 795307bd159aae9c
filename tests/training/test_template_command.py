"""Reading a trained network, and the command."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import InputError
from engine.networks.template import TemplateNetwork
from tests.training.synthetic_head import registered_head
from training.parts.build import set_guide, template_config
from training.parts.template import __main__ as command
from training.parts.template.network_field import load_template_field
from training.parts.true_distance import true_signed_distance


@pytest.fixture(scope="module")
def faces():
    return registered_head()


@pytest.mark.parametrize("prefix", ["", "template."])
def test_a_network_is_read_alone_or_out_of_a_whole_one(faces, prefix, tmp_path):
    torch.manual_seed(0)
    network = TemplateNetwork(template_config(faces, 24))
    canonical = faces.vertices(faces.canonical_code())
    set_guide(network, lambda nodes: true_signed_distance(faces, canonical, nodes))
    state = {prefix + name: value for name, value in network.state_dict().items()}
    if prefix:
        state["warp.rest"] = torch.zeros(3)
    save_file(state, tmp_path / "network.safetensors")
    evaluate = load_template_field(tmp_path / "network.safetensors", faces)
    points = np.random.default_rng(0).uniform(-90, 90, (64, 3)).astype(np.float32)
    with torch.no_grad():
        truth = network(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(evaluate(points), truth, atol=1e-5)


def test_another_network_is_refused(faces, tmp_path):
    file = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(2, 2)}, file)
    with pytest.raises(InputError, match="no template network"):
        load_template_field(file, faces)


def test_the_command_says_what_is_missing(monkeypatch, capsys, tmp_path):
    arguments = [
        "template",
        "--network",
        "none",
        "--faces",
        str(tmp_path / "none.npz"),
        "-o",
        "out",
    ]
    monkeypatch.setattr("sys.argv", arguments)
    assert command.main() == 2
    assert "not a prepared data set" in capsys.readouterr().err
