"""The rasteriser on shapes whose picture is known."""

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from tests.engine.geometry.shapes import grid, mesh_of, torus
from tests.synthetic_faces import sphere
from training.figures.camera import Camera, frame_points
from training.figures.contact_sheet import ColorBar, contact_sheet, save_picture
from training.figures.error_colors import STOPS, error_colors
from training.figures.rasteriser import rasterise
from training.figures.shading import Light, Look, render_mesh, to_linear, to_srgb

DISTANCE = 10.0
CAMERA = Camera((0.0, 0.0, DISTANCE), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 40.0)
SIZE = 200
FOCAL = 0.5 * SIZE / np.tan(np.radians(20.0))


def ball() -> Mesh:
    return mesh_of(*sphere(90, 120))


def pixel_offsets() -> tuple[np.ndarray, np.ndarray]:
    """Columns to the right of and rows above the middle, in pixels."""
    steps = np.arange(SIZE) + 0.5 - SIZE / 2
    return steps[None, :], -steps[:, None]


def test_a_sphere_covers_the_disc_that_perspective_gives() -> None:
    found = rasterise(ball().vertices, ball().faces, CAMERA, SIZE, SIZE)
    x, y = pixel_offsets()
    # A unit sphere at distance D shows under the angle asin(1 / D).
    radius = FOCAL / np.sqrt(DISTANCE**2 - 1.0)
    outside = np.hypot(x, y) > radius + 0.01
    inside = np.hypot(x, y) < radius - 1.0
    assert (found.face[inside] >= 0).all()
    assert (found.face[outside] == -1).all()
    assert np.isinf(found.depth[outside]).all()


def test_depth_and_place_are_those_of_the_ray() -> None:
    mesh = ball()
    found = rasterise(mesh.vertices, mesh.faces, CAMERA, SIZE, SIZE)
    x, y = pixel_offsets()
    ray = np.stack(np.broadcast_arrays(x / FOCAL, y / FOCAL, -1.0), axis=2)
    # |e + s r| = 1, the nearer root; s is the depth because r has length 1 along the axis.
    a, b = (ray**2).sum(2), -DISTANCE
    root = b * b - a * (DISTANCE**2 - 1.0)
    hit = root > 1.0
    depth = (-b - np.sqrt(root[hit])) / a[hit]
    np.testing.assert_allclose(found.depth[hit], depth, atol=2e-3)
    corners = mesh.vertices[mesh.faces[found.face[hit]]]
    place = np.einsum("nk,nkd->nd", found.barycentric[hit], corners)
    expected = np.array([0.0, 0.0, DISTANCE]) + depth[:, None] * ray[hit]
    np.testing.assert_allclose(place, expected, atol=5e-3)


def test_weights_are_perspective_correct_on_a_slanted_plane() -> None:
    plane = mesh_of([[-3, -1, -6], [3, -1, 6], [3, 1, 6], [-3, 1, -6]], [[0, 1, 2], [0, 2, 3]])
    found = rasterise(plane.vertices, plane.faces, CAMERA, SIZE, SIZE)
    hit = found.face >= 0
    corners = plane.vertices[plane.faces[found.face[hit]]]
    place = np.einsum("nk,nkd->nd", found.barycentric[hit], corners)
    x, _ = np.broadcast_arrays(*pixel_offsets())
    # The ray through column x meets the plane z = 2 x where X = x / f (D − 2 X).
    slope = x[hit] / FOCAL
    np.testing.assert_allclose(place[:, 0], slope * DISTANCE / (1 + 2 * slope), atol=1e-4)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_nearer_of_two_squares_is_seen_whatever_the_order(order: list[int]) -> None:
    square = grid(2, 2).vertices - (1, 1, 0)
    faces = grid(2, 2).faces
    squares = [square * 2, square + np.array([0, 0, 3])]
    both = np.concatenate([squares[i] for i in order])
    found = rasterise(both, np.concatenate([faces, faces + len(square)]), CAMERA, SIZE, SIZE)
    small = order.index(1)
    middle = found.face[SIZE // 2, SIZE // 2]
    assert (middle >= len(faces)) == bool(small)
    assert found.depth[SIZE // 2, SIZE // 2] == pytest.approx(DISTANCE - 3)
    reach = int(1.5 * FOCAL / DISTANCE)
    assert found.depth[SIZE // 2, SIZE // 2 + reach] == pytest.approx(DISTANCE)


def test_backs_are_left_out_or_shown_as_asked() -> None:
    turned = grid(2, 2).vertices - (1, 1, 0)
    backward = grid(2, 2).faces[:, ::-1]
    assert (rasterise(turned, backward, CAMERA, 50, 50).face == -1).all()
    assert (rasterise(turned, backward, CAMERA, 50, 50, cull_backfaces=False).face >= 0).any()


def test_no_pixel_is_lost_or_drawn_twice_between_neighbours() -> None:
    plane = grid(37, 29, 0.1)
    camera = frame_points(plane.vertices, margin=0.6)
    found = rasterise(plane.vertices, plane.faces, camera, 101, 97)
    assert (found.face >= 0).all()
    np.testing.assert_allclose(found.barycentric.sum(2), 1.0, atol=1e-6)


def test_small_batches_give_the_same_picture(monkeypatch) -> None:
    whole = rasterise(ball().vertices, ball().faces, CAMERA, 80, 80)
    monkeypatch.setattr("training.figures.rasteriser.CANDIDATES", 50)
    assert np.array_equal(rasterise(ball().vertices, ball().faces, CAMERA, 80, 80).face, whole.face)


def test_what_lies_behind_the_camera_is_left_out() -> None:
    behind = grid().vertices + np.array([0, 0, DISTANCE + 1])
    found = rasterise(behind, grid().faces, CAMERA, 40, 40, cull_backfaces=False)
    assert (found.face == -1).all()


@pytest.mark.parametrize("yaw", [-90.0, 0.0, 35.0])
@pytest.mark.parametrize("aspect", [0.5, 2.0])
def test_a_framed_shape_touches_the_edges_and_stays_inside(yaw: float, aspect: float) -> None:
    shape = torus(80, 40)
    camera = frame_points(shape.vertices, yaw, 10.0, aspect, margin=1.0)
    height = 300
    found = rasterise(shape.vertices, shape.faces, camera, int(height * aspect), height)
    rows, columns = np.nonzero(found.face >= 0)
    slack = min(rows.min(), columns.min())
    slack = min(slack, height - 1 - rows.max(), found.face.shape[1] - 1 - columns.max())
    assert slack <= 2
    wider = frame_points(shape.vertices, yaw, 10.0, aspect, margin=1.1)
    edge = rasterise(shape.vertices, shape.faces, wider, int(height * aspect), height).face
    border = (edge[0], edge[-1], edge[:, 0], edge[:, -1])
    assert all((side == -1).all() for side in border)


def test_lambert_light_falls_off_with_the_cosine() -> None:
    look = Look(
        base=(255, 255, 255),
        background=(0, 0, 0),
        lights=(Light((0.0, 0.0, 1.0), (1.0, 1.0, 1.0)),),
        ambient=0.0,
        gloss=0.0,
        supersampling=1,
    )
    picture = render_mesh(ball(), CAMERA, SIZE, SIZE, look=look)
    x, y = pixel_offsets()
    radius = np.hypot(x, y) * (DISTANCE - 1) / FOCAL
    chosen = radius < 0.3
    # Near the middle the rays are almost parallel, so n · l = √(1 − r²) within a little.
    light = to_linear(picture[..., 0][chosen] / 255.0)
    np.testing.assert_allclose(light, np.sqrt(1 - radius[chosen] ** 2), atol=0.015)
    assert (picture[0, 0] == 0).all()


def test_vertex_colours_are_blended_and_the_background_kept() -> None:
    square = grid(1, 1)
    colors = np.array([[255, 0, 0], [0, 255, 0], [255, 0, 0], [0, 255, 0]], np.uint8)
    look = Look(background=(10, 20, 30), lights=(), ambient=1.0)
    camera = frame_points(square.vertices, margin=1.5)
    picture = render_mesh(square, camera, 60, 60, colors, look)
    assert tuple(picture[0, 0]) == (10, 20, 30)
    red, green = picture[30, 12:48, 0].astype(int), picture[30, 12:48, 1].astype(int)
    assert (np.diff(red) <= 0).all()
    assert (np.diff(green) >= 0).all()
    assert abs(int(picture[30, 30, 0]) - 188) < 4  # half of linear light


def test_srgb_is_its_own_inverse() -> None:
    values = np.linspace(0, 1, 101)
    np.testing.assert_allclose(to_srgb(to_linear(values)), values, atol=2e-6)


def test_bad_input_says_what_is_wrong() -> None:
    with pytest.raises(InputError, match="pixel"):
        rasterise(grid().vertices, grid().faces, CAMERA, 0, 10)
    with pytest.raises(InputError, match="up"):
        Camera((0, 0, 1), (0, 0, 0), (0, 0, 1))
    with pytest.raises(InputError, match="colours"):
        render_mesh(grid(), CAMERA, 10, 10, np.zeros((2, 3), np.uint8))


def test_a_sheet_places_pictures_and_labels(tmp_path) -> None:
    red = np.full((30, 40, 3), (255, 0, 0), np.uint8)
    bar = ColorBar(error_colors(np.linspace(0, 1, 64), 1.0), "0 mm", "1 mm")
    sheet = contact_sheet(
        [[red, None], [red, red]], ["one", "two"], ["a", "b\nc"], "Title", "A note. " * 30, bar
    )
    is_red = (sheet == (255, 0, 0)).all(2)
    assert is_red.sum() == 3 * 30 * 40
    save_picture(sheet, tmp_path / "deep" / "sheet.png")
    assert (tmp_path / "deep" / "sheet.png").stat().st_size > 500
    with pytest.raises(InputError, match="one size"):
        contact_sheet([[red, red[:10]]])
    with pytest.raises(InputError, match="labels"):
        contact_sheet([[red]], ["a", "b"])


def test_error_colours_start_grey_and_end_at_the_last_stop() -> None:
    colors = error_colors(np.array([0.0, 0.5, 7.0]), 1.0)
    assert tuple(colors[0]) == tuple(STOPS[0, 1:].astype(int))
    assert tuple(colors[2]) == tuple(STOPS[-1, 1:].astype(int))
