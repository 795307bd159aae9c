"""The free surface is tied to those vertices of the template that are really there."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.surfaces import LID_ABOVE_MM, Surface, _off_the_eyeballs, _tie
from engine.geometry.shading_normals import ShadingNormals
from engine.models.protocol import Eye
from tests.synthetic_model import SyntheticModel

RADIUS = 11.0


def cap(count: int, radius: float) -> NDArray[np.float32]:
    """Points `(count, 3)` spread over the front of a sphere about the origin."""
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    z = 1.0 - 0.15 * (np.arange(count) + 0.5) / count
    flat = np.sqrt(1.0 - z * z)
    points = radius * np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
    return points.astype(np.float32)


def directions(points: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / lengths).astype(np.float32)


@pytest.mark.parametrize(("above", "on_lid"), [(LID_ABOVE_MM + 0.3, True), (0.0, False)])
def test_a_closed_lid_is_not_tied_to_the_eyeball_behind(above: float, on_lid: bool) -> None:
    ball, lid = cap(100, RADIUS), cap(30, RADIUS + 1.5)
    places, no_faces = np.concatenate([ball, lid]), np.empty((0, 3), np.int32)
    template = Surface(
        code=SyntheticModel(24, 32).mean_code(),
        vertices=places,
        normals=directions(places),
        faces=no_faces,
        weights=np.ones((130, 1), np.float32),
        skin=np.zeros((130, 3), np.uint8),
        shade=np.ones(130, np.float32),
        shading=ShadingNormals(places, no_faces),
        carrier=None,
        exact=True,
    )
    ahead = np.array([0.0, 0.0, 1.0], np.float32)
    eye = Eye(np.zeros(3, np.float32), RADIUS, ahead, ball)
    free = cap(60, RADIUS + above)
    first = _tie(template, free, directions(free))
    assert first[:, :100].sum() > 1.0, "the eyeball is the nearest here and there"
    carrier = _off_the_eyeballs((eye,), template, first, free, directions(free))
    np.testing.assert_allclose(carrier.sum(axis=1), 1.0, atol=1e-5)
    if on_lid:
        assert carrier[:, :100].sum() == 0.0
    else:
        assert abs(carrier - first).max() == 0.0
