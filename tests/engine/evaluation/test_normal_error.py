"""Normals of planes whose angles are known."""

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.normal_error import normal_error
from engine.geometry.mesh import Mesh

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [-1, 1, 0], [1, 1, 0]], np.float32)
FACES = np.array([[0, 1, 2], [1, 3, 2]], np.int32)


def tilted(degrees: float, depth: float = 0.0) -> Mesh:
    """The square turned about x."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    return Mesh((SQUARE @ turn.T + (0, 0, depth)).astype(np.float32), FACES)


@pytest.mark.parametrize("degrees", [0.0, 10.0, 40.0])
def test_the_angle_between_two_planes(degrees: float) -> None:
    rng = np.random.default_rng(0)
    assert normal_error(tilted(degrees), tilted(0.0), rng, 200) == pytest.approx(degrees, abs=0.05)


def test_distance_along_the_line_of_sight_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    far = normal_error(tilted(20.0, depth=70.0), tilted(0.0), rng, 200)
    assert far == pytest.approx(20.0, abs=0.05)


def test_a_surface_turned_over_is_wrong_everywhere() -> None:
    plane = tilted(0.0)
    over = Mesh(plane.vertices, plane.faces[:, ::-1])
    assert normal_error(over, plane, np.random.default_rng(0), 50) == pytest.approx(180.0)


def test_there_must_be_a_sample() -> None:
    with pytest.raises(InputError, match="at least one sample"):
        normal_error(tilted(0.0), tilted(0.0), np.random.default_rng(0), 0)
