"""A surface by direction: balls whose distances are known."""

import numpy as np
import pytest
import trimesh

from engine.models.radial_map import RadialMap, draw_map, places_on_map


def ball(radius: float, rings: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, normals and faces."""
    mesh = trimesh.creation.icosphere(subdivisions=rings, radius=radius)
    return np.asarray(mesh.vertices), np.asarray(mesh.vertices) / radius, np.asarray(mesh.faces)


@pytest.fixture(scope="module")
def shells() -> RadialMap:
    """A ball of 12 mm and above it, forward and to the right, part of a shell of 15 mm."""
    (inner, inwards, faces), (outer, outwards, more) = ball(12.0), ball(15.0)
    right = (outer[more][:, :, 0] > 2.0).all(axis=1)
    return draw_map(
        np.concatenate([inner, outer]),
        np.concatenate([inwards, outwards]),
        np.concatenate([faces, more[right] + len(inner)]),
    )


def directions(count: int, seed: int = 0) -> np.ndarray:
    """Within 60° of straight ahead."""
    drawn = np.random.default_rng(seed).standard_normal((20 * count, 3))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn[drawn[:, 2] > 0.5][:count]


def test_distances_from_a_ball() -> None:
    seen = draw_map(*ball(12.0))
    away = directions(500) * np.linspace(8.0, 20.0, 500)[:, None]
    found, weight = seen.distances(away, seen.facing)
    # Flat triangles of 3 mm lie 0.1 mm inside; rounded, far less.
    assert np.abs(found - (np.linalg.norm(away, axis=1) - 12.0)).max() < 0.03
    assert weight.min() > 0.99


def test_the_outermost_is_seen(shells: RadialMap) -> None:
    ahead = directions(2000)
    found, _ = shells.distances(15.0 * ahead, shells.facing)
    # Away from the shell's edge, which is rounded.
    assert np.abs(found[ahead[:, 0] > 0.35]).max() < 0.05
    assert np.abs(found[ahead[:, 0] < -0.1] - 3.0).max() < 0.05


def test_across_an_edge_distances_change_gently(shells: RadialMap) -> None:
    """Nearly as a distance does: a step would change by 3 mm at once."""
    across = np.linspace(-0.1, 0.4, 400)
    away = 13.5 * np.stack([across, np.zeros(400), np.sqrt(1 - across**2)], axis=1)
    found, _ = shells.distances(away, shells.facing)
    steps = np.linalg.norm(np.diff(away, axis=0), axis=1)
    assert np.abs(np.diff(found) / steps).max() < 2.0
    assert found[0] > 1.0
    assert found[-1] < -1.0


def test_the_triangle_behind_a_place(shells: RadialMap) -> None:
    vertices, _, faces = ball(12.0)
    left = directions(300)
    left = left[left[:, 0] < 0.0]
    face, shares = shells.drawn(20.0 * left)
    back = np.einsum("nk,nkd->nd", shares, vertices[faces[face]])
    assert np.linalg.norm(back - 12.0 * left, axis=1).max() < 0.4, "a place on the map is 0.26 mm"
    assert np.allclose(shares.sum(axis=1), 1.0)


def test_nothing_is_drawn_behind() -> None:
    vertices, normals, faces = ball(12.0)
    front = (vertices[faces][:, :, 2] > 0.0).all(axis=1)
    seen = draw_map(vertices, normals, faces[front])
    behind = np.array([[12.0, 0.0, -6.0]])
    assert seen.drawn(behind)[0].tolist() == [-1]
    assert seen.distances(behind, seen.facing)[1] == pytest.approx(0.0)
    values = vertices[:, 0]
    painted = seen.paint(values, faces[front])
    row, column = np.rint(places_on_map(np.array([[6.0, 0.0, 10.0]]))[0]).astype(int)
    assert painted[row, column] == pytest.approx(12 * 6 / np.hypot(6, 10), abs=0.3)
    assert painted[0, 0] == 0.0
