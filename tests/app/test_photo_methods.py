"""The published networks in the comparison window, stage by stage, and the photo on the face."""

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.message_bar import MessageBar
from app.photo.source import MethodChoice
from app.shading.texture_colors import texture_colors
from app.window import MainWindow
from engine.errors import WeightsError
from engine.geometry.mesh import Mesh
from engine.models.protocol import REGIONS
from engine.project.items import ItemRef
from engine.project.picture import Picture
from tests.app.conftest import viewport_of
from tests.app.photo_fakes import CODES, MESHES, KnownPhotos, import_photo


def entry_of(window: MainWindow, ref: ItemRef, text: str):
    menu = window.outliner.menu_for(ref)
    menu.setParent(window, menu.windowFlags())  # its entries go with it
    return next(entry for entry in menu.actions() if entry.text().startswith(text))


def test_stages_are_stepped_through(window: MainWindow, qtbot: QtBot) -> None:
    KnownPhotos(window, CODES, MESHES)
    import_photo(window)
    assert not entry_of(window, ItemRef("photo", 0), "Reconstruct with Coarse").isEnabled()
    entry_of(window, ItemRef("photo", 0), "Reconstruct with Pixel2Mesh").trigger()
    methods, comparison = window.photos.methods, window.compare.comparison
    assert window.compare.window is not None
    qtbot.waitUntil(window.compare.window.isVisible)
    assert methods.bar is not None
    assert "3 of 3" in methods.bar.label.text()
    (key,) = comparison.shown
    finest = comparison.surface_of(key)
    assert finest is not None
    assert comparison.align_of(key).mode == "similarity"
    measured = comparison.measured_of(key)
    assert measured is not None
    assert {region.name for region in measured.comparison.report.regions} == set(REGIONS)
    methods.bar.slider.setValue(1)
    coarsest = comparison.surface_of(key)
    assert coarsest is not None
    assert np.ptp(coarsest.mesh.vertices) > np.ptp(finest.mesh.vertices)
    assert "1 of 3" in methods.bar.label.text()
    methods.bar.add.click()
    (scan,) = window.session.state.document.scans
    np.testing.assert_array_equal(scan.mesh.vertices, finest.mesh.vertices)
    assert (scan.accepted, window.commands.stack.undoText()) == (True, "Add reconstructions")


def test_a_method_without_weights_says_so(window: MainWindow) -> None:
    known = KnownPhotos(window, CODES, MESHES)
    import_photo(window)
    known.methods["pixel2mesh"].error = WeightsError("The weights of Pixel2Mesh are missing.")
    window.actions_by_name["compare_methods"].trigger()
    assert "are missing" in window.messages.text
    assert window.compare.window is None


def add_two_methods(window: MainWindow) -> tuple[str, ...]:
    """Compare two methods on a photo; the keys of what they made."""
    KnownPhotos(window, CODES, MESHES, MethodChoice("coarse-to-fine", "Coarse-to-fine"))
    import_photo(window)
    window.actions_by_name["compare_methods"].trigger()
    return window.compare.comparison.shown


def answer_of(messages: MessageBar) -> QPushButton:
    return next(
        button
        for button in messages.findChildren(QPushButton)
        if button.text().startswith("Fit a face")
    )


def test_the_mesh_that_is_looked_at_is_fitted_first(window: MainWindow) -> None:
    _, second = add_two_methods(window)
    window.compare.comparison.set_current(second)
    window.photos.methods.add_to_document()
    assert window.session.state.selected == ItemRef("scan", 1)
    assert window.compare.window is not None
    answer_of(window.compare.window.messages).click()
    state, panel = window.fits.fitting.state, window.fits.panel
    assert state is not None
    assert (state.scan, state.scan_name) == (1, "Coarse-to-fine of Ada.jpg")
    # The other one is a choice away, and nothing else that was chosen changes with it.
    panel.detail.setChecked(False)
    assert panel.scan.isVisibleTo(panel)
    panel.scan.setCurrentIndex(0)
    panel.scan.activated.emit(0)
    state = window.fits.fitting.state
    assert state is not None
    assert (state.scan, state.options.detail) == (0, False)
    assert "Pixel2Mesh" in panel.heading.text()


def test_the_scan_that_was_chosen_since_is_fitted(window: MainWindow) -> None:
    add_two_methods(window)
    window.photos.methods.add_to_document()
    assert window.session.state.selected == ItemRef("scan", 0)
    window.session.select(ItemRef("scan", 1))
    answer_of(window.messages).click()
    assert window.fits.fitting.state is not None
    assert window.fits.fitting.state.scan == 1


def test_a_method_that_fails_is_told_beside_the_others(window: MainWindow) -> None:
    known = KnownPhotos(window, CODES, MESHES, MethodChoice("coarse-to-fine", "Coarse-to-fine"))
    import_photo(window)
    known.methods["pixel2mesh"].error = WeightsError("The weights of Pixel2Mesh are missing.")
    window.actions_by_name["compare_methods"].trigger()
    assert window.compare.window is not None
    told = window.compare.window.messages.text
    assert "are missing" in told
    assert "Coarse-to-fine" in told


def test_a_photo_is_projected_onto_its_face(window: MainWindow, tmp_path: Path) -> None:
    KnownPhotos(window)
    import_photo(window)
    shown = viewport_of(window).color_buffer.copy()
    entry_of(window, ItemRef("photo", 0), "Project onto").trigger()
    face = window.session.state.document.face
    assert face.texture is not None
    assert face.texture.width == face.texture.height
    painted = viewport_of(window).color_buffer
    assert np.abs(painted.astype(int) - shown).max() > 40
    own = texture_colors(face.texture, window.session.model.template)
    assert own is not None
    np.testing.assert_allclose(painted, own, atol=1)
    dialog = window.show_export()
    assert dialog.choices.texture.isVisibleTo(dialog)
    dialog.choices.format.setCurrentIndex(1)
    dialog.export_to(tmp_path / "Ada.obj")
    written = {path.name for path in tmp_path.glob("Ada*")}
    assert written == {"Ada.obj", "Ada.mtl", "Ada_skin.png"}
    entry_of(window, ItemRef("face", 1), "Remove photo").trigger()
    np.testing.assert_array_equal(viewport_of(window).color_buffer, shown)
    window.menus.undo.trigger()
    assert window.session.state.document.face.texture is not None


def test_textures_are_read_at_the_vertices_uv(qtbot: QtBot) -> None:
    del qtbot
    y, x = np.mgrid[:64, :64]
    texture = Picture.of(np.stack([4 * x, 4 * y, 0 * x + 128], axis=-1).astype(np.uint8))
    uv = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]], np.float32)
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]]), uv=uv)
    colors = texture_colors(texture, mesh)
    # Texel k is centred at (k + 1/2) / 64; the first row is v = 1.
    np.testing.assert_allclose(colors, [[62, 62, 128], [126, 126, 128], [252, 252, 128]], atol=4)
    assert texture_colors(texture, Mesh(mesh.vertices, mesh.faces)) is None
