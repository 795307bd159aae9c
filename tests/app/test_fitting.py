"""Fitting in the real window: live, stopped, cancelled, one step of undo."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import engine.editing.residual
import engine.fitting
import engine.fitting.report
from app.fit.fitting import Fitting
from app.fit.state import FitOptions, FitState
from app.jobs import ThreadExecutor
from app.panels.part_menu import PartMenu
from app.window import MainWindow
from engine.editing.residual import ResidualLayer
from engine.errors import InputError
from engine.fitting import FitSettings, FitStep
from engine.fitting.report import FitReport, RegionFit
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, REGIONS
from engine.project.archive import open_document
from engine.project.document import NamedScan
from engine.project.items import ItemRef
from tests.app.conftest import MakeWindow, viewport_of

PLACED = Similarity(np.eye(3), np.array([0.0, 0.5, 0.0]), 10.0)


class FakeFit:
    """A fit whose steps go to a known code, held back until the test lets go."""

    def __init__(self) -> None:
        self.steps = 5
        self.asked: list[FitSettings] = []
        self.go = threading.Event()
        self.error: InputError | None = None

    def fit(self, model, scan, start, settings=None, cancel=None) -> Iterator[FitStep]:
        self.asked.append(settings)
        for number in range(1, self.steps + 1):
            if number == 3:
                while not self.go.wait(0.002):
                    cancel.check()
            if number == 4 and self.error is not None:
                raise self.error
            code = settings.start_code
            for part in settings.parts:
                code = code.with_value(part, 0, 0.2 * number)
            done = number == self.steps
            yield FitStep(code, PLACED, 3.0 / number, number, number / self.steps, done)

    @staticmethod
    def residual(model, code, scan, strengths=None, cancel=None) -> ResidualLayer:
        layer = np.zeros((len(model.template.vertices), 3), np.float32)
        layer[:, 0] = 2.0
        return ResidualLayer(layer)

    @staticmethod
    def report(
        model, code, similarity, scan, residual=None, seconds=None, iterations=None, cancel=None
    ) -> FitReport:
        regions = {name: RegionFit(0.2, 99.0) for name in REGIONS}
        whole = RegionFit(0.31, 98.0)
        layered = None if residual is None else RegionFit(0.05, 100.0)
        return FitReport(whole, regions, layered, 0.8, similarity, seconds, iterations)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFit]:
    fake = FakeFit()
    monkeypatch.setattr(engine.fitting, "fit_scan", fake.fit)
    monkeypatch.setattr(engine.editing.residual, "fit_residual", fake.residual)
    monkeypatch.setattr(engine.fitting.report, "fit_report", fake.report)
    yield fake
    fake.go.set()


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """A window with a scan, the mean head in centimetres; its jobs run on threads."""
    window = make_window(ThreadExecutor)
    template = window.session.model.template
    mesh = template.with_vertices(template.vertices / 10.0)
    scan = NamedScan("Ada", mesh, Similarity.scaling(10.0), accepted=True)
    window.commands.items.add_scan(scan)
    return window


def fitting(window: MainWindow) -> Fitting:
    return window.fits.fitting


def state_of(window: MainWindow) -> FitState:
    state = fitting(window).state
    assert state is not None
    return state


def begin(window: MainWindow, qtbot: QtBot, options: FitOptions | None = None) -> None:
    """Start and wait until the held step is shown."""
    window.actions_by_name["fit"].trigger()
    fitting(window).start(options or FitOptions())
    qtbot.waitUntil(lambda: state_of(window).rms_mm == pytest.approx(1.5))


def finish(window: MainWindow, qtbot: QtBot, fake: FakeFit) -> None:
    fake.go.set()
    qtbot.waitUntil(lambda: not fitting(window).running, timeout=8000)


def test_a_fit_is_shown_live_and_is_one_step(
    window: MainWindow, qtbot: QtBot, fake: FakeFit
) -> None:
    before = window.session.state.document
    mean_vertices = viewport_of(window).vertex_buffer.copy()
    begin(window, qtbot)
    assert [face.name for face in window.session.state.document.faces] == ["Face 1", "Fit of Ada"]
    assert window.session.state.code.nose[0] == pytest.approx(0.4)
    assert np.abs(viewport_of(window).vertex_buffer - mean_vertices).max() > 0.3
    assert window.fits.panel.progress.isVisible()
    assert window.commands.stack.count() == 1, "only the import so far"
    finish(window, qtbot, fake)
    document = window.session.state.document
    assert window.session.state.code.nose[0] == pytest.approx(1.0)
    assert document.scans[0].alignment is PLACED
    assert document.face.residual is not None
    assert window.commands.stack.count() == 2
    assert state_of(window).stage == "done"
    window.menus.undo.trigger()
    assert window.session.state.document == before
    window.menus.redo.trigger()
    assert window.session.state.document.face.residual is document.face.residual
    assert window.session.state.document.scans[0].alignment is PLACED


def test_the_report_is_shown(window: MainWindow, qtbot: QtBot, fake: FakeFit) -> None:
    begin(window, qtbot)
    finish(window, qtbot, fake)
    texts = window.fits.panel.report_texts()
    assert texts[3:6] == ["Whole", "0.31 mm", "98.0 %"]
    assert texts[-3:] == ["With detail", "0.05 mm", "100.0 %"]
    assert "80 %" in window.fits.panel.figures.text()
    old = window.fits.panel.findChildren(QLabel)
    window.fits.panel.show_state(state_of(window))
    shown = [label for label in old if label.isVisible() and label.text() == "0.31 mm"]
    assert not shown, "the old figures lie below the new ones"
    window.fits.panel.cancel.click()
    assert window.panel.isVisible()
    assert window.session.state.document.face.residual is not None, "closing undoes nothing"


def test_cancel_leaves_the_document_as_it_was(
    window: MainWindow, qtbot: QtBot, fake: FakeFit
) -> None:
    before = window.session.state.document
    begin(window, qtbot)
    window.fits.panel.cancel.click()
    assert window.session.state.document == before
    assert window.commands.stack.count() == 1
    assert not window.commands.stack.canRedo()
    assert state_of(window).stage == "ready"
    fake.go.set()
    qtbot.wait(80)
    assert window.session.state.document == before
    qtbot.waitUntil(lambda: window.follower.status.exact)


def test_stop_keeps_what_there_is(window: MainWindow, qtbot: QtBot, fake: FakeFit) -> None:
    begin(window, qtbot)
    window.fits.panel.stop.click()
    finish(window, qtbot, fake)
    assert window.session.state.code.nose[0] == pytest.approx(0.6), "the step being computed"
    assert state_of(window).stopped
    assert state_of(window).report is None
    assert "mm (RMS) from the scan" in window.fits.panel.figures.text()
    assert window.commands.stack.count() == 2
    window.menus.undo.trigger()
    assert len(window.session.state.document.faces) == 1


def test_an_error_is_told_and_changes_nothing(
    window: MainWindow, qtbot: QtBot, fake: FakeFit
) -> None:
    before = window.session.state.document
    fake.error = InputError("Too little of the scan lies about the model.")
    begin(window, qtbot)
    finish(window, qtbot, fake)
    assert "Too little" in window.messages.text
    assert window.session.state.document == before


def dropped(path: Path) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    # Qt does not keep the data alive for an event that Python made.
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.kept = data  # type: ignore[attr-defined]
    return event


def test_nothing_else_edits_while_a_fit_runs(
    window: MainWindow, qtbot: QtBot, fake: FakeFit, tmp_path: Path
) -> None:
    begin(window, qtbot)
    for name in ("new", "open", "save", "random", "reset", "add_face", "import_scan", "fit"):
        assert not window.actions_by_name[name].isEnabled(), name
    assert not window.menus.undo.isEnabled()
    assert not window.outliner.isEnabled()
    assert not window.panel.isVisible()
    assert window.actions_by_name["front"].isEnabled()
    window.dropEvent(dropped(tmp_path / "other.lineament"))
    window.dropEvent(dropped(tmp_path / "other.ply"))
    assert "Wait until the fit is over" in window.messages.text
    assert fitting(window).running
    finish(window, qtbot, fake)
    assert window.actions_by_name["random"].isEnabled()
    assert window.menus.undo.isEnabled()
    assert window.outliner.isEnabled()


def test_chosen_parts_of_the_active_face_alone(
    window: MainWindow, qtbot: QtBot, fake: FakeFit
) -> None:
    window.commands.randomise(4)
    code = window.session.state.code
    window.session.set_lock("eyes", True)
    window.session.select(ItemRef("scan", 0))
    window.actions_by_name["fit"].trigger()
    panel = window.fits.panel
    assert not panel.parts["eyes"].isChecked(), "a locked part is not offered"
    panel.parts["expression"].setChecked(False)
    panel.target.setCurrentIndex(1)
    panel.detail.setChecked(False)
    fake.go.set()
    panel.start.click()
    qtbot.waitUntil(lambda: state_of(window).stage == "done")
    assert fake.asked[0].parts == ("nose", "mouth", "head")
    assert fake.asked[0].pose_free
    now = window.session.state.code
    changed = [part for part in PARTS if not np.array_equal(now.part(part), code.part(part))]
    assert changed == ["nose", "mouth", "head"]
    assert len(window.session.state.document.faces) == 1
    assert window.session.state.document.face.residual is None


def test_one_part_is_refitted_from_its_menu(
    window: MainWindow, qtbot: QtBot, fake: FakeFit
) -> None:
    window.commands.randomise(4)
    code = window.session.state.code
    fake.go.set()
    menu = window.panel.sections["mouth"].header.more.menu()
    assert isinstance(menu, PartMenu)
    menu.fill()
    entry = next(action for action in menu.actions() if action.text() == "Refit to the scan")
    entry.trigger()
    qtbot.waitUntil(lambda: state_of(window).stage == "done")
    assert (fake.asked[0].parts, fake.asked[0].pose_free) == (("mouth",), False)
    assert window.session.state.code == code.with_part("mouth", window.session.state.code.mouth)
    assert window.session.state.code != code


def test_without_a_scan_there_is_nothing_to_fit(window: MainWindow) -> None:
    window.commands.items.remove(ItemRef("scan", 0))
    window.actions_by_name["fit"].trigger()
    assert "Import one first" in window.messages.text
    assert fitting(window).state is None
    window.fits.refit_actions["nose"].trigger()
    assert fitting(window).state is None


def test_closing_the_window_ends_a_fit(window: MainWindow, qtbot: QtBot, fake: FakeFit) -> None:
    begin(window, qtbot)
    started = time.monotonic()
    window.close()
    assert time.monotonic() - started < 5.0
    assert not window.isVisible()


def test_detail_has_a_strength_for_each_part(
    window: MainWindow, qtbot: QtBot, fake: FakeFit, tmp_path
) -> None:
    fake.go.set()
    window.actions_by_name["fit"].trigger()
    window.fits.panel.start.click()
    qtbot.waitUntil(lambda: state_of(window).stage == "done", timeout=8000)
    window.fits.panel.cancel.click()
    qtbot.waitUntil(lambda: window.follower.status.exact, timeout=8000)
    card = window.panel.detail
    assert card.isVisible()
    with_detail = viewport_of(window).vertex_buffer.copy()
    bare = window.session.model.template_surface(window.session.state.code)
    assert np.linalg.norm(with_detail - bare, axis=1).max() == pytest.approx(2.0, abs=0.05)
    slider = card.rows["nose"].slider
    slider.drag_started.emit()
    for amount in (0.8, 0.4, 0.0):
        slider.value_edited.emit(amount)
    slider.drag_ended.emit()
    weights = window.session.model.template.region_weights
    assert weights is not None
    moved = np.linalg.norm(viewport_of(window).vertex_buffer - bare, axis=1)
    np.testing.assert_allclose(moved, 2.0 * (1.0 - weights[:, 0]), atol=0.02)
    assert window.commands.stack.count() == 3, "a drag is one step"
    assert card.rows["nose"].percent.text() == "0 %"
    path = tmp_path / "detail.lineament"
    window.documents.save_to(path)
    window.documents.finish_saving()
    kept = open_document(path).face.residual
    assert kept is not None
    assert kept.strengths["nose"] == 0.0
    assert kept.strengths["head"] == 1.0
    window.commands.set_value("mouth", 0, 2.0)
    qtbot.waitUntil(lambda: window.follower.status.exact, timeout=8000)
    bare = window.session.model.template_surface(window.session.state.code)
    moved = np.linalg.norm(viewport_of(window).vertex_buffer - bare, axis=1)
    assert moved.max() == pytest.approx(2.0, abs=0.05), "the layer goes along"
    card.remove.click()
    assert not card.isVisible()
    assert window.session.state.document.face.residual is None


def test_the_real_fit_finds_a_face_of_the_model(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(ThreadExecutor)
    model = window.session.model
    code = model.mean_code().with_value("nose", 0, 2.0).with_value("head", 0, -1.5)
    mesh = model.template.with_vertices(model.template_surface(code) / 10.0)
    scan = NamedScan("Ada", mesh, Similarity.scaling(10.0), accepted=True)
    window.commands.items.add_scan(scan)
    window.actions_by_name["fit"].trigger()
    window.fits.panel.start.click()
    qtbot.waitUntil(lambda: state_of(window).stage == "done", timeout=60_000)
    report = state_of(window).report
    assert report is not None
    assert report.whole.chamfer_mm is not None
    assert report.whole.chamfer_mm < 0.6
