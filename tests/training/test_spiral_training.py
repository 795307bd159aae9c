"""From a folder of registered meshes to a model in the editor, on a tiny set."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, InputError, WeightsError
from engine.geometry.formats.mesh_files import write_mesh
from engine.models.spiral_autoencoder import SpiralModel
from engine.progress import CancelToken
from tests.engine.geometry.shapes import sphere
from training.cli import main
from training.spiral import experiments, report
from training.spiral.config_file import SpiralNetworkChoice
from training.spiral.hierarchy_cache import cached_hierarchy
from training.spiral.pca import fit_pca
from training.spiral.registered_set import RegisteredSet
from training.spiral.splits import make_split
from training.spiral.trainer import (
    SpiralTraining,
    TrainingData,
    build_spiral_network,
    train_spiral,
)

BALL = sphere(radius=60.0, subdivisions=3)
SKIP = """
[network]
latent = 3
components = 6
hidden = 16
[training]
epochs = 2
warm_epochs = 3
mixed = 1.0
"""


def tiny_meshes() -> RegisteredSet:
    """Four people with five bends each."""
    rng = np.random.default_rng(0)
    base = BALL.vertices.astype(np.float64)
    people = rng.uniform(0.8, 1.2, (4, 3))
    meshes, names, moods = [], [], []
    for number, person in enumerate(people):
        for mood in range(5):
            bent = base * person
            bent[:, 2] += 0.004 * mood * bent[:, 1] ** 2
            meshes.append(bent)
            names.append(f"p{number}")
            moods.append(f"m{mood}")
    return RegisteredSet(
        "tiny",
        np.array(meshes, np.float32),
        BALL.faces.astype(np.int64),
        tuple(names),
        tuple(moods),
        np.array([0, 5]),
        0,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tiny_meshes().save(tmp_path / "data")
    return tmp_path / "data"


def test_two_commands_from_a_folder_to_a_model(tmp_path: Path, capsys) -> None:
    meshes = tiny_meshes()
    for k, vertices in enumerate(meshes.vertices):
        folder = tmp_path / "meshes" / meshes.identities[k]
        folder.mkdir(parents=True, exist_ok=True)
        write_mesh(folder / f"{meshes.expressions[k]}.obj", BALL.with_vertices(vertices))
    source, data = str(tmp_path / "meshes"), str(tmp_path / "data")
    assert main(["spiral", "prepare", "folder", "--source", source, "-o", data]) == 0
    assert "20 meshes of 4 people, 642 vertices" in capsys.readouterr().out
    config = tmp_path / "tiny.toml"
    config.write_text(SKIP)
    run, weights = str(tmp_path / "run"), tmp_path / "mine.safetensors"
    command = ["spiral", "train", "--data", data, "--run", run, "--config", str(config)]
    assert main([*command, "-o", str(weights)]) == 0
    assert "test meshes" in capsys.readouterr().out
    model = SpiralModel(weights, "cpu")
    assert model.size == 3
    assert model.info.metrics["mean_mm"] > 0
    found = model.reconstruct(meshes.vertices[0])
    assert np.linalg.norm(found - meshes.vertices[0], axis=1).mean() < 3.0
    code = model.encode(meshes.vertices[3])
    assert np.allclose(model.latent.code(model.latent.values(code)), code, atol=1e-3)
    assert np.allclose(model.decode(code), model.reconstruct(meshes.vertices[3]), atol=1e-3)
    drawn = model.decode(model.latent.random(np.random.default_rng(0)))
    assert drawn.shape == (642, 3)
    with pytest.raises(InputError, match="another topology"):
        model.transfer(None)
    with pytest.raises(InputError, match=r"expected|Expected"):
        model.encode(np.zeros((5, 3)))
    assert main(["spiral", "evaluate", "--data", data, "--weights", str(weights)]) == 0
    assert '"meshes": 20' in capsys.readouterr().out
    # A run folder belongs to its settings.
    assert main([*command, "--latent", "4"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_experiments_write_tables_and_pictures(data: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(report, "PICTURE", 40)
    monkeypatch.setattr(experiments, "STRIP_MESHES", 1)
    config = tmp_path / "spiral-skip.toml"
    config.write_text(SKIP)
    paper = tmp_path / "spiral-short.toml"
    paper.write_text("[training]\nepochs = 1\n")
    command = ["spiral", "experiments", "--data", str(data), "--run", str(tmp_path / "runs")]
    command += ["-o", str(tmp_path / "out"), "--sizes", "2", "3", "--weighted", "2"]
    command += ["--splits", "identity"]
    command += ["--config", str(paper), str(config)]
    assert main(command) == 0
    table = (tmp_path / "out" / "generalisation.md").read_text()
    assert "## Identity split" in table
    assert "weighted L1" in table
    assert table.count("| PCA |") == 1
    lines = (tmp_path / "out" / "generalisation.csv").read_text().splitlines()
    # Two variants at two sizes and one weighted, and PCA at two sizes.
    assert len(lines) == 1 + 2 * (2 + 1) + 2
    for name in ("error-by-size", "cumulative-identity", "strips-identity"):
        assert (tmp_path / "out" / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    # Finished trials are read back.
    assert main([*command, "--only-finished"]) == 0


def trained(folder: Path, settings: SpiralTraining, cancel: CancelToken | None = None):
    meshes = tiny_meshes()
    rows = make_split("percentage", meshes.identities, 1).train
    folder.mkdir(exist_ok=True)
    hierarchy = cached_hierarchy(meshes, folder)
    choice = SpiralNetworkChoice(latent=3, components=0)
    data = TrainingData(meshes, rows)
    network = build_spiral_network(hierarchy, choice.config(), data, settings.seed)

    def watch(epoch: int, figures: dict[str, float]) -> None:
        assert figures["loss"] > 0
        if cancel is not None and epoch == 1:
            cancel.cancel()

    train_spiral(network, data, settings, folder, watch, cancel)
    return network


def test_an_interrupted_run_resumes_where_it_was(tmp_path: Path) -> None:
    settings = SpiralTraining(epochs=3, loss="weighted_l1")
    whole = trained(tmp_path / "whole", settings)
    with pytest.raises(Cancelled):
        trained(tmp_path / "parts", settings, CancelToken())
    resumed = trained(tmp_path / "parts", settings)
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-6), name


def test_two_processes_train_together(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    config.write_text(SKIP)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    command += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    command += ["-m", "training.cli", "spiral", "train", "--data", str(data), "--threads", "1"]
    command += ["--run", str(tmp_path / "run"), "--config", str(config)]
    command += ["-o", str(tmp_path / "mine.safetensors")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert SpiralModel(tmp_path / "mine.safetensors").size == 3


def test_warm_up_beats_pca_of_the_same_size_on_bent_data(tmp_path: Path) -> None:
    meshes = tiny_meshes()
    rows = np.arange(len(meshes.vertices))
    choice = SpiralNetworkChoice(latent=2, components=8, hidden=32)
    data = TrainingData(meshes, rows)
    network = build_spiral_network(
        cached_hierarchy(meshes, tmp_path), choice.config(), data, seed=1
    )
    settings = SpiralTraining(epochs=1, warm_epochs=300, learning_rate=3e-3)
    train_spiral(network, data, settings, tmp_path, lambda epoch, figures: None)
    given = torch.from_numpy(meshes.vertices)
    with torch.no_grad():
        ours = (network.decode(network.encode(given)) - given).norm(dim=2).mean()
    linear = fit_pca(meshes.vertices, 2).reconstruct(meshes.vertices, 2) - meshes.vertices
    assert float(ours) < 0.9 * np.linalg.norm(linear, axis=2).mean()


def test_unsound_commands_say_so(data: Path, tmp_path: Path, capsys) -> None:
    assert main(["spiral", "prepare", "folder", "-o", str(tmp_path / "x")]) == 2
    assert "--source" in capsys.readouterr().err
    assert main(["spiral", "train", "--data", str(tmp_path), "--run", str(tmp_path / "r")]) == 2
    assert "spiral prepare" in capsys.readouterr().err
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[network]\nlatents = 3\n")
    command = ["spiral", "train", "--data", str(data), "--run", str(tmp_path / "r")]
    assert main([*command, "--config", str(wrong)]) == 2
    assert "no setting 'latents'" in capsys.readouterr().err
    run = str(tmp_path / "nothing")
    target = str(tmp_path / "w.safetensors")
    assert main(["spiral", "export", "--data", str(data), "--run", run, "-o", target]) == 2
    assert "holds no run" in capsys.readouterr().err
    with pytest.raises(WeightsError, match="missing"):
        SpiralModel(tmp_path / "w.safetensors")
