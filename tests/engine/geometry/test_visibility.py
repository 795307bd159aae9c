"""What can be seen: spheres inside spheres, open bowls, and the lower end of a column."""

import numpy as np

from engine.geometry.mesh import Mesh
from engine.geometry.visibility import hidden_vertices, neck_end, open_faces
from tests.engine.geometry.shapes import joined, sphere


def test_a_sphere_hides_what_is_inside_it() -> None:
    outer = sphere(100.0)
    inner = Mesh(0.5 * outer.vertices, outer.faces)
    hidden = hidden_vertices(joined(outer, inner))
    assert not hidden[: len(outer.vertices)].any()
    assert hidden[len(outer.vertices) :].all()


def test_what_shows_through_an_opening_is_not_hidden() -> None:
    outer = sphere(100.0)
    inner = Mesh(0.5 * outer.vertices, outer.faces)
    bowl = Mesh(outer.vertices, outer.faces[outer.vertices[outer.faces].mean(axis=1)[:, 2] < 0.0])
    hidden = hidden_vertices(joined(bowl, inner))[len(outer.vertices) :]
    assert not hidden[inner.vertices[:, 2] > 10.0].any()
    assert hidden[inner.vertices[:, 2] < -49.0].all()


def test_open_faces_are_those_at_the_rim() -> None:
    whole = sphere(100.0)
    assert not open_faces(whole.faces).any()
    height = whole.vertices[whole.faces].mean(axis=1)[:, 2]
    bowl = whole.faces[height < 0.0]
    rim = open_faces(bowl)
    assert rim.any()
    assert height[height < 0.0][rim].min() > -40.0


def test_the_neck_end_is_what_hangs_together_below() -> None:
    upper = sphere(50.0)
    lower = Mesh(upper.vertices - np.array([0.0, 200.0, 0.0], np.float32), upper.faces)
    end = neck_end(joined(upper, lower))
    assert not end[: len(upper.vertices)].any()
    marked = end[len(upper.vertices) :]
    below = upper.vertices[:, 1] / 50.0
    assert marked[below < -0.35].all()
    assert not marked[below > 0.3].any()
