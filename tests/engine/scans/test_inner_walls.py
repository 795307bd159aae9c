import numpy as np

from engine.geometry.mesh import Mesh
from engine.scans.inner_walls import without_inner_walls
from tests.engine.geometry.shapes import sphere
from tests.engine.scans.heads import joined


def ball_within(share: float) -> Mesh:
    """A ball of 80 mm with an inner wall at `share` of its radius, as a printed one has."""
    outer = sphere(radius=80.0, subdivisions=4)
    inner = Mesh(share * outer.vertices, outer.faces[:, ::-1])
    return joined(outer, inner)


def test_the_inner_wall_of_a_hollow_ball_goes():
    notes: list[str] = []
    mesh = without_inner_walls(ball_within(0.95), notes)
    assert len(mesh.faces) == len(ball_within(0.95).faces) // 2
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 80.0, rtol=1e-3)
    assert any("50% of the triangles cannot be seen from outside" in note for note in notes)


def test_little_inside_is_left_as_it_is():
    """Eyeballs and the inside of a mouth belong to a head."""
    notes: list[str] = []
    mesh = ball_within(0.3)
    assert without_inner_walls(mesh, notes) is mesh
    assert notes == []


def test_a_surface_turned_inside_out_is_not_taken_for_a_wall():
    ball = sphere(radius=80.0, subdivisions=4)
    reversed_ball = Mesh(ball.vertices, ball.faces[:, ::-1])
    assert without_inner_walls(reversed_ball, []) is reversed_ball
