"""The photograph on the face: known pictures, symmetric heads, tones and rims."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.photo.flat_raster import cover
from engine.photo.mean_head import MeanHeadMethod
from engine.photo.near_camera import NearCamera
from engine.photo.texture import TexturePainter, paint_faces
from engine.photo.texture_layers import PhotoView, ToneMatch
from engine.photo.weak_perspective import WeakPerspective
from tests.engine.photo.known_faces import MODEL
from tests.engine.photo.test_codes_method import photo

TEMPLATE = MODEL.template
VERTICES = TEMPLATE.vertices
PAINTER = TexturePainter(TEMPLATE, 128)
WIDTH, HEIGHT = 300, 360


def pose(yaw: float, nearness: float = 0.0) -> NearCamera:
    rotation = Rotation.from_euler("y", yaw, degrees=True).as_matrix()
    weak = WeakPerspective(rotation, 1.2, np.array([150.0, 180.0]))
    return NearCamera.of(weak, nearness, np.array([0.0, 0.0, 60.0]))


def rendered(colors: NDArray, view: NearCamera) -> NDArray[np.uint8]:
    """The head with vertex colours `(V, 3)` on black, without shading."""
    camera = view.to_camera(VERTICES)
    found = cover(camera[:, :2], TEMPLATE.faces, WIDTH, HEIGHT)
    order = np.argsort(found.mix(camera[:, 2], TEMPLATE.faces), kind="stable")
    image = np.zeros((WIDTH * HEIGHT, 3), np.uint8)
    image[found.pixel[order]] = found.mix(colors, TEMPLATE.faces)[order]
    return image.reshape(HEIGHT, WIDTH, 3)


def symmetric_colors() -> NDArray:
    """Rings about a cheek, on either side alike."""
    rings = np.sin(np.abs(VERTICES[:, :1]) / 9.0) * np.cos(VERTICES[:, 1:2] / 12.0)
    return 130.0 + rings * (60.0, -50.0, 30.0)


def test_every_pixel_lies_in_one_triangle_of_a_square() -> None:
    corners = np.array([[0, 0], [6, 0], [6, 4], [0, 4]], np.float64)
    found = cover(corners, np.array([[0, 1, 2], [0, 2, 3]]), 6, 4)
    assert len(np.unique(found.pixel)) == 24
    column, row = found.pixel % 6, found.pixel // 6
    places = found.mix(corners, np.array([[0, 1, 2], [0, 2, 3]]))
    assert np.allclose(places, np.stack([column + 0.5, row + 0.5], axis=1), atol=1e-5)


def test_what_the_camera_sees_takes_the_photographs_colour() -> None:
    view = pose(20.0)
    colors = symmetric_colors()
    texture = PAINTER.paint([(VERTICES, PhotoView(rendered(colors, view), view))])
    seen = texture.seen > 0.95
    assert seen.mean() > 0.2
    assert np.abs(texture.colors[seen] - colors[seen]).mean() < 4.0


def test_a_close_up_is_laid_where_it_was_seen() -> None:
    """Every vertex takes the colour of its own pixel, which a camera from afar misses by many."""
    view = pose(15.0, nearness=1 / 300)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    # Colours that say which pixel they are of.
    pixels = np.stack([columns * 255.0 / WIDTH, rows * 255.0 / HEIGHT, 0 * rows], axis=2)
    places = PhotoView(np.round(pixels).astype(np.uint8), view).sample(VERTICES)[:, :2]
    places = places * (WIDTH / 255.0, HEIGHT / 255.0) + 0.5
    assert np.abs(places - view.project(VERTICES)).max() < 1.0
    far = view.weak().project(VERTICES)
    assert np.abs(places - far).max() > 10.0
    colors = symmetric_colors()
    texture = PAINTER.paint([(VERTICES, PhotoView(rendered(colors, view), view))])
    seen = texture.seen > 0.95
    assert seen.mean() > 0.15
    assert np.abs(texture.colors[seen] - colors[seen]).mean() < 4.0


def test_near_cameras_see_less_of_the_sides() -> None:
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mesh = TEMPLATE.with_vertices(VERTICES)
    near, far = (PhotoView(black, pose(0.0, k)).trust(mesh) for k in (1 / 300, 0.0))
    assert near.sum() < 0.95 * far.sum()


def test_the_hidden_side_is_completed_by_symmetry() -> None:
    view = pose(55.0)
    colors = symmetric_colors()
    texture = PAINTER.paint([(VERTICES, PhotoView(rendered(colors, view), view))])
    # All of it lies on the side that is turned away.
    hidden = (texture.seen < 0.05) & (VERTICES[:, 2] > 40) & (np.abs(VERTICES[:, 1]) < 70)
    assert hidden.sum() > 30
    assert (VERTICES[hidden, 0] * np.sign(VERTICES[hidden, 0].mean()) > 0).all()
    error = np.abs(texture.colors[hidden] - colors[hidden]).mean()
    plain = np.abs(np.asarray(TEMPLATE.colors)[hidden] - colors[hidden]).mean()
    assert error < 12.0
    assert error < 0.3 * plain


def test_the_back_takes_the_tone_of_the_face() -> None:
    view = pose(0.0)
    blue = np.tile((40.0, 60.0, 200.0), (len(VERTICES), 1))
    texture = PAINTER.paint([(VERTICES, PhotoView(rendered(blue, view), view))])
    back = VERTICES[:, 2] < -60
    assert texture.seen[back].max() < 0.01
    assert np.abs(texture.colors[back].mean(axis=0) - blue[0]).max() < 25.0


def test_trust_ends_where_something_hides_the_surface() -> None:
    """A small square before the middle of a large one hides it, and its surroundings fade."""
    grid = np.stack(np.meshgrid(np.arange(41.0), np.arange(41.0)), axis=2).reshape(-1, 2) - 20
    cell = np.arange(40)[:, None] * 41 + np.arange(40)
    low = np.concatenate(
        [
            np.stack([cell, cell + 1, cell + 42], 2).reshape(-1, 3),
            np.stack([cell, cell + 42, cell + 41], 2).reshape(-1, 3),
        ]
    )
    wall = np.concatenate([grid, np.zeros((len(grid), 1))], axis=1)
    plate = np.array([[-5, -5, 20], [5, -5, 20], [5, 5, 20], [-5, 5, 20]], float)
    faces = np.concatenate([low, np.array([[0, 1, 2], [0, 2, 3]]) + len(wall)])
    mesh = Mesh(np.concatenate([wall, plate]), faces)
    view = NearCamera.of(WeakPerspective(np.eye(3), 2.0, np.array([60.0, 60.0])))
    trust = PhotoView(np.zeros((120, 120, 3), np.uint8), view).trust(mesh)[: len(wall)]
    covered = np.abs(grid).max(axis=1) <= 4
    clear = np.abs(grid).max(axis=1) >= 12
    assert trust[covered].max() == 0.0
    assert trust[clear].min() > 0.95
    away = np.abs(grid[:, 0])
    line = trust[grid[:, 1] == 0][np.argsort(away[grid[:, 1] == 0])]
    assert ((line > 0.05) & (line < 0.95)).any()


def test_a_difference_of_tone_is_carried_on() -> None:
    rng = np.random.default_rng(0)
    wanted = rng.uniform(0, 200, (len(VERTICES), 3))
    given = wanted - (30.0, -10.0, 5.0)
    weights = (VERTICES[:, 2] > 0).astype(float)
    found = ToneMatch(TEMPLATE.faces, len(VERTICES)).difference(wanted, given, weights)
    assert np.allclose(found, (30.0, -10.0, 5.0), atol=0.5)
    nothing = ToneMatch(TEMPLATE.faces, len(VERTICES)).difference(wanted, given, 0 * weights)
    assert not nothing.any()


def test_a_darker_second_photograph_leaves_no_seam() -> None:
    colors = symmetric_colors()
    shots = [
        (VERTICES, PhotoView(rendered(colors * gain, pose(yaw)), pose(yaw)))
        for yaw, gain in ((40.0, 1.0), (-40.0, 0.7))
    ]
    texture = PAINTER.paint(shots)
    assert texture.seen.mean() > PAINTER.paint(shots[:1]).seen.mean() + 0.05
    only_second = (PAINTER.paint(shots[:1]).seen < 0.05) & (texture.seen > 0.9)
    assert only_second.sum() > 30
    bright = texture.colors[only_second].mean() / colors[only_second].mean()
    assert bright == pytest.approx(1.0, abs=0.12)


def test_the_picture_agrees_with_the_vertices_and_has_no_holes() -> None:
    view = pose(0.0)
    smooth = 120.0 + VERTICES * (0.5, 0.4, 0.0)
    photograph = PhotoView(np.maximum(rendered(smooth, view), 1), view)
    texture = PAINTER.paint([(VERTICES, photograph)])
    assert texture.image.shape == (128, 128, 3)
    assert texture.image.max(axis=2).min() > 0
    uv = np.asarray(TEMPLATE.uv)
    column = np.clip((uv[:, 0] * 128).astype(int), 0, 127)
    row = np.clip(((1 - uv[:, 1]) * 128).astype(int), 0, 127)
    clear = texture.seen > 0.9
    gap = np.abs(texture.image[row, column].astype(float) - texture.colors)[clear]
    assert gap.mean() < 4.0


def test_a_large_photograph_is_reduced_first() -> None:
    pixels = np.zeros((400, 800, 3), np.uint8)
    view = PhotoView(pixels, NearCamera(np.eye(3), 8.0, np.array([400.0, 200.0]), 1e-3, np.ones(3)))
    small = view.reduced(2.0)
    assert small.pixels.shape == (100, 200, 3)
    assert np.allclose(4.0 * small.camera.project(VERTICES), view.camera.project(VERTICES))


def test_a_reconstruction_is_painted() -> None:
    face = photo()
    texture = paint_faces(MODEL, [(face, MeanHeadMethod(MODEL).reconstruct(face))], 64)
    assert texture.colors.shape == VERTICES.shape
    assert texture.image.shape == (64, 64, 3)


def test_what_cannot_be_painted_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        PAINTER.paint([])
    with pytest.raises(InputError, match="64 to 4096"):
        TexturePainter(TEMPLATE, 3)
    with pytest.raises(InputError, match="with UV"):
        TexturePainter(Mesh(VERTICES, TEMPLATE.faces))
