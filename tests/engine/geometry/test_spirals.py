import time

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.spirals import NOBODY, geodesic_distances, ordered_neighbours, spirals
from tests.engine.geometry.shapes import grid, sphere, tetrahedron

# A hexagon around vertex 0 and, of the second ring, 7 and 8:
#
#        2---1---7
#       / \ / \ / \
#      3---0---6---8
#       \ / \ /
#        4---5
CORNERS = [(np.cos(a), np.sin(a), 0.0) for a in np.radians([60, 120, 180, 240, 300, 0])]
HEXAGON = np.array([(0.0, 0.0, 0.0), *CORNERS, (1.5, 0.87, 0.0), (2.0, 0.0, 0.0)])
FACES = np.array(
    [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 5, 6), (0, 6, 1), (6, 7, 1), (6, 8, 7)]
)


def test_the_ring_of_an_inner_vertex_runs_counter_clockwise_from_the_reference() -> None:
    # Vertex 4 is the reference: its own direction comes first, then counter-clockwise.
    assert spirals(HEXAGON, FACES, 4)[0].tolist() == [0, 4, 5, 6, 1, 2, 3]


def test_two_rings_by_hand() -> None:
    found = spirals(HEXAGON, FACES, 5, hops=2, length=9)[0]
    # From 5: ring 6 1 2 3 4; outside of 6 lie 8 and then 7, counter-clockwise.
    assert found.tolist() == [0, 5, 6, 1, 2, 3, 4, 8, 7]


def test_a_rim_begins_at_the_nearest_and_wraps() -> None:
    # Around 8 the fan runs from 7 to 6; 6 is nearer to the reference 3.
    assert spirals(HEXAGON, FACES, 3, length=4)[8].tolist() == [8, 6, 7, NOBODY]
    assert ordered_neighbours(FACES, 9)[8, :2].tolist() == [7, 6]


def test_longer_spirals_are_cut_and_shorter_ones_filled() -> None:
    found = spirals(HEXAGON, FACES, 4, length=5)
    assert found.shape == (9, 5)
    assert found[0].tolist() == [0, 4, 5, 6, 1]
    assert found[8].tolist() == [8, 6, 7, NOBODY, NOBODY]


def test_the_usual_length_is_mean_and_two_deviations() -> None:
    mesh = sphere(subdivisions=2)
    lengths = (ordered_neighbours(mesh.faces, len(mesh.vertices)) != NOBODY).sum(1) + 1
    wanted = int(np.ceil(lengths.mean() + 2 * lengths.std()))
    assert spirals(mesh.vertices, mesh.faces, 0).shape == (len(mesh.vertices), wanted)


def naive_spiral(faces, distances, vertex, hops):
    """Ring by ring with dictionaries, as one would write it down."""
    after: dict[int, dict[int, int]] = {}
    for a, b, c in faces.tolist():
        for x, y, z in ((a, b, c), (b, c, a), (c, a, b)):
            after.setdefault(x, {})[y] = z

    def around(centre, first):
        ring = [first]
        while after[centre][ring[-1]] != first:
            ring.append(after[centre][ring[-1]])
        return ring

    first = min(after[vertex], key=lambda v: distances[v])
    ring, parent = around(vertex, first), {}
    for other in ring:
        parent[other] = vertex
    found = [vertex, *ring]
    for _ in range(hops - 1):
        outer = []
        for inner in ring:
            for other in around(inner, parent[inner]):
                if other not in found and other not in outer:
                    outer.append(other)
                    parent[other] = inner
        found += outer
        ring = outer
    return found


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_equal_to_a_naive_walk_on_a_closed_surface(hops: int) -> None:
    mesh = sphere(subdivisions=2)
    rng = np.random.default_rng(hops)
    vertices = mesh.vertices * rng.uniform(0.8, 1.2, (len(mesh.vertices), 1))
    distances = geodesic_distances(vertices, mesh.faces, 5)
    found = spirals(vertices, mesh.faces, 5, hops, length=40)
    for vertex in range(len(vertices)):
        wanted = naive_spiral(mesh.faces, distances, vertex, hops)[:40]
        assert found[vertex, : len(wanted)].tolist() == wanted, f"vertex {vertex}"
        assert (found[vertex, len(wanted) :] == NOBODY).all()


def test_geodesics_run_along_edges() -> None:
    mesh = grid(3, 2)
    distances = geodesic_distances(mesh.vertices, mesh.faces, 0)
    assert distances[0] == 0.0
    assert distances[1] == pytest.approx(np.linalg.norm(mesh.vertices[1] - mesh.vertices[0]))


def test_every_neighbour_is_there_where_surfaces_touch_in_a_vertex() -> None:
    mesh = tetrahedron()
    other = np.where(mesh.faces == 0, 0, mesh.faces + 3)
    ordered = ordered_neighbours(np.concatenate([mesh.faces, other]), 7)
    assert set(ordered[0].tolist()) - {NOBODY} == {1, 2, 3, 4, 5, 6}


def test_unsound_arguments_are_named() -> None:
    mesh = tetrahedron()
    with pytest.raises(InputError, match="reference vertex below 4"):
        spirals(mesh.vertices, mesh.faces, 4)
    with pytest.raises(InputError, match="one hop"):
        spirals(mesh.vertices, mesh.faces, 0, hops=0)


def test_ten_thousand_vertices_in_two_seconds() -> None:
    mesh = sphere(subdivisions=5)
    started = time.process_time()
    assert len(spirals(mesh.vertices, mesh.faces, 0)) == 10242
    assert time.process_time() - started < 2.0
