"""A ball cut by a slanting plane gets a level foot."""

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.level_foot import FOOT_MM, with_level_foot
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, face_normals
from engine.geometry.topology import is_watertight
from tests.engine.geometry.shapes import mesh_of, sphere

RADIUS, DEPTH = 100.0, 60.0
TILT = np.deg2rad(40.0)
NORMAL = np.array([0.0, -np.cos(TILT), -np.sin(TILT)])


def cut_ball() -> Mesh:
    """What lies beyond the plane is pressed flat onto it."""
    ball = sphere(radius=RADIUS, subdivisions=5)
    beyond = np.maximum(ball.vertices @ NORMAL - DEPTH, 0.0)
    return mesh_of(ball.vertices - beyond[:, None] * NORMAL, ball.faces)


def volume(mesh: Mesh) -> float:
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    return (
        float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum())
        / 6
    )


def test_the_foot_is_level_and_everything_else_stays() -> None:
    ball = cut_ball()
    standing = with_level_foot(ball)
    low = standing.vertices[:, 1].min()
    assert low == pytest.approx(ball.vertices[:, 1].min() - FOOT_MM)
    normals, areas = (
        face_normals(standing.vertices, standing.faces),
        face_areas(standing.vertices, standing.faces),
    )
    level = (normals[:, 1] < -0.999) & (
        standing.vertices[standing.faces][:, :, 1].max(axis=1) == low
    )
    disc = np.pi * (RADIUS**2 - DEPTH**2)
    assert areas[level].sum() == pytest.approx(disc * np.cos(TILT), rel=0.05)
    above = ball.vertices @ NORMAL < DEPTH - 1.0
    np.testing.assert_array_equal(standing.vertices[above], ball.vertices[above])


def test_it_stays_closed_and_only_grows() -> None:
    ball = cut_ball()
    standing = with_level_foot(ball)
    assert is_watertight(standing.faces)
    assert not np.shares_memory(standing.vertices, ball.vertices)
    # The foot is a prism over the disc, cut off slantingly: its mean height times its section.
    section = np.pi * (RADIUS**2 - DEPTH**2) * np.cos(TILT)
    mean_height = DEPTH * NORMAL[1] - standing.vertices[:, 1].min()
    assert volume(standing) - volume(ball) == pytest.approx(section * mean_height, rel=0.03)


def test_a_surface_that_is_round_below_gets_none() -> None:
    with pytest.raises(InputError, match="does not end in a plane"):
        with_level_foot(sphere(radius=RADIUS, subdivisions=4))
    upside_down = mesh_of(cut_ball().vertices * (1, -1, -1), cut_ball().faces)
    with pytest.raises(InputError, match="does not end in a plane"):
        with_level_foot(upside_down)
