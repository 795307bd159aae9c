"""The photo behind the face: its camera, what is drawn, and how it is left."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.viewport.orbit import VIEW_ANGLE, Orbit
from app.viewport.photo_camera import PhotoCamera
from app.viewport.photo_layer import BEHIND_MM, veil_depth
from app.window import MainWindow
from engine.geometry.similarity import Similarity
from engine.photo.near_camera import NearCamera
from engine.project.document import NamedScan
from engine.project.items import ItemRef
from tests.app.conftest import viewport_of
from tests.app.photo_fakes import (
    MESHES,
    SIZE,
    KnownPhotos,
    face_at,
    import_photo,
    quadrants,
    turned_camera,
)
from tests.app.pointing import move, press, release

VIEW = (400, 300)


FAR, CLOSE_UP = turned_camera(), turned_camera(nearness=1 / 300)


def camera(near: NearCamera = FAR) -> PhotoCamera:
    return PhotoCamera(near, np.array([160.0, 110.0]), 1.7)


def on_view(lens: PhotoCamera, pixels: np.ndarray) -> np.ndarray:
    """Where pixels `(N, 2)` of the photo are in a view of `VIEW`."""
    return lens.zoom * (pixels - lens.centre) + np.array(VIEW) / 2.0


@pytest.mark.parametrize("near", [FAR, CLOSE_UP])
def test_a_point_of_the_face_lies_under_its_pixel(near: NearCamera) -> None:
    lens = camera(near)
    points = np.random.default_rng(0).uniform(-90, 90, (20, 3))
    for point, (x, y) in zip(points, on_view(lens, lens.near.project(points)), strict=True):
        ray = lens.ray(x, y, *VIEW)
        along = ray.direction @ (point - ray.origin)
        np.testing.assert_allclose(ray.origin + along * ray.direction, point, atol=1e-9)
        assert along > 0
    chosen = points[[7, 7]] + np.array([np.zeros(3), 30 * near.towards(points[[7]])[0]])
    x, y = on_view(lens, lens.near.project(chosen[:1]))[0]
    assert lens.pick(chosen, x, y, *VIEW) == 1, "the nearer of two that lie behind each other"
    assert lens.pick(chosen, x + 100, y, *VIEW) is None


def test_zooming_keeps_what_is_under_the_cursor() -> None:
    lens = camera()
    pixel = np.array([[100.0, 170.0]])
    x, y = on_view(lens, pixel)[0]
    closer = lens.zoomed_at(1.5, x - VIEW[0] / 2, VIEW[1] / 2 - y)
    assert closer.zoom == pytest.approx(1.5 * lens.zoom)
    np.testing.assert_allclose(on_view(closer, pixel), [[x, y]])
    panned = lens.panned(12.0, -5.0)
    np.testing.assert_allclose(on_view(panned, pixel), [[x + 12, y + 5]])


@pytest.mark.parametrize("near", [FAR, CLOSE_UP])
def test_what_is_pulled_stays_under_the_cursor(near: NearCamera) -> None:
    lens, point = camera(near), np.array([10.0, 20.0, 110.0])
    pulled = point + lens.pulled(30.0, -20.0, point, VIEW[1])
    there = on_view(lens, near.project(np.array([point, pulled])))
    np.testing.assert_allclose(there[1] - there[0], [30, -20])


def drawn_at(window: MainWindow, points: np.ndarray) -> np.ndarray:
    """Where VTK draws `points` `(N, 3)`: pixels `(N, 2)` of the view, from its top left."""
    view = viewport_of(window)
    width, height = view.width(), view.height()
    lens = view.camera.GetCompositeProjectionTransformMatrix(width / height, -1.0, 1.0)
    matrix = np.array([[lens.GetElement(row, k) for k in range(4)] for row in range(4)])
    seen = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    flat = seen[:, :2] / seen[:, 3:]
    return (flat * (1.0, -1.0) + 1.0) / 2.0 * (width, height)


def test_a_close_up_lies_over_its_photo(window: MainWindow) -> None:
    """Vertices are drawn within a pixel of where the photo's pixels of them are drawn."""
    known = KnownPhotos(window)
    known.methods["codes"].camera = CLOSE_UP
    import_photo(window)
    view = viewport_of(window)
    vertices = view.vertex_buffer.astype(np.float64)
    pixels = CLOSE_UP.project(vertices)
    for zoom, right, up in ((1.0, 0.0, 0.0), (2.5, 120.0, -60.0), (0.5, -200.0, 90.0)):
        view.photo.zoom(zoom, right, up)
        lens = view.lens
        assert isinstance(lens, PhotoCamera)
        drawn = drawn_at(window, vertices)
        for depth in (BEHIND_MM, 0.0, veil_depth(lens)):
            sheet = drawn_at(window, lens.place(pixels, depth))
            assert np.abs(drawn - sheet).max() < 1.0
        far = lens.zoom * np.abs(CLOSE_UP.weak().project(vertices) - pixels).max()
        assert far > 5.0, "without perspective they would lie elsewhere"
    window.photos.overlay.leave()
    assert view.camera.GetViewAngle() == pytest.approx(VIEW_ANGLE)
    assert view.camera.GetWindowCenter() == (0.0, 0.0)


def test_the_veil_hangs_before_the_face_of_a_close_up(window: MainWindow) -> None:
    known = KnownPhotos(window)
    known.methods["codes"].camera = CLOSE_UP
    import_photo(window)
    window.photos.overlay.set_share(1.0)
    x, y = CLOSE_UP.project(viewport_of(window).vertex_buffer.mean(axis=0)[None])[0]
    expected = quadrants()[int(y), int(x)]
    np.testing.assert_allclose(color_at(window, x, y), expected, atol=14)
    window.photos.overlay.set_share(0.0)
    assert np.abs(np.array(color_at(window, x, y)) - expected).max() > 30


def test_a_click_on_a_close_up_finds_the_part_under_it(window: MainWindow) -> None:
    known = KnownPhotos(window)
    known.methods["codes"].camera = CLOSE_UP
    import_photo(window)
    view = viewport_of(window)
    lens = view.lens
    model = window.session.model
    tip = int(model.landmarks[30])
    assert isinstance(lens, PhotoCamera)
    size = view.width(), view.height()
    pixel = CLOSE_UP.project(view.vertex_buffer[[tip]])
    x, y = (lens.zoom * (pixel - lens.centre) + np.array(size) / 2.0)[0]
    found = lens.pick(view.vertex_buffer, x, y, *size)
    assert found is not None
    assert np.linalg.norm(view.vertex_buffer[found] - view.vertex_buffer[tip]) < 12.0


def test_the_face_fills_the_view_and_the_photo_is_not_left() -> None:
    framed = camera().framed(np.array([10.0, 20, 60, 90]), SIZE, VIEW)
    corners = on_view(framed, np.array([[10.0, 20], [60, 90], [0, 0]]))
    assert (corners[:2] > 0).all()
    assert (corners[:2] < VIEW).all()
    assert corners[2].max() <= 1e-9 + VIEW[0], "no margin beside a photo that is large enough"
    tall = camera().framed(np.array([140.0, 4, 180, 44]), SIZE, (300, 400))
    top = (np.array([0.0, 0.0]) - tall.centre) * tall.zoom + np.array([300, 400]) / 2.0
    assert top[1] == pytest.approx(0.0), "no margin above a face that is near the photo's top"
    whole = camera().framed(np.array([0.0, 0, 320, 240]), SIZE, VIEW)
    assert whole.zoom == pytest.approx(min(400 / 320, 300 / 240))


def test_leaving_by_a_turn_begins_where_the_photo_was_taken() -> None:
    lens = camera()
    orbit = lens.orbit(VIEW[1])
    outward = np.array(orbit.position) - orbit.target
    outward /= np.linalg.norm(outward)
    np.testing.assert_allclose(outward, lens.outward, atol=1e-6)
    np.testing.assert_allclose(orbit.target, lens.target)
    # What is as deep as the target has the same size in both.
    scale = VIEW[1] / 2 / np.tan(np.radians(12.0)) / orbit.distance
    assert scale == pytest.approx(lens.pixels_per_mm)


def color_at(window: MainWindow, x: float, y: float) -> tuple[int, int, int]:
    """The colour that is drawn at a pixel of the photo."""
    view = viewport_of(window)
    lens = view.lens
    assert isinstance(lens, PhotoCamera)
    image = view.picture()
    ratio = image.width() / view.width()
    place = lens.zoom * (np.array([x, y]) - lens.centre)
    place += np.array([view.width(), view.height()]) / 2.0
    color = image.pixelColor(int(place[0] * ratio), int(place[1] * ratio))
    return color.red(), color.green(), color.blue()


def test_the_photo_is_drawn_where_its_pixels_belong(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    overlay, view = window.photos.overlay, viewport_of(window)
    overlay.set_share(1.0)
    view.photo.zoom(0.4, 0.0, 0.0)
    for place, expected in (
        ((8, 8), (200, 30, 30)),
        ((312, 8), (30, 180, 30)),
        ((8, 232), (40, 40, 200)),
        ((312, 232), (220, 220, 220)),
        ((150, 100), (200, 30, 30)),
    ):
        np.testing.assert_allclose(color_at(window, *place), expected, atol=14)
    overlay.set_share(0.0)
    middle = np.array(color_at(window, 150, 100))
    assert np.abs(middle - (200, 30, 30)).max() > 30, "there is the face now"
    np.testing.assert_allclose(color_at(window, 8, 8), (200, 30, 30), atol=14)
    window.commands.items.set_visible(ItemRef("photo", 0), False)
    assert np.abs(np.array(color_at(window, 8, 8)) - (200, 30, 30)).max() > 60
    assert overlay.shown == 0, "its camera stays without it"


def test_the_camera_is_parallel_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    KnownPhotos(window)
    view = viewport_of(window)
    window.actions_by_name["side"].trigger()
    before = view.orbit
    import_photo(window)
    action = window.actions_by_name["look_through"]
    assert view.camera.GetParallelProjection()
    assert action.isChecked()
    assert window.photos.bar.isVisible()
    action.trigger()
    assert not view.camera.GetParallelProjection()
    assert view.orbit == before
    assert not action.isChecked()
    action.trigger()
    middle = QPointF(view.width() / 2, view.height() / 2)
    press(view, middle, Qt.KeyboardModifier.ShiftModifier)
    move(view, middle + QPointF(30, 0), Qt.KeyboardModifier.ShiftModifier)
    release(view, middle + QPointF(30, 0))
    assert action.isChecked(), "moving the photo does not leave it"
    press(view, middle)
    move(view, middle + QPointF(30, 0))
    release(view, middle + QPointF(30, 0))
    assert not action.isChecked(), "a turn does"
    assert window.photos.overlay.shown is None
    azimuth = view.orbit.azimuth
    assert azimuth == pytest.approx((_azimuth(view.orbit) - 0.0) % 360.0)
    assert view.orbit.target != (0.0, 0.0, 0.0) or azimuth != before.azimuth
    window.actions_by_name["look_through"].trigger()
    window.actions_by_name["front"].trigger()
    assert not view.camera.GetParallelProjection()


def _azimuth(orbit: Orbit) -> float:
    offset = np.subtract(orbit.position, orbit.target)
    return float(np.degrees(np.arctan2(offset[0], offset[2])))


def test_the_overlay_follows_the_document(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    import_photo(window, "Bob.jpg")
    overlay, commands = window.photos.overlay, window.commands.items
    assert overlay.shown == 1
    commands.move(ItemRef("photo", 1), 0)
    assert overlay.shown == 0
    commands.remove(ItemRef("photo", 0))
    assert overlay.shown is None
    assert overlay.candidate == 0, "that of the other face"
    commands.remove(ItemRef("photo", 0))
    assert overlay.candidate is None
    assert not window.actions_by_name["look_through"].isEnabled()
    assert not window.photos.bar.isVisible()
    window.menus.undo.trigger()
    assert window.photos.bar.isVisible()
    window.photos.overlay.look_through(0)
    assert window.session.state.document.face.name == "Ada", "its face is the one that is edited"
    window.actions_by_name["new"].trigger()
    assert overlay.shown is None


def test_the_outliner_lists_photos(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    model = window.outliner.model
    names = [model.data(group) for group in model.groups()]
    assert names == ["Faces", "Photos"]
    index = model.index_of(ItemRef("photo", 0))
    assert "320 × 240" in model.data(index, Qt.ItemDataRole.ToolTipRole)
    model.setData(index, "Portrait")
    assert window.session.state.document.photos[0].name == "Portrait"
    window.session.select(ItemRef("photo", 0))
    assert window.session.state.selected == ItemRef("photo", 0)
    window.outliner.remove_chosen()
    assert window.session.state.document.photos == ()
    assert window.session.state.selected == ItemRef("face", 1)


def test_nothing_lies_between_a_face_and_its_photo(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    overlay, items = window.photos.overlay, window.commands.items
    overlay.leave()
    items.set_visible(ItemRef("face", 0), True)
    assert [item.ref for item in window.others.placed] == [ItemRef("face", 0)]
    moves: list[None] = []
    window.others.rearranged.connect(lambda: moves.append(None))
    overlay.look_through(0)
    assert not window.others.placed
    overlay.leave()
    assert [item.ref for item in window.others.placed] == [ItemRef("face", 0)]
    assert not moves, "the view stays where it is"


def placed(window: MainWindow) -> list[ItemRef]:
    """What is drawn beside the edited face."""
    return [item.ref for item in window.others.placed]


@pytest.fixture
def two_photos(window: MainWindow) -> MainWindow:
    """Ada and Bob made from photos, Face 1 and a scan visible beside Bob, whose photo is shown."""
    KnownPhotos(window)
    import_photo(window)
    import_photo(window, "Bob.jpg")
    template = window.session.model.template
    window.commands.items.add_scan(NamedScan("Bust", template, Similarity.identity(), True))
    window.commands.items.set_visible(ItemRef("face", 0), True)
    return window


BESIDE_BOB = [ItemRef("face", 0), ItemRef("scan", 0)]


def test_a_hidden_photo_gives_its_room_back(two_photos: MainWindow) -> None:
    window, items = two_photos, two_photos.commands.items
    assert window.photos.overlay.shown == 1
    assert placed(window) == []
    items.set_visible(ItemRef("photo", 1), False)
    assert placed(window) == BESIDE_BOB
    items.set_visible(ItemRef("photo", 1), True)
    assert placed(window) == []
    window.menus.undo.trigger()
    assert placed(window) == BESIDE_BOB
    window.menus.undo.trigger()
    assert placed(window) == []
    window.photos.overlay.leave()
    assert placed(window) == BESIDE_BOB


def test_another_face_comes_with_its_own_photo_or_none(two_photos: MainWindow) -> None:
    window, overlay = two_photos, two_photos.photos.overlay
    window.session.activate(1)
    assert overlay.shown == 0, "Ada's"
    assert placed(window) == []
    window.session.activate(0)
    assert overlay.shown is None, "Face 1 has none"
    assert not viewport_of(window).camera.GetParallelProjection()
    assert ItemRef("scan", 0) in placed(window)
    overlay.look_through(1)
    assert window.session.state.document.active == 2
    window.commands.items.add_face()
    assert overlay.shown is None, "a new face is no photo's"


def test_deleting_a_face_leaves_its_photo(two_photos: MainWindow) -> None:
    window, overlay = two_photos, two_photos.photos.overlay
    window.commands.items.remove(ItemRef("face", 2))
    assert overlay.shown is None
    assert ItemRef("scan", 0) in placed(window)
    window.menus.undo.trigger()
    assert sorted(placed(window), key=str) == sorted(BESIDE_BOB, key=str)
    overlay.look_through(1)
    window.commands.items.remove(ItemRef("face", 0))
    assert overlay.shown == 1, "that of a face that is still there"
    assert window.session.state.document.face.name == "Bob"


def test_what_is_shown_alone_is_seen_over_the_photo(two_photos: MainWindow) -> None:
    window, overlay = two_photos, two_photos.photos.overlay
    window.commands.items.solo(ItemRef("scan", 0))
    assert overlay.shown == 1
    assert placed(window) == [ItemRef("scan", 0)]
    window.menus.undo.trigger()
    assert placed(window) == []
    window.commands.items.solo(ItemRef("face", 1))
    assert overlay.shown == 0, "Ada's photo, with Ada"


def test_work_that_must_be_seen_takes_the_view(two_photos: MainWindow) -> None:
    window, overlay = two_photos, two_photos.photos.overlay
    window.fits.fitting.open(0)
    assert overlay.shown is None
    assert ItemRef("scan", 0) in placed(window)
    window.fits.fitting.cancel()
    overlay.look_through(1)
    window.scans.scan_import.begin_again(0)
    assert overlay.shown is None
    assert window.others.placed, "the scan that is aligned"
    window.scans.scan_import.cancel()
    overlay.look_through(1)
    window.actions_by_name["spread"].trigger()
    assert overlay.shown is None
    assert placed(window) == BESIDE_BOB


def test_the_comparison_leaves_the_overlay_alone(two_photos: MainWindow, qtbot: QtBot) -> None:
    window, overlay = two_photos, two_photos.photos.overlay
    window.actions_by_name["compare"].trigger()
    qtbot.waitUntil(lambda: window.compare.window is not None)
    assert overlay.shown == 1
    assert placed(window) == []
    assert window.compare.window is not None
    window.compare.window.close()
    assert overlay.shown == 1
    assert placed(window) == []


def test_a_mesh_lies_over_its_photo_and_no_face_does(window: MainWindow) -> None:
    KnownPhotos(window, MESHES)
    import_photo(window)
    view = viewport_of(window)
    assert window.photos.overlay.shown == 0
    assert placed(window) == [ItemRef("scan", 0)]
    assert not window.session.state.document.face.visible
    assert view.camera.GetParallelProjection()
    window.menus.undo.trigger()
    assert window.session.state.document.face.visible
    assert placed(window) == []


def test_the_photo_fills_the_view_again_until_it_is_moved(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    view = viewport_of(window)
    window.messages.dismiss()
    QApplication.processEvents()
    lens = view.lens
    assert isinstance(lens, PhotoCamera)
    wanted = lens.framed(face_at(150, 120).box, SIZE, (view.width(), view.height()))
    assert lens.zoom == pytest.approx(wanted.zoom)
    np.testing.assert_allclose(lens.centre, wanted.centre)
    view.photo.zoom(1.3, 10.0, 5.0)
    moved = view.lens
    view.photo.resize()
    now = view.lens
    assert isinstance(moved, PhotoCamera)
    assert isinstance(now, PhotoCamera)
    assert now.zoom == moved.zoom
