import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.normals import face_areas, vertex_normals
from engine.scans.degrade import Degradation, degrade, with_holes
from tests.engine.geometry.shapes import sphere


def test_noise_lies_along_the_normals_and_has_the_width_asked_for():
    ball = sphere(radius=50.0, subdivisions=5)
    how = Degradation(noise_mm=0.5, holes=0.0, turn_degrees=25.0, unit_mm=10.0)
    bad = degrade(ball, how, np.random.default_rng(0))
    back = bad.truth.apply(bad.mesh.vertices.astype(np.float64))
    offsets = back - bad.clean.vertices
    heights = np.einsum("ij,ij->i", offsets, vertex_normals(ball.vertices, ball.faces))
    assert heights.std() == pytest.approx(0.5, rel=0.05)
    assert np.linalg.norm(offsets, axis=1) == pytest.approx(np.abs(heights), abs=1e-3)


def test_turn_and_unit_are_as_asked():
    ball = sphere(radius=50.0, subdivisions=2)
    how = Degradation(noise_mm=0.0, holes=0.0, turn_degrees=30.0, unit_mm=1000.0)
    truth = degrade(ball, how, np.random.default_rng(1)).truth
    angle = np.degrees(np.arccos((np.trace(truth.rotation) - 1) / 2))
    assert angle == pytest.approx(30.0)
    assert truth.scale == pytest.approx(1000.0)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_holes_take_their_share_of_the_area(share):
    ball = sphere(radius=50.0, subdivisions=5)
    left = with_holes(ball, share, np.random.default_rng(2))
    areas = [face_areas(mesh.vertices, mesh.faces).sum() for mesh in (left, ball)]
    assert 1 - areas[0] / areas[1] == pytest.approx(share, abs=0.01)


def test_a_seed_gives_the_same_scan():
    ball = sphere(radius=50.0, subdivisions=3)
    first, second = (degrade(ball, Degradation(), np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.mesh.vertices, second.mesh.vertices)
    np.testing.assert_array_equal(first.mesh.faces, second.mesh.faces)


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="holes"):
        Degradation(holes=1.0)
    with pytest.raises(InputError, match="holes"):
        with_holes(sphere(radius=1.0, subdivisions=1), -0.1, np.random.default_rng(0))
