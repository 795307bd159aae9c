"""Blending the active face with another in the real window."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.blend.state import Timeline
from app.sequences import numbered
from app.window import MainWindow
from engine.editing.interpolation import interpolate
from engine.editing.residual import ResidualLayer
from engine.geometry.formats import read_mesh
from engine.models.protocol import PARTS, REGIONS, FaceCode
from engine.project.items import ItemRef, set_residual
from tests.app.conftest import MakeWindow, ScriptedPrompts, viewport_of


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """Two random faces, the second of which is edited."""
    window = make_window()
    window.commands.randomise(1)
    window.commands.items.add_face()
    window.commands.randomise(2)
    window.blends.open(ItemRef("face", 0))
    return window


def faces_of(window: MainWindow) -> tuple[FaceCode, FaceCode]:
    faces = window.session.state.document.faces
    return faces[1].code, faces[0].code


def layer_of(window: MainWindow, height: float) -> ResidualLayer:
    """Scan detail that lifts every vertex by `height` mm."""
    lift = np.zeros((len(window.session.model.template.vertices), 3), np.float32)
    lift[:, 0] = height
    return ResidualLayer(lift)


@pytest.fixture
def detailed(window: MainWindow) -> MainWindow:
    """The same with scan detail on both faces, 1 mm on the edited one and 3 mm on the other."""
    document = window.session.state.document
    for index, height in ((1, 1.0), (0, 3.0)):
        document = set_residual(document, index, layer_of(window, height))
    window.commands.items.change(document, "Fit")
    window.blends.open(ItemRef("face", 0))
    return window


def heights(window: MainWindow) -> np.ndarray:
    """How far the edited face's scan detail lifts each vertex, mm."""
    residual = window.session.state.document.face.residual
    weights = window.session.model.template.region_weights
    assert residual is not None
    assert weights is not None
    strengths = weights @ np.array([residual.strengths[region] for region in REGIONS])
    return strengths * residual.displacement[:, 0]


def test_scan_detail_comes_over_with_its_part_in_one_step(detailed: MainWindow) -> None:
    window, document = detailed, detailed.session.state.document
    weights = window.session.model.template.region_weights
    assert weights is not None
    nose = weights[:, REGIONS.index("nose")]
    steps = window.commands.stack.count()
    slider = window.blends.panel.sliders["nose"]
    slider.drag_started.emit()
    for value in (200, 700, 1000):
        slider.setValue(value)
    slider.drag_ended.emit()
    np.testing.assert_allclose(heights(window), 1.0 + 2.0 * nose, atol=1e-5)
    model, code = window.session.model, window.session.state.code
    bare = model.preview(code)
    apart = np.linalg.norm(viewport_of(window).vertex_buffer - bare, axis=1)
    assert apart[nose.argmax()] == pytest.approx(1.0 + 2.0 * nose.max(), abs=0.3), "and is drawn"
    assert window.commands.stack.count() == steps + 1
    window.menus.undo.trigger()
    assert window.session.state.document.face.residual is document.face.residual
    assert window.session.state.code == document.face.code
    assert window.blends.blending.state.fractions["nose"] == 0.0
    window.menus.redo.trigger()
    np.testing.assert_allclose(heights(window), 1.0 + 2.0 * nose, atol=1e-5)


def test_a_part_drawn_back_leaves_no_step_and_its_own_detail(detailed: MainWindow) -> None:
    window, own = detailed, detailed.session.state.document.face
    steps = window.commands.stack.count()
    slider = window.blends.panel.sliders["head"]
    slider.drag_started.emit()
    for value in (400, 900, 0):
        slider.setValue(value)
    slider.drag_ended.emit()
    assert window.session.state.document.face.residual is own.residual
    assert window.session.state.code == own.code
    assert window.commands.stack.count() == steps


def test_detail_that_is_changed_meanwhile_is_the_new_beginning(detailed: MainWindow) -> None:
    window, blending = detailed, detailed.blends.blending
    blending.set_fraction("nose", 0.5)
    window.commands.items.set_residual_strength(1, "mouth", 0.5)
    assert set(blending.state.fractions.values()) == {0.0}
    window.commands.items.set_residual_strength(0, "head", 0.0)
    before = heights(window)
    blending.set_fraction("head", 1.0)
    weights = window.session.model.template.region_weights
    assert weights is not None
    head = weights[:, REGIONS.index("head")]
    after = heights(window)
    np.testing.assert_allclose(after[head > 0.9999], 0.0, atol=1e-3)
    np.testing.assert_allclose(after[head < 1e-4], before[head < 1e-4], atol=1e-3)


def test_taking_a_part_takes_its_detail(detailed: MainWindow) -> None:
    window = detailed
    weights = window.session.model.template.region_weights
    assert weights is not None
    eyes = weights[:, REGIONS.index("eyes")]
    window.panel.edits.take(0, "eyes")
    np.testing.assert_allclose(heights(window), 1.0 + 2.0 * eyes, atol=1e-5)
    window.menus.undo.trigger()
    np.testing.assert_allclose(heights(window), 1.0, atol=1e-5)


def test_files_of_the_way_have_its_detail(
    detailed: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = detailed
    ends = window.blends.blending.ends
    assert ends is not None
    model = window.session.model
    template, weights = model.template, model.template.region_weights
    assert weights is not None
    window.blends.export_to(tmp_path / "way.ply", 2)
    qtbot.waitUntil(lambda: "Wrote 2 files" in window.messages.text)
    window.blends.export_to(tmp_path / "way.glb", 2)
    qtbot.waitUntil(lambda: "Wrote way.glb" in window.messages.text)
    for name, code, layer in (
        ("way-1.ply", ends.start, ends.layers[0]),
        ("way-2.ply", ends.end, ends.layers[1]),
        ("way.glb", ends.start, ends.layers[0]),
    ):
        assert layer is not None
        wanted = layer.apply(model.template_surface(code), template.faces, weights)
        np.testing.assert_allclose(read_mesh(tmp_path / name).vertices, wanted, atol=2e-3)


def test_pictures_of_the_way_leave_the_detail_as_it_was(
    detailed: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window, own = detailed, detailed.session.state.document.face
    steps = window.commands.stack.count()
    window.blends.export_to(tmp_path / "way.png", 2)
    qtbot.waitUntil(lambda: "Wrote 2 pictures" in window.messages.text, timeout=20_000)
    assert window.session.state.document.face.residual is own.residual
    assert window.session.state.code == own.code
    assert window.commands.stack.count() == steps


def test_a_slider_takes_a_part_over_in_one_step(window: MainWindow) -> None:
    own, other = faces_of(window)
    steps = window.commands.stack.count()
    slider = window.blends.panel.sliders["nose"]
    slider.drag_started.emit()
    for value in (200, 700, 1000):
        slider.setValue(value)
    slider.drag_ended.emit()
    code = window.session.state.code
    np.testing.assert_array_equal(code.nose, other.nose)
    assert code.eyes.tobytes() == own.eyes.tobytes()
    assert window.commands.stack.count() == steps + 1
    assert window.commands.stack.undoText() == "Blend with Face 1"
    window.menus.undo.trigger()
    assert window.session.state.code == own
    assert window.blends.blending.state.fractions["nose"] == 0.0


def test_two_parts_mix_and_can_be_drawn_back(window: MainWindow) -> None:
    own, other = faces_of(window)
    blending = window.blends.blending
    blending.set_fraction("nose", 0.5)
    blending.set_fraction("head", 0.25)
    wanted = interpolate(own, other, {"nose": 0.5, "head": 0.25})
    assert window.session.state.code == wanted
    blending.set_fraction("nose", 0.0)
    blending.set_fraction("head", 0.0)
    assert window.session.state.code == own


def test_an_edit_from_elsewhere_is_the_new_beginning(window: MainWindow) -> None:
    blending = window.blends.blending
    blending.set_fraction("nose", 0.5)
    window.commands.set_value("mouth", 0, 1.0)
    edited = window.session.state.code
    assert set(blending.state.fractions.values()) == {0.0}
    blending.set_fraction("eyes", 0.7)
    blending.set_fraction("eyes", 0.0)
    assert window.session.state.code == edited


def test_locked_parts_stay(window: MainWindow) -> None:
    own, other = faces_of(window)
    window.session.set_lock("nose", True)
    assert not window.blends.panel.sliders["nose"].isEnabled()
    window.blends.blending.set_time(1.0)
    code = window.session.state.code
    assert code.nose.tobytes() == own.nose.tobytes()
    assert code.head.tobytes() == other.head.tobytes()


def test_part_by_part_over_time(window: MainWindow) -> None:
    own, other = faces_of(window)
    panel, blending = window.blends.panel, window.blends.blending
    panel.mode.activated.emit(1)
    assert not panel.order.isHidden()
    blending.set_timeline(Timeline(("mouth", "nose"), in_order=True))
    blending.set_time(0.5)
    assert window.session.state.code == interpolate(own, other, {"mouth": 1.0})
    assert panel.percents["mouth"].text() == "100 %"
    blending.set_time(0.75)
    assert window.session.state.code == interpolate(own, other, {"mouth": 1.0, "nose": 0.5})


def test_the_list_says_which_parts_and_in_what_order(window: MainWindow) -> None:
    order = window.blends.panel.order
    order.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert window.blends.blending.state.timeline.order == PARTS[1:]
    item = order.takeItem(4)
    order.insertItem(1, item)
    window.blends.panel._take_order()
    assert window.blends.blending.state.timeline.order == ("expression", "eyes", "mouth", "head")


def test_playing_is_one_step(window: MainWindow, qtbot: QtBot, monkeypatch) -> None:
    own, other = faces_of(window)
    monkeypatch.setattr("app.blend.blending.PLAY_SECONDS", 0.2)
    steps = window.commands.stack.count()
    window.blends.panel.play.click()
    assert window.blends.blending.state.playing
    qtbot.waitUntil(lambda: not window.blends.blending.state.playing)
    assert window.session.state.code == other
    assert window.commands.stack.count() == steps + 1
    window.menus.undo.trigger()
    assert window.session.state.code == own


def test_without_another_face_there_is_nothing_to_blend(make_window: MakeWindow) -> None:
    window = make_window()
    window.actions_by_name["blend"].trigger()
    panel = window.blends.panel
    assert not panel.hint.isHidden()
    assert not panel.time.isEnabled()
    window.blends.export_to(Path("nowhere.glb"), 4)
    assert "Choose a face" in window.messages.text
    window.commands.items.add_face()
    assert panel.hint.isHidden()
    assert panel.source.currentText() == "Face 1"


def test_the_source_is_followed_when_faces_move(window: MainWindow) -> None:
    window.commands.items.add_face()
    window.session.activate(1)
    window.blends.blending.choose(0)
    window.commands.items.move(ItemRef("face", 0), 2)
    state = window.blends.blending.state
    assert state.source == 2
    assert state.sources[2] == "Face 1"
    window.commands.items.remove(ItemRef("face", 2))
    assert window.blends.blending.state.source is not None


def test_an_animated_file_is_written(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    own, _ = faces_of(window)
    window.blends.export_to(tmp_path / "way.glb", 5)
    qtbot.waitUntil(lambda: "Wrote way.glb" in window.messages.text)
    assert b'"animations"' in (tmp_path / "way.glb").read_bytes()
    exact = window.session.model.template_surface(own)
    np.testing.assert_allclose(read_mesh(tmp_path / "way.glb").vertices, exact, atol=2e-3)


def test_numbered_files_that_are_there_are_not_replaced_unasked(
    window: MainWindow, prompts: ScriptedPrompts, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "way-2.ply").write_text("mine")
    prompts.path, prompts.may_replace = tmp_path / "way.ply", False
    window.blends.ask_and_export(2)
    assert prompts.replaced == [tmp_path / "way-2.ply"]
    assert [file.name for file in tmp_path.glob("way*")] == ["way-2.ply"]
    prompts.may_replace = True
    window.blends.ask_and_export(2)
    qtbot.waitUntil(lambda: "Wrote 2 files" in window.messages.text)
    assert len(read_mesh(tmp_path / "way-2.ply").faces)


def test_numbered_meshes_are_written(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.blends.export_to(tmp_path / "way.ply", 3)
    qtbot.waitUntil(lambda: "Wrote 3 files" in window.messages.text)
    assert sorted(path.name for path in tmp_path.glob("*.ply")) == [
        f"way-{k}.ply" for k in (1, 2, 3)
    ]


def test_pictures_show_the_way_and_change_nothing(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    own, _ = faces_of(window)
    steps = window.commands.stack.count()
    window.blends.export_to(tmp_path / "way.png", 3)
    assert not window.actions_by_name["random"].isEnabled()
    qtbot.waitUntil(lambda: "Wrote 3 pictures" in window.messages.text, timeout=20_000)
    pictures = [QImage(str(tmp_path / f"way-{k}.png")) for k in (1, 2, 3)]
    assert all(not picture.isNull() for picture in pictures)
    assert pictures[0] != pictures[2]
    assert window.session.state.code == own
    assert window.commands.stack.count() == steps
    assert window.actions_by_name["random"].isEnabled()


def test_pictures_can_be_cancelled(window: MainWindow, tmp_path: Path) -> None:
    own, _ = faces_of(window)
    window.blends.export_to(tmp_path / "way.png", 50)
    window.blends.panel.cancel.click()
    assert window.session.state.code == own
    assert window.actions_by_name["random"].isEnabled()


def test_a_folder_that_is_not_there_is_told(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.blends.export_to(tmp_path / "no" / "way.obj", 2)
    qtbot.waitUntil(lambda: "Cannot write" in window.messages.text)


def test_numbers_replace_numbers() -> None:
    assert numbered(Path("a/way.png"), 0, 24) == Path("a/way-01.png")
    assert numbered(Path("a/way-07.png"), 8, 24) == Path("a/way-09.png")
    assert numbered(Path("a/7.png"), 0, 5) == Path("a/7-1.png")
