"""The comparison window with the synthetic model: what it measures, shows, writes and edits."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.comparison.measuring import AlignChoice
from app.comparison.region_paint import REGION_COLORS
from app.comparison.value_bar import TICKS, tick_decimals
from engine.evaluation.color_maps import NO_VALUE
from engine.evaluation.surface_report import ReportSettings
from engine.geometry.formats import write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS
from engine.project import items
from engine.project.document import NamedFace, NamedScan
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(30, 40)


@pytest.fixture
def editor(make_window, monkeypatch):
    """An editor with three faces: the mean face, one with another nose, one with other eyes."""
    quick = ReportSettings(samples=3000, region_samples=600, points=False)
    monkeypatch.setattr("app.comparison.measuring.REPORT", quick)
    window = make_window(model=MODEL)
    document = window.session.state.document
    mean = MODEL.mean_code()
    for name, part in (("Nosy", "nose"), ("Wide-eyed", "eyes")):
        document = items.add_face(document, NamedFace(name, mean.with_value(part, 0, 3.0)))
    window.session.set_items(document)
    return window


def open_comparison(editor, qtbot):
    """The comparison window, once it is seen: it comes in a few turns of the event loop."""
    editor.actions_by_name["compare"].trigger()
    qtbot.waitUntil(lambda: editor.compare.window is not None)
    qtbot.waitUntil(editor.compare.window.isVisible)
    return editor.compare.window


@pytest.fixture
def compared(editor, qtbot):
    """The comparison window: both against the mean face."""
    window = open_comparison(editor, qtbot)
    comparison = editor.compare.comparison
    comparison.set_reference("face 0")
    comparison.set_shown("face 1", True)
    comparison.set_shown("face 2", True)
    comparison.set_current("face 1")
    assert len(comparison.all_measured()) == 2
    return window


def test_the_window_is_made_ahead_in_pieces(editor, qtbot):
    tools = editor.compare
    tools.prepare(views=3)
    early = tools._made is not None
    assert not early, "not in the turn of whoever asks"
    qtbot.waitUntil(lambda: not tools._turns.isActive())
    made = tools._made
    assert made is not None
    assert len(made.grid.views) == 3
    opened = tools.window is not None or made.isVisible()
    assert not opened
    tools.open()
    assert tools.window is made
    qtbot.waitUntil(made.isVisible)
    shown = len(tools.comparison.shown)
    assert [view.isVisibleTo(made) for view in made.grid.views] == [n < shown for n in range(3)]


def test_the_editor_may_close_before_the_window_is_made(editor):
    editor.compare.open_soon()
    editor.close()
    QApplication.processEvents()
    assert editor.compare.window is None


def test_each_face_differs_where_it_was_changed(compared):
    comparison = compared.comparison
    for key, changed, same in (("face 1", "nose", "eyes"), ("face 2", "eyes", "nose")):
        report = comparison.measured_of(key).comparison.report
        assert report.region(changed).forward.mean > 3 * report.region(same).forward.mean
    headers = compared.numbers.table.header
    assert {"Region", "Mean (mm)", "Chamfer (mm)"} <= set(headers)
    model, across = compared.numbers.model(), Qt.Orientation.Horizontal
    for column, title in enumerate(headers):
        told = model.headerData(column, across, Qt.ItemDataRole.ToolTipRole)
        assert (told is not None) == (title not in ("Surface", "Reference", "Region")), title
    assert len(compared.numbers.table.rows) == 2 * 5
    assert set(compared.curves.curves) == {"Nosy", "Wide-eyed"}


def test_another_reference_is_measured_anew(compared):
    comparison = compared.comparison
    comparison.set_reference("face 1")
    assert comparison.shown == ("face 2",)
    comparison.set_shown("face 0", True)
    back = comparison.measured_of("face 0").comparison
    assert back.reference_name == "Nosy"
    assert back.report.region("nose").forward.mean > 0.3


def test_up_to_four_views_look_from_one_place(compared, editor):
    grid = compared.grid
    assert [view.isVisibleTo(compared) for view in grid.views] == [True, True]
    target = grid.views[0].orbit.turned(30.0, 5.0)
    grid.views[0].set_orbit(target)
    grid.views[0].moved.emit(target)
    assert grid.views[1].orbit == target
    compared.tools.link.trigger()
    grid.views[0].moved.emit(target.turned(9.0, 0.0))
    assert grid.views[1].orbit == target


@pytest.mark.parametrize("layout", ["wipe", "blink", "overlay"])
def test_one_view_compares_in_other_ways(compared, layout):
    compared.tools.layouts[layout].trigger()
    grid = compared.grid
    assert [view.isVisibleTo(compared) for view in grid.views] == [True, False]
    assert grid.wipe.isVisibleTo(compared) == (layout == "wipe")
    if layout == "blink":
        grid._swap()
        assert grid.views[0].showing == "reference"
        grid._swap()
    grid.wipe.setValue(200)
    compared.tools.layouts["grid"].trigger()
    assert grid.views[0].showing == "surface"


def test_colours_change_without_measuring(compared, monkeypatch):
    comparison, view = compared.comparison, compared.grid.views[0]

    def refuse(*_arguments):
        raise AssertionError("measured again")

    monkeypatch.setattr("app.comparison.measuring.Measurer.measure", refuse)
    before = view.colors.copy()
    compared.heat.high.setValue(compared.heat.high.value() * 3)
    assert comparison.heat.percentile is None
    wider = view.colors.copy()
    assert (before != wider).any()
    compared.heat.map.setCurrentIndex(compared.heat.map.findData("viridis"))
    compared.heat.map.activated.emit(0)
    assert (view.colors != wider).any()
    compared.heat.reverse.setChecked(True)
    style = comparison.style()
    assert (style.map_name, style.reverse) == ("viridis", True)


def test_the_threshold_masks_and_the_histogram_brushes(compared):
    comparison, view = compared.comparison, compared.grid.views[0]
    values = comparison.field_of("face 1").values
    limit = float(values.max() / 2)
    compared.heat.threshold.setValue(limit)
    masked = (view.colors == NO_VALUE).all(axis=1)
    np.testing.assert_array_equal(masked, values < compared.heat.threshold.value())
    compared.heat.threshold.setValue(0.0)
    plain = view.colors.copy()
    compared.bar.brushed.emit((limit, np.inf))
    changed = (view.colors != plain).any(axis=1)
    assert not changed[values >= limit].any()
    assert changed[values < limit].mean() > 0.9


def test_dragging_over_the_histogram_chooses_a_range(compared, qtbot):
    bar, comparison = compared.bar, compared.comparison
    middle = bar.width() - 20
    start, end = QPoint(middle, 60), QPoint(middle, bar.height() // 2)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(bar, end)
    assert comparison.heat.brush == pytest.approx((bar.value_at(end.y()), bar.value_at(60)))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=end)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=start)
    assert comparison.heat.brush is None


def test_a_click_on_a_card_shows_its_histogram(compared, qtbot):
    assert "Nosy" in compared.bar.toolTip()
    card = compared.items.card("face 2")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert compared.comparison.current == "face 2"
    assert "Wide-eyed" in compared.bar.toolTip()


@pytest.mark.parametrize(
    ("low", "high", "decimals"), [(0.0, 8.011, 1), (0.0, 3.0, 2), (-0.02, 0.02, 3), (0.0, 120.0, 0)]
)
def test_ticks_have_the_same_digits_and_differ(low, high, decimals):
    assert tick_decimals(low, high) == decimals
    assert len({f"{value:.{decimals}f}" for value in np.linspace(low, high, TICKS)}) == TICKS


def test_a_range_the_wrong_way_round_is_told(compared):
    heat, before = compared.heat, compared.comparison.style()
    heat.low.setValue(before.high + 1.0)
    assert "from a lower to a higher" in compared.messages.text
    assert compared.comparison.style() == before


def test_every_kind_of_value_can_be_shown(compared):
    comparison = compared.comparison
    for index, kind in enumerate(("nearest", "signed", "corresponding", "sliding")):
        compared.heat.kind.setCurrentIndex(index)
        compared.heat.kind.activated.emit(index)
        assert comparison.field_of("face 1").kind == kind
    comparison.set_heat(replace(comparison.heat, kind="signed"))
    style = comparison.style()
    assert style.low == -style.high
    assert style.map_name == "vane"


def test_pointing_reads_the_value_and_clicking_chooses_the_part(compared, editor):
    values = compared.comparison.field_of("face 1").values
    vertex = int(values.argmax())
    asked: list[str] = []
    editor.session.part_requested.connect(asked.append)
    compared.grid.pointed.emit("face 1", vertex)
    assert f"{values[vertex]:.3f} mm, nose" in compared.probe.text.text()
    compared.grid.clicked.emit("face 1", vertex)
    assert asked == ["nose"]
    assert editor.session.state.document.active == 1
    assert compared.probe.button.isEnabled()


def test_refitting_the_chosen_part_takes_its_error_away(compared, editor, qtbot):
    comparison = compared.comparison
    before = comparison.measured_of("face 1").comparison.report.region("nose").forward.mean
    code = editor.session.state.document.faces[1].code
    compared.grid.clicked.emit("face 1", int(comparison.field_of("face 1").values.argmax()))
    compared.probe.button.click()
    after_code = editor.session.state.document.faces[1].code
    assert (after_code.nose != code.nose).any()
    np.testing.assert_array_equal(after_code.eyes, code.eyes)
    comparison.refresh()
    after = comparison.measured_of("face 1").comparison.report.region("nose").forward.mean
    assert after < 0.3 * before
    editor.commands.stack.undo()
    assert editor.session.state.document.faces[1].code == code


def test_the_error_is_attributed_to_the_part_that_differs(compared):
    compared.comparison.set_current("face 1")
    compared.attribution.button.click()
    table = compared.attribution.shares.table
    shares = {str(row[0]): float(row[3]) for row in table.rows}
    assert set(shares) == {"pose", *PARTS, "residual", "all"}
    assert max(PARTS, key=lambda part: shares[part]) == "nose"
    assert "Nosy" in compared.attribution.title.text()


def test_painting_a_region_changes_what_the_figures_are_given_for(compared):
    comparison, view = compared.comparison, compared.grid.views[0]
    before = comparison.measured_of("face 1").comparison.report
    vertex = int(comparison.field_of("face 1").values.argmax())
    compared.tools.brush.setCurrentIndex(compared.tools.brush.findData("eyes"))
    compared.tools.brush.activated.emit(0)
    compared.paint.radius_mm = 40.0
    view.stroked.emit(vertex)
    assert tuple(view.colors[vertex]) == tuple(REGION_COLORS[1])
    view.stroke_ended.emit()
    after = comparison.measured_of("face 1").comparison.report
    # The nose's error is the eyes' now.
    assert after.region("eyes").forward.maximum > before.region("eyes").forward.maximum
    compared.tools.brush.setCurrentIndex(compared.tools.brush.findData("reset"))
    compared.tools.brush.activated.emit(0)
    again = comparison.measured_of("face 1").comparison.report
    assert again.region("eyes").forward.mean == before.region("eyes").forward.mean
    assert (view.colors[vertex] == comparison.colors_of("face 1")[vertex]).all()


def test_files_are_aligned_as_asked_and_back(compared, tmp_path, prompts):
    path = tmp_path / "moved.ply"
    shifted = MODEL.template.vertices + np.array([12, 0, 0], np.float32)
    write_mesh(path, Mesh(shifted, MODEL.template.faces))
    prompts.path = path
    compared.items.files_wanted.emit()
    comparison, key = compared.comparison, str(path)
    assert comparison.measured_of(key).comparison.report.whole.forward.mean > 3
    comparison.set_align(key, AlignChoice("rigid"))
    aligned = comparison.measured_of(key)
    assert aligned.comparison.report.whole.forward.mean < 1e-3
    assert "aligned by vertices" in compared.items.card(key).note.text()
    comparison.set_align(key, AlignChoice("similarity", "landmarks"))
    assert comparison.measured_of(key).comparison.report.whole.forward.mean < 1e-3
    comparison.set_align(key, AlignChoice("rigid", "icp", "nose"))
    assert comparison.measured_of(key).comparison.report.region("nose").forward.mean < 0.2
    comparison.set_align(key, AlignChoice())
    assert comparison.measured_of(key).comparison.report.whole.forward.mean > 3
    compared.items.card(key).remove.click()
    assert comparison.item(key) is None


def test_what_cannot_be_read_or_aligned_is_told(compared, tmp_path):
    comparison = compared.comparison
    broken = tmp_path / "broken.obj"
    broken.write_text("hello")
    comparison.add_files([broken])
    assert "broken" in comparison.error_of(str(broken))
    assert compared.messages.isVisibleTo(compared)
    comparison.remove_file(str(broken))
    other = tmp_path / "other.ply"
    write_mesh(other, Mesh(MODEL.template.vertices, MODEL.template.faces[1:]))
    comparison.add_files([other])
    comparison.set_align(str(other), AlignChoice("rigid", "corresponding"))
    assert "same topology" in comparison.error_of(str(other))
    comparison.set_align(str(other), AlignChoice("rigid", "icp"))
    assert comparison.error_of(str(other)) is None


def test_files_are_written(compared, tmp_path, prompts):
    for name, save in (
        ("figures.json", compared.exports.save_table),
        ("figures.tex", compared.exports.save_table),
        ("curves.png", compared.exports.save_curves),
        ("values.ply", compared.exports.save_values),
        ("values.npz", compared.exports.save_values),
        ("picture.png", compared._save_picture),
    ):
        prompts.path = tmp_path / name
        save()
        assert prompts.path.stat().st_size > 100
    rows = json.loads((tmp_path / "figures.json").read_text())
    measured = compared.comparison.all_measured()[0][1].comparison
    assert rows[0]["Mean (mm)"] == measured.report.whole.forward.mean
    with np.load(tmp_path / "values.npz", allow_pickle=False) as arrays:
        current = compared.comparison.field_of(compared.comparison.current)
        np.testing.assert_array_equal(arrays["nearest_mm"], current.values)
    compared.numbers.copy()
    assert QGuiApplication.clipboard().text().startswith("| Surface |")


def test_an_edit_is_measured_when_the_hand_rests(compared, editor, qtbot):
    comparison = compared.comparison
    before = comparison.measured_of("face 1")
    editor.session.activate(1)
    editor.commands.set_value("nose", 0, 0.0)
    assert comparison.measured_of("face 1") is before
    comparison._rest.timeout.emit()
    assert comparison.measured_of("face 1").comparison.report.whole.forward.mean < 1e-3


def test_no_more_than_four_are_shown(compared, tmp_path):
    comparison = compared.comparison
    paths = []
    for k in range(3):
        paths.append(tmp_path / f"head-{k}.ply")
        write_mesh(paths[-1], MODEL.template)
    comparison.add_files(paths)
    assert len(comparison.shown) == 4
    comparison.set_shown(str(paths[2]), True)
    assert len(comparison.shown) == 4
    assert sum(view.isVisibleTo(compared) for view in compared.grid.views) == 4


def test_closing_the_window_stops_measuring_and_it_opens_again(compared, editor, qtbot):
    compared.close()
    editor.commands.set_value("nose", 1, 1.0)
    editor.compare.comparison._rest.timeout.emit()
    QApplication.processEvents()
    assert not compared.isVisible()
    assert open_comparison(editor, qtbot) is compared
    assert len(compared.comparison.all_measured()) == 2


def test_what_is_seen_is_compared_with_the_scan_at_hand(make_window, monkeypatch, qtbot):
    quick = ReportSettings(samples=3000, region_samples=600, points=False)
    monkeypatch.setattr("app.comparison.measuring.REPORT", quick)
    editor = make_window(model=MODEL)
    document = items.set_visible(editor.session.state.document, items.ItemRef("face", 0), False)
    document = items.add_face(document, NamedFace("Seen", MODEL.mean_code()))
    for name in ("First", "Second"):
        placed = Similarity.identity()
        document = items.add_scan(document, NamedScan(name, MODEL.template, placed, accepted=True))
        document = items.set_visible(document, items.ItemRef("scan", 0), False)
    editor.session.set_items(document)
    editor.session.select(items.ItemRef("face", 1))
    open_comparison(editor, qtbot)
    comparison = editor.compare.comparison
    assert (comparison.reference, comparison.shown) == ("scan 1", ("face 1",))
    comparison.reference = None
    editor.session.select(items.ItemRef("scan", 0))
    comparison.refresh()
    assert comparison.reference == "scan 0"
    editor.compare.window.show_text("error", "Something is wrong.")
    qtbot.keyClick(editor.compare.window, Qt.Key.Key_Escape)
    assert not editor.compare.window.messages.text


def test_the_edited_face_is_measured_against_another_one(editor, qtbot):
    for hidden in (0, 1):
        editor.commands.items.set_visible(items.ItemRef("face", hidden), False)
    open_comparison(editor, qtbot)
    comparison = editor.compare.comparison
    assert (comparison.reference, comparison.shown) == ("face 0", ("face 2",))


def test_a_lone_face_is_shown_until_there_is_something_to_compare(make_window, tmp_path, qtbot):
    editor = make_window(model=MODEL)
    window = open_comparison(editor, qtbot)
    assert window.grid.views[0].showing == "reference"
    assert window.grid.views[0].has_content
    assert "Add a surface" in window.grid.views[0].caption.text()
    assert not window.numbers.table.rows
    window.exports.save_values()
    path = tmp_path / "head.ply"
    write_mesh(path, MODEL.template)
    window.comparison.add_files([path])
    assert len(window.comparison.all_measured()) == 1
