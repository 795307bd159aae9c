import numpy as np
import pytest

from tests.engine.geometry.shapes import sphere
from training.photos.rendering.rasteriser import fill_nearest, vertex_normals

WHOLE = np.zeros(0, np.float32)


def draw(screen, faces, size, cull=False, coverage=WHOLE):
    nearness = np.zeros((size, size), np.float32)
    names = np.full((size, size), -1, np.int32)
    fill_nearest(
        np.asarray(screen, np.float32),
        np.asarray(faces, np.int32),
        cull,
        coverage,
        0,
        nearness,
        names,
    )
    return nearness, names


def naive_names(screen, faces, size):
    """For each pixel the nearest triangle that contains its centre, triangle by triangle."""
    names, nearest = np.full((size, size), -1), np.zeros((size, size))
    y, x = np.mgrid[:size, :size] + 0.5
    for name, (a, b, c) in enumerate(screen[faces].astype(np.float64)):
        matrix = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1.0, 1.0, 1.0]])
        points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        weights = np.linalg.solve(matrix, points)
        near = (weights * np.array([[a[2]], [b[2]], [c[2]]])).sum(0).reshape(size, size)
        inside = (weights >= 0).all(0).reshape(size, size) & (near > nearest)
        names[inside], nearest[inside] = name, near[inside]
    return names, nearest


def test_random_triangles_agree_with_the_naive_twin():
    rng = np.random.default_rng(0)
    screen = rng.uniform((-8, -8, 0.1), (48, 48, 1.0), (90, 3)).astype(np.float32)
    faces = np.arange(90).reshape(-1, 3)
    nearness, names = draw(screen, faces, 40)
    expected, nearest = naive_names(screen, faces, 40)
    # A centre that lies on an edge may fall to either side in single precision.
    assert (names != expected).sum() <= 2
    same = names == expected
    assert np.abs(nearness - nearest)[same].max() < 1e-4


def test_a_right_triangle_covers_half_its_square():
    _, names = draw([[0, 0, 1], [40, 0, 1], [0, 40, 1]], [[0, 1, 2]], 40)
    assert abs((names == 0).sum() - 800) <= 40
    assert names[3, 3] == 0
    assert names[35, 35] == -1


def test_a_spheres_outline_and_nearest_point():
    ball = sphere(30.0, subdivisions=4)
    distance, focal = 300.0, 200.0
    depth = distance - ball.vertices[:, 2]
    screen = np.stack(
        [
            50 + focal * ball.vertices[:, 0] / depth,
            50 - focal * ball.vertices[:, 1] / depth,
            1 / depth,
        ],
        axis=1,
    )
    nearness, names = draw(screen, ball.faces, 100, cull=True)
    # A sphere is seen under the angle asin(r / d).
    radius = focal * np.tan(np.arcsin(30.0 / distance))
    assert (names >= 0).sum() == pytest.approx(np.pi * radius**2, rel=0.02)
    assert 1 / nearness[50, 50] == pytest.approx(distance - 30.0, abs=0.3)


def test_backs_are_left_out_only_when_asked():
    # Clockwise on the screen, whose y is down, is a back.
    back, faces = [[5, 5, 1], [35, 5, 1], [5, 35, 1]], [[0, 1, 2]]
    front = [[0, 2, 1]]
    assert (draw(back, faces, 40, cull=True)[1] == -1).all()
    assert (draw(back, faces, 40, cull=False)[1] == 0).any()
    assert (draw(back, front, 40, cull=True)[1] == 0).any()


def test_what_is_behind_the_camera_is_not_drawn():
    assert (draw([[5, 5, 1], [35, 5, -1], [5, 35, 1]], [[0, 1, 2]], 40)[1] == -1).all()


def test_half_coverage_lets_half_of_the_pixels_through():
    corners = [[-50, -50, 1], [150, -50, 1], [-50, 150, 1]]
    _, names = draw(corners, [[0, 1, 2]], 50, coverage=np.full(3, 0.5, np.float32))
    assert (names == 0).mean() == pytest.approx(0.5, abs=0.05)


def test_normals_of_a_sphere_point_outward():
    ball = sphere(30.0, subdivisions=3)
    normals = np.empty((len(ball.vertices), 3), np.float32)
    vertex_normals(ball.vertices.astype(np.float32), ball.faces.astype(np.int32), normals)
    assert np.abs(normals - ball.vertices / 30.0).max() < 0.02
