"""Importing a scan in the real window: read, align, correct by hand, accept, cancel."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

import engine.scans
from app.other_items import GUEST
from app.picking import Pick
from app.scan.import_state import ImportState
from app.scan.placing import ScanPlacing
from app.scan.scan_import import ScanImport
from app.window import MainWindow
from engine.errors import NotAHead
from engine.geometry.formats import write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.scans import ScanAlignmentStep
from tests.app.conftest import MakeWindow, ScriptedPrompts, viewport_of
from tests.app.pointing import pixel_of_place

TURN = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
TRUTH = Similarity(TURN, np.array([4.0, -7.0, 12.0]), 10.0)
"""From the file of the tests to the model's millimetres."""


@pytest.fixture
def scan_file(window: MainWindow, tmp_path: Path) -> Path:
    """The template in centimetres, turned."""
    template = window.session.model.template
    mesh = Mesh(TRUTH.inverse().apply(template.vertices), template.faces)
    path = tmp_path / "Ada.ply"
    write_mesh(path, mesh)
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Alignments that know the answer; what they were asked for."""
    asked: list[dict] = []

    def align(mesh, model, unit_mm=None, size="auto", cancel=None) -> Iterator[ScanAlignmentStep]:
        asked.append({"unit": unit_mm, "size": size})
        yield ScanAlignmentStep(Similarity.scaling(10.0), 30.0, 0.1, 0.3, "cm", 0.5, False)
        yield ScanAlignmentStep(TRUTH, 2.5, 0.83, 0.9, "cm", 1.0, True)

    def refine(mesh, model, start, with_scale=False, cancel=None) -> Iterator[ScanAlignmentStep]:
        asked.append({"start": start, "with_scale": with_scale})
        yield ScanAlignmentStep(TRUTH, 0.5, 0.9, 0.9, "cm", 1.0, True)

    monkeypatch.setattr(engine.scans, "align_scan", align)
    monkeypatch.setattr(engine.scans, "refine_alignment", refine)
    return asked


def importer(window: MainWindow) -> ScanImport:
    return window.scans.scan_import


def placing(window: MainWindow) -> ScanPlacing:
    return importer(window).placing


def similarity_of(window: MainWindow) -> Similarity:
    scan = placing(window).scan
    assert scan is not None
    return scan.similarity


def state_of(window: MainWindow) -> ImportState:
    state = importer(window).state
    assert state is not None
    return state


def pick_pairs(window: MainWindow, count: int) -> None:
    template = window.session.model.template
    placing(window).set_picking(True)
    for vertex in window.session.model.landmarks[[36, 45, 30, 8, 51]][:count]:
        spot = template.vertices[vertex].astype(float)
        placing(window).pick(Pick(GUEST, TRUTH.inverse().apply(spot[None])[0], 0))
        placing(window).pick(Pick(None, spot, 0))


def test_an_accepted_scan_joins_the_document(
    window: MainWindow, scan_file: Path, prompts: ScriptedPrompts, quick: list[dict]
) -> None:
    prompts.path = scan_file
    window.actions_by_name["import_scan"].trigger()
    assert state_of(window).stage == "aligned"
    assert state_of(window).vertices == len(window.session.model.template.vertices)
    assert window.scans.panel.isVisible()
    assert not window.panel.isVisible()
    assert window.commands.stack.count() == 0, "nothing is in the document yet"
    (guest,) = window.others.placed
    placed = guest.drawn.vertices @ guest.matrix[:3, :3].T + guest.matrix[:3, 3]
    template = window.session.model.template.vertices
    assert np.abs(placed.mean(axis=0) - template.mean(axis=0)).max() < 1e-2
    window.scans.panel.accept.click()
    (scan,) = window.session.state.document.scans
    assert (scan.name, scan.accepted, scan.visible) == ("Ada", True, True)
    assert scan.alignment is TRUTH
    assert "2.5 mm" in window.messages.text
    assert window.panel.isVisible()
    (offer,) = window.messages.findChildren(QPushButton)
    offer.click()
    assert window.fits.panel.isVisible()
    assert not window.panel.isVisible()
    window.fits.panel.cancel.click()
    assert window.panel.isVisible()
    window.menus.undo.trigger()
    assert window.session.state.document.scans == ()
    assert window.commands.stack.count() == 1


def test_millimetres_are_shown_only_after_acceptance(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    panel = window.scans.panel
    shown = panel.verdict.text() + panel.detail.text() + panel.found.text()
    assert "mm" not in shown
    assert "Good" in panel.verdict.text()
    assert "83 %" in panel.detail.text()
    assert "mm" not in window.messages.text


def test_cancel_leaves_the_document_as_it_was(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    before = window.session.state.document
    window.scans.bring_in(scan_file)
    pick_pairs(window, 2)
    window.scans.panel.cancel.click()
    assert window.session.state.document is before
    assert window.commands.stack.count() == 0
    assert window.others.placed == ()
    assert importer(window).state is None
    assert viewport_of(window).cursor().shape() == Qt.CursorShape.ArrowCursor


def test_what_cannot_be_read_is_told(window: MainWindow, tmp_path: Path) -> None:
    for name, content in (("empty.obj", b""), ("text.ply", b"not a mesh"), ("a.stl", b"\x00" * 90)):
        path = tmp_path / name
        path.write_bytes(content)
        window.messages.dismiss()
        window.scans.bring_in(path)
        assert name in window.messages.text
        assert importer(window).state is None
        assert window.panel.isVisible()


def test_what_is_no_head_asks_for_a_hand(
    window: MainWindow, scan_file: Path, quick: list[dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(mesh, model, unit_mm=None, size="auto", cancel=None):
        raise NotAHead("This does not look like a head: residual 31.0 mm. Pick points.")
        yield

    monkeypatch.setattr(engine.scans, "align_scan", lost)
    window.scans.bring_in(scan_file)
    assert state_of(window).stage == "lost"
    assert "does not look like a head" in window.messages.text
    assert "by hand" in window.scans.panel.detail.text()
    assert window.others.placed[0].ref == GUEST, "it is shown, so that it can be pointed at"
    pick_pairs(window, 4)
    window.scans.panel.by_pairs.click()
    similarity = similarity_of(window)
    np.testing.assert_allclose(similarity.rotation, TURN, atol=1e-4)
    np.testing.assert_allclose(similarity.translation, TRUTH.translation, atol=1e-2)
    assert similarity.scale == pytest.approx(10.0, rel=1e-4)
    assert state_of(window).stage == "aligned"
    assert not state_of(window).picking


def test_picked_points_come_in_pairs(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    panel = window.scans.panel
    panel.picking.click()
    assert state_of(window).picking
    guest = window.others.placed[0]
    x = guest.drawn.vertices @ guest.matrix[0, :3] + guest.matrix[0, 3]
    assert x.min() > viewport_of(window).vertex_buffer[:, 0].max(), "it stands beside the face"
    pick = placing(window).pick
    pick(Pick(None, np.array([1.0, 2, 3]), 0))
    assert "scan" in panel.hint.text()
    pick(Pick(None, np.array([4.0, 5, 6]), 0))
    assert len(state_of(window).pairs) == 1, "a second click on the same side corrects the first"
    pick(Pick(GUEST, np.array([7.0, 8, 9]), 0))
    (pair,) = state_of(window).complete_pairs
    np.testing.assert_array_equal(pair.model, [4, 5, 6])
    assert not panel.by_pairs.isEnabled()
    pick_pairs(window, 5)
    assert len(state_of(window).pairs) == 5, "five are enough"
    assert panel.by_pairs.isEnabled()
    panel.undo_pair.click()
    assert len(state_of(window).pairs) == 4


def test_points_on_a_line_are_refused(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    placing(window).set_picking(True)
    for k in range(3):
        placing(window).pick(Pick(GUEST, np.array([float(k), 0, 0]), 0))
        placing(window).pick(Pick(None, np.array([float(k), 1, 1]), 0))
    placing(window).align_by_pairs()
    assert "one line" in window.messages.text
    assert similarity_of(window) is TRUTH


def test_clicks_in_the_view_are_picked(
    window: MainWindow, scan_file: Path, quick: list[dict], qtbot: QtBot
) -> None:
    window.scans.bring_in(scan_file)
    placing(window).set_picking(True)
    viewport = viewport_of(window)
    template = window.session.model.template.vertices
    guest = window.others.placed[0].matrix
    vertex = int(window.session.model.landmarks[30])
    inside = TRUTH.inverse().apply(template[vertex][None].astype(float))[0]
    open_before = window.panel.open_parts()
    for place in (template[vertex], guest[:3, :3] @ inside + guest[:3, 3]):
        qtbot.mouseClick(
            viewport, Qt.MouseButton.LeftButton, pos=pixel_of_place(viewport, place).toPoint()
        )
    (pair,) = state_of(window).complete_pairs
    assert np.linalg.norm(pair.model - template[vertex]) < 3.0
    assert np.linalg.norm(pair.scan - inside) * 10.0 < 3.0
    assert window.panel.open_parts() == open_before


def test_unit_and_axes_are_asked_for_anew(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    panel = window.scans.panel
    assert panel.unit.currentText() == "Automatic: cm"
    panel.unit.setCurrentIndex(3)
    panel.unit.activated.emit(3)
    assert quick[-1] == {"unit": 1000.0, "size": "auto"}
    panel.unit.setCurrentIndex(5)
    panel.unit.activated.emit(5)
    assert quick[-1] == {"unit": None, "size": "free"}
    panel.refine.click()
    assert quick[-1]["start"] is TRUTH
    assert quick[-1]["with_scale"]
    placing(window).choose_unit(None)
    placing(window).choose_axes("+z", "-y")
    start = quick[-1]["start"]
    np.testing.assert_allclose(start.directions(np.array([[0.0, 0, 1]])), [[0, 1, 0]], atol=1e-9)
    np.testing.assert_allclose(start.directions(np.array([[0.0, -1, 0]])), [[0, 0, 1]], atol=1e-9)


def test_an_axis_cannot_be_both(window: MainWindow, scan_file: Path, quick: list[dict]) -> None:
    window.scans.bring_in(scan_file)
    state = state_of(window)
    placing(window).choose_axes(state.forward, state.forward)
    now = quick[-1]["start"]
    assert abs(np.linalg.det(now.rotation) - 1.0) < 1e-9


def test_a_dropped_scan_is_brought_in(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(scan_file))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert state_of(window).name == "Ada"


def test_a_scan_is_aligned_again(window: MainWindow, scan_file: Path, quick: list[dict]) -> None:
    window.scans.bring_in(scan_file)
    importer(window).accept()
    importer(window).begin_again(0)
    assert state_of(window).realigning
    placing(window).refine()
    importer(window).accept()
    assert len(window.session.state.document.scans) == 1
    assert [window.commands.stack.text(k) for k in range(2)] == ["Import Ada", "Align scan"]


def test_the_sliders_come_back_after_an_import_and_a_fit(
    window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    importer(window).accept()
    window.fits.open()
    importer(window).begin_again(0)
    assert not window.panel.isVisible()
    importer(window).cancel()
    assert not window.panel.isVisible(), "the fit's panel is still there"
    window.fits.fitting.cancel()
    assert window.panel.isVisible()


def test_an_import_is_not_remembered_by_the_layout(
    make_window: MakeWindow, window: MainWindow, scan_file: Path, quick: list[dict]
) -> None:
    window.scans.bring_in(scan_file)
    assert window.close()
    other = make_window()
    assert other.panel.isVisible()
    assert not other.scans.panel.isVisible()


def test_a_second_import_takes_the_place_of_the_first(
    window: MainWindow, scan_file: Path, quick: list[dict], tmp_path: Path
) -> None:
    window.scans.bring_in(scan_file)
    other = tmp_path / "Bob.obj"
    write_mesh(other, window.session.model.template)
    window.scans.bring_in(other)
    assert state_of(window).name == "Bob"
    window.actions_by_name["new"].trigger()
    assert importer(window).state is None


def test_the_real_alignment_finds_the_head(
    make_window: MakeWindow, scan_file: Path, qtbot: QtBot
) -> None:
    window = make_window()
    window.scans.bring_in(scan_file)
    assert state_of(window).stage == "aligned"
    similarity = similarity_of(window)
    assert similarity.scale == pytest.approx(10.0, rel=1e-3)
    np.testing.assert_allclose(similarity.rotation, TURN, atol=0.05)
