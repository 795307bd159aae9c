"""The parts trainer end to end on a tiny synthetic data set."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine.errors import Cancelled, InputError, WeightsError
from engine.progress import CancelToken
from tests.synthetic_faces import synthetic_faces
from tests.tiny_parts_model import tiny_template
from training.checkpoint import load_checkpoint
from training.cli import main
from training.config_file import read_parts_config
from training.parts.build import NetworkChoice, build_network
from training.parts.commands import FACES_FILE, KIT_FILE, POOL_FILE, SDF_FILE
from training.parts.motion_trainer import MotionTraining, train_motions
from training.parts.template_kit import TemplateKit, load_kit, make_kit
from training.parts.template_trainer import TemplateTraining, sample_template, train_template
from training.parts.trainer import PartsTraining, train_parts
from training.parts.true_distance import make_distance_pool

TINY = NetworkChoice(template_width=24, wide=16, narrow=12, layers=2, hyper_width=8)
SHORT = PartsTraining(
    steps=40, faces=3, points=48, part_points=16, distance_points=32, oriented=8, gradient_from=0.5
)
CONFIG = """
[network]
template_width = 16
wide = 12
narrow = 8
layers = 2
hyper_width = 8
[template]
steps = 5
batch = 64
volume_points = 2000
[training]
steps = 6
faces = 2
points = 24
part_points = 8
distance_points = 16
oriented = 4
checkpoint_seconds = 0.0
"""


@pytest.fixture(scope="module")
def faces():
    return synthetic_faces()


@pytest.fixture(scope="module")
def pool(faces):
    return make_distance_pool(faces, 6, 200, np.random.default_rng(0))


@pytest.fixture
def data(tmp_path: Path, faces, pool) -> Path:
    faces.save(tmp_path / "data" / FACES_FILE)
    pool.save(tmp_path / "data" / POOL_FILE)
    (tmp_path / "tiny.toml").write_text(CONFIG)
    return tmp_path / "data"


def test_training_brings_every_stage_closer_to_its_true_step(tmp_path, faces, pool) -> None:
    torch.manual_seed(0)
    network = build_network(faces, TINY)
    first: dict[str, float] = {}
    last: dict[str, float] = {}

    def report(step: int, terms: dict[str, float]) -> None:
        first.update(terms if not first else {})
        last.update(terms)

    settings = PartsTraining(
        **{
            **{name: getattr(SHORT, name) for name in SHORT.__slots__},
            "steps": 700,
            "whole_from": 0.98,
            "learning_rate": 3e-3,
        }
    )
    train_parts(network, faces, pool, settings, tmp_path, report)
    for part in ("expression", "mouth", "head"):
        assert last[part] < 0.8 * first[part], part


def test_the_template_learns_the_distance(faces) -> None:
    torch.manual_seed(0)
    network = build_network(faces, TINY).template
    samples = sample_template(faces, 6000, np.random.default_rng(1))
    before = float(network(samples.surface).abs().mean())
    settings = TemplateTraining(steps=300, batch=256, learning_rate=3e-3)
    train_template(network, samples, settings, torch.Generator().manual_seed(2))
    assert float(network(samples.surface).abs().mean()) < min(1.5, before / 4)


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, faces, pool) -> None:
    def train(folder: Path, stop_at: int | None) -> torch.Tensor:
        torch.manual_seed(0)
        network = build_network(faces, TINY)
        cancel = CancelToken()
        seen = iter(range(10_000))

        def report(step: int, terms: dict[str, float]) -> None:
            next(seen)

        class StopAt(CancelToken):
            calls = 0

            @property
            def cancelled(self) -> bool:
                StopAt.calls += 1
                return StopAt.calls == stop_at

            def check(self) -> None:
                raise Cancelled("stopped")

        if stop_at is None:
            train_parts(network, faces, pool, SHORT, folder, report, cancel)
        else:
            with pytest.raises(Cancelled):
                train_parts(network, faces, pool, SHORT, folder, report, StopAt())
            torch.manual_seed(9)
            network = build_network(faces, TINY)
            train_parts(network, faces, pool, SHORT, folder, report, cancel)
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    whole = train(tmp_path / "whole", None)
    resumed = train(tmp_path / "resumed", 17)
    assert torch.allclose(whole, resumed, atol=1e-6)


def test_a_checkpoint_of_another_size_is_refused(tmp_path, faces, pool) -> None:
    train_parts(build_network(faces, TINY), faces, pool, SHORT, tmp_path, lambda *_: None)
    other = build_network(faces, NetworkChoice(template_width=12, wide=8, narrow=8, layers=2))
    with pytest.raises(WeightsError, match="another --run"):
        load_checkpoint(tmp_path, other, torch.optim.Adam(other.parameters()))


@pytest.fixture(scope="module")
def kit(faces, tmp_path_factory: pytest.TempPathFactory) -> TemplateKit:
    """A template; its extraction from a trained head is tested in `test_template_*.py`."""
    motions = train_motions(faces, MotionTraining(steps=5, batch=32), tmp_path_factory.mktemp("m"))
    return make_kit(tiny_template(faces), faces, motions, handles=80)


def test_the_command_trains_and_resumes(data: Path, tmp_path: Path, kit, capfd) -> None:
    kit.save(tmp_path / "run" / KIT_FILE)
    command = ["parts", "--data", str(data), "--run", str(tmp_path / "run")]
    command += ["--config", str(tmp_path / "tiny.toml")]
    assert main(command) == 0
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()
    assert any(file.name.startswith("events") for file in (tmp_path / "run").iterdir())
    assert main(command) == 0


def test_a_run_can_start_from_exported_weights(data: Path, tmp_path: Path, kit, capsys) -> None:
    run, config = tmp_path / "run", tmp_path / "tiny.toml"
    kit.save(run / KIT_FILE)
    common = ["--data", str(data), "--config", str(config)]
    assert main(["parts", *common, "--run", str(run)]) == 0
    trained = load_file(run / "checkpoint.safetensors")
    assert main(["export", *common, "--run", str(run), "-o", str(tmp_path / "weights")]) == 0
    init = ["--init", str(tmp_path / "weights")]
    assert main(["parts", *common, "--run", str(tmp_path / "next"), *init]) == 0
    name = "base.output.weight"
    start = load_file(tmp_path / "next" / SDF_FILE)
    assert torch.equal(start[name], trained[f"network.template.{name}"])
    again = load_kit(tmp_path / "next" / KIT_FILE)
    assert np.array_equal(again.handles().motion, kit.handles().motion)
    other = tmp_path / "other.toml"
    other.write_text(CONFIG.replace("wide = 12", "wide = 20"))
    wrong = ["--data", str(data), "--config", str(other), "--run", str(tmp_path / "wrong"), *init]
    assert main(["parts", *wrong]) == 2
    assert "--config" in capsys.readouterr().err


def test_two_processes_train_together(data: Path, tmp_path: Path, kit) -> None:
    kit.save(tmp_path / "run" / KIT_FILE)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    command += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    command += ["-m", "training.cli", "parts", "--data", str(data), "--threads", "1"]
    command += ["--run", str(tmp_path / "run"), "--config", str(tmp_path / "tiny.toml")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_bad_input_ends_with_a_message_and_2(data: Path, tmp_path: Path, capsys) -> None:
    missing = ["parts", "--data", str(tmp_path / "nowhere"), "--run", str(tmp_path / "run")]
    assert main(missing) == 2
    assert "lineament-train prepare" in capsys.readouterr().err
    assert main(["prepare", "ict", "--source", str(tmp_path), "-o", str(tmp_path / "o")]) == 2
    assert "FaceXModel" in capsys.readouterr().err


def test_a_configuration_names_what_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[training]\nstepz = 3\n")
    with pytest.raises(InputError, match="stepz"):
        read_parts_config(file)
    file.write_text('[training]\nsteps = "many"\n')
    with pytest.raises(InputError, match="type int"):
        read_parts_config(file)
    file.write_text("not toml")
    with pytest.raises(InputError, match="TOML"):
        read_parts_config(file)


@pytest.mark.parametrize("name", ["parts-cpu", "parts-gpu", "parts-published"])
def test_the_shipped_configurations_are_valid(name: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "training" / "configs"
    config = read_parts_config(folder / f"{name}.toml")
    assert config.network.generated in ("edges", "all")
