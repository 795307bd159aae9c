"""Meshes from the dialog, read back."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from pytestqt.qtbot import QtBot

from app.export.dialog import ExportDialog
from app.jobs import JobRunner
from app.window import MainWindow
from engine.geometry.formats import read_mesh
from engine.project.items import ItemRef
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


def test_size_unit_and_axis_reach_the_file(dialog: ExportDialog, tmp_path: Path) -> None:
    life = dialog.choices.size_boxes.height_mm.value()
    dialog.choices.format.setCurrentIndex(1)
    dialog.choices.size_boxes.height_mm.setValue(100.0)
    assert dialog.choices.size_boxes.percent.value() == pytest.approx(100 * 100.0 / life, abs=0.1)
    dialog.choices.unit.setCurrentText("Centimetres")
    dialog.choices.up.setCurrentText("Z up")
    assert "10.0 cm high" in dialog.choices.hint.text()
    dialog.export_to(tmp_path / "head.obj")
    stored = trimesh.load_mesh(tmp_path / "head.obj", process=False)
    assert stored.extents[2] == pytest.approx(10.0, rel=0.02)


def test_each_format_says_its_unit_and_axis(dialog: ExportDialog) -> None:
    shown = {}
    for index, suffix in enumerate((".glb", ".obj", ".ply", ".stl")):
        dialog.choices.format.setCurrentIndex(index)
        box = dialog.choices
        shown[suffix] = (box.unit.currentText(), box.up.currentText(), box.unit.isEnabled())
    assert shown[".glb"] == ("Metres", "Y up", False)
    assert shown[".obj"] == shown[".ply"] == ("Millimetres", "Y up", True)
    assert shown[".stl"] == ("Millimetres", "Z up", True)


def test_a_foot_is_for_prints_alone(dialog: ExportDialog) -> None:
    dialog.choices.foot.setChecked(True)
    assert not dialog.choices.form().foot
    dialog.choices.format.setCurrentIndex(3)
    assert dialog.choices.form().foot


def test_names_of_the_morphs_can_be_arkits(dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.choices.morph_names.setCurrentIndex(1)
    dialog.export_to(tmp_path / "head.glb")
    content = (tmp_path / "head.glb").read_bytes()
    assert b'"jawOpen"' in content
    assert b"Jaw open" not in content


def test_what_was_chosen_is_offered_again_but_not_the_size(
    dialog: ExportDialog, window: MainWindow, tmp_path: Path
) -> None:
    dialog.choices.format.setCurrentIndex(1)
    dialog.choices.unit.setCurrentText("Centimetres")
    dialog.choices.groups.setChecked(True)
    dialog.choices.size_boxes.percent.setValue(50.0)
    dialog.export_to(tmp_path / "head.obj")
    assert "with head.mtl" in window.messages.text
    again = window.show_export().choices
    assert again.chosen.suffix == ".obj"
    assert again.unit.currentText() == "Centimetres"
    assert again.groups.isChecked()
    assert not again.foot.isChecked()
    assert again.size_boxes.scale == 1.0
    assert window.settings.folder == tmp_path
    again.format.setCurrentIndex(2)
    assert again.unit.currentText() == "Millimetres"


def test_a_typed_suffix_chooses_the_format(
    dialog: ExportDialog, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    prompts.path = tmp_path / "head.STL"
    dialog.ask_and_export()
    assert len(read_mesh(tmp_path / "head.STL").faces)
    assert not (tmp_path / "head.STL.glb").exists()


def test_files_that_the_system_did_not_ask_about_are_not_replaced_unasked(
    dialog: ExportDialog, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    dialog.choices.format.setCurrentIndex(1)
    dialog.choices.groups.setChecked(True)
    (tmp_path / "head.mtl").write_text("mine")
    (tmp_path / "head.obj").write_text("mine too")
    prompts.path, prompts.may_replace = tmp_path / "head", False
    dialog.ask_and_export()
    assert prompts.replaced == [tmp_path / "head.obj", tmp_path / "head.mtl"]
    assert (tmp_path / "head.mtl").read_text() == "mine"
    assert dialog.isVisible()
    # About head.obj itself the system has asked already.
    prompts.path, prompts.may_replace, prompts.replaced = tmp_path / "head.obj", True, []
    dialog.ask_and_export()
    assert prompts.replaced == [tmp_path / "head.mtl"]
    assert "newmtl nose" in (tmp_path / "head.mtl").read_text()


def test_the_file_is_called_after_the_face(
    window: MainWindow, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    window.commands.items.rename(ItemRef("face", 0), "A/B: C?")
    window.show_export().ask_and_export()
    assert prompts.suggested is not None
    assert prompts.suggested.name == "A-B- C-.glb"
    window.documents.save_to(tmp_path / "Nora.lineament")
    window.show_export().ask_and_export()
    assert prompts.suggested.name == "Nora.glb"
    window.commands.items.add_face()
    window.show_export().ask_and_export()
    assert prompts.suggested.name == f"{window.session.state.document.face.name}.glb"
