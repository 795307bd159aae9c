"""Meshes from the dialog, read back."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.export_dialog import ExportDialog
from app.jobs import JobRunner
from app.window import MainWindow
from engine.geometry.formats import read_mesh
from tests.app.conftest import ScriptedPrompts
from tests.app.executors import ManualExecutor


@pytest.fixture
def dialog(window: MainWindow) -> ExportDialog:
    window.commands.randomise(2, ["nose", "head"])
    return window.show_export()


@pytest.mark.parametrize(("index", "suffix"), [(0, ".glb"), (1, ".obj"), (2, ".ply"), (3, ".stl")])
def test_each_format_holds_the_template(
    dialog: ExportDialog,
    window: MainWindow,
    prompts: ScriptedPrompts,
    tmp_path: Path,
    index,
    suffix,
) -> None:
    dialog.choices.format.setCurrentIndex(index)
    prompts.path = tmp_path / "head"
    dialog.ask_and_export()
    mesh = read_mesh(tmp_path / f"head{suffix}")
    wanted = window.session.model.template_surface(window.session.state.code)
    np.testing.assert_allclose(
        np.percentile(mesh.vertices, [0, 50, 100], axis=0),
        np.percentile(wanted, [0, 50, 100], axis=0),
        atol=1.5 if suffix == ".stl" else 1e-3,
    )
    assert f"head{suffix}" in window.messages.text
    assert not dialog.isVisible()


def test_a_free_surface_is_finer_with_its_resolution(
    dialog: ExportDialog, tmp_path: Path, window: MainWindow
) -> None:
    dialog.choices.format.setCurrentIndex(2)
    dialog.choices.topology.setCurrentIndex(1)
    assert dialog.choices.resolution.isEnabled()
    counts = []
    for index in (0, 1):
        dialog.choices.resolution.setCurrentIndex(index)
        dialog.export_to(tmp_path / "free.ply")
        counts.append(len(read_mesh(tmp_path / "free.ply").vertices))
    assert counts[1] > 3 * counts[0]


def test_morphs_are_offered_where_they_can_be_held(dialog: ExportDialog) -> None:
    assert dialog.choices.morphs.isEnabled()
    dialog.choices.format.setCurrentIndex(1)
    assert not dialog.choices.morphs.isEnabled()
    dialog.choices.format.setCurrentIndex(0)
    dialog.choices.topology.setCurrentIndex(1)
    assert not dialog.choices.morphs.isEnabled()


def test_morphs_are_written(dialog: ExportDialog, window: MainWindow, tmp_path: Path) -> None:
    dialog.export_to(tmp_path / "head.glb")
    assert "8 morph targets" in window.messages.text
    assert b"Jaw open" in (tmp_path / "head.glb").read_bytes()


def test_a_failure_is_told_and_the_dialog_stays(
    dialog: ExportDialog, window: MainWindow, tmp_path: Path
) -> None:
    dialog.export_to(tmp_path / "nowhere" / "head.glb")
    assert "nowhere" in window.messages.text
    assert dialog.isVisible()


def test_cancel_stops_the_export(
    window: MainWindow, qtbot: QtBot, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    executor = ManualExecutor()
    runner = JobRunner("export", executor)
    dialog = ExportDialog(window.session, runner, prompts, window.settings, window)
    dialog.export_to(tmp_path / "head.glb")
    assert dialog.cancel.text() == "Cancel"
    dialog.cancel.click()
    executor.run_next()
    assert not (tmp_path / "head.glb").exists()
    assert dialog.cancel.text() == "Close"
