import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.topology import is_watertight
from engine.scans.cleaning import clean
from engine.scans.raw_surface import RawSurface
from engine.scans.thinning import joined, thin
from tests.engine.geometry.shapes import grid, sphere


def raw(vertices, faces, colors=None) -> RawSurface:
    return RawSurface(np.asarray(vertices, np.float64), np.asarray(faces, np.int64), colors)


def test_a_sound_surface_stays_as_it_is():
    ball = sphere(radius=80.0, subdivisions=3)
    mesh, notes = clean(RawSurface.of(ball))
    assert notes == ()
    np.testing.assert_array_equal(mesh.vertices, ball.vertices)
    np.testing.assert_array_equal(mesh.faces, ball.faces)


def test_a_soup_of_triangles_becomes_a_surface():
    ball = sphere(radius=80.0, subdivisions=3)
    soup = raw(
        ball.vertices[ball.faces].reshape(-1, 3), np.arange(3 * len(ball.faces)).reshape(-1, 3)
    )
    mesh, _ = clean(soup)
    assert len(mesh.vertices) == len(ball.vertices)
    assert is_watertight(mesh.faces)
    quick = joined(soup)
    assert len(quick.vertices) == len(ball.vertices)
    assert is_watertight(quick.faces)


def test_empty_and_repeated_triangles_and_loose_vertices_go():
    points = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [9, 9, 9]]
    mesh, notes = clean(raw(points, [[0, 1, 2], [2, 0, 1], [0, 1, 3], [1, 1, 2]]))
    assert len(mesh.faces) == 1
    assert len(mesh.vertices) == 3
    assert any("without an area or given twice" in note for note in notes)


def test_triangles_of_vertices_that_are_not_there_go():
    mesh, notes = clean(raw(np.eye(3), [[0, 1, 2], [0, 1, 7], [-1, 0, 1]]))
    assert len(mesh.faces) == 1
    assert any("2 triangles that name vertices" in note for note in notes)


def test_dust_goes_and_eyeballs_stay():
    head = sphere(radius=100.0, subdivisions=4)
    parts = [head]
    for radius, place in ((13.0, 150.0), (2.0, 200.0), (1.0, -190.0)):
        ball = sphere(radius=radius, subdivisions=2)
        parts.append(ball.with_vertices(ball.vertices + np.array([place, 0, 0], np.float32)))
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    both = raw(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([p.faces + s for p, s in zip(parts, starts, strict=False)]),
    )
    mesh, notes = clean(both)
    assert len(mesh.vertices) == len(head.vertices) + len(parts[1].vertices)
    assert any(note.startswith("2 small floating pieces") for note in notes)


def test_an_inside_out_surface_is_turned():
    ball = sphere(radius=80.0, subdivisions=3)
    mesh, notes = clean(raw(ball.vertices, ball.faces[:, ::-1]))
    np.testing.assert_array_equal(mesh.faces, ball.faces)
    assert notes == ("The surface was inside out and was turned.",)


def test_a_surface_far_from_the_origin_keeps_its_detail():
    ball = sphere(radius=0.1, subdivisions=3)
    away = ball.vertices.astype(np.float64) + np.array([5e5, 4e6, 60.0])
    mesh, notes = clean(raw(away, ball.faces))
    assert any(note.startswith("Moved by (-500000, -4000000, -60)") for note in notes)
    np.testing.assert_allclose(mesh.vertices, ball.vertices, atol=1e-6)


def test_edges_of_three_faces_are_tolerated():
    points = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]]
    mesh, _ = clean(raw(points, [[0, 1, 2], [1, 0, 3], [0, 1, 4]]))
    assert len(mesh.faces) == 3


@pytest.mark.parametrize(
    ("points", "faces"),
    [
        (np.eye(3), np.empty((0, 3))),
        (np.empty((0, 3)), np.empty((0, 3))),
        (np.full((3, 3), np.nan), [[0, 1, 2]]),
        ([[0, 0, 0], [1, 1, 1], [2, 2, 2]], [[0, 1, 2]]),
        (np.full((3, 3), 1e30), [[0, 1, 2]]),
    ],
)
def test_what_holds_no_surface_is_refused(points, faces):
    with pytest.raises(InputError, match="no triangle"):
        clean(raw(points, faces))


def test_thinning_keeps_shape_and_colours():
    plane = grid(60, 60, 1.0)
    colors = np.tile(np.uint8([200, 100, 50]), (len(plane.vertices), 1))
    few = thin(RawSurface(plane.vertices, plane.faces, colors), wanted=400)
    assert 200 < len(few.vertices) <= 440
    assert np.abs(few.vertices[:, 2]).max() == 0
    np.testing.assert_array_equal(few.colors, np.tile([200, 100, 50], (len(few.vertices), 1)))
    assert few.faces.max() < len(few.vertices)
