"""Normals at the edge of a plane, against those of a cylinder and of the plane that cuts it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.shading_normals import ShadingNormals, shading_normals
from tests.engine.geometry.shapes import COLUMN_SLOPE, cut_column, grid, sphere

PLANE = -np.array([0.0, 1.0, COLUMN_SLOPE]) / np.hypot(1.0, COLUMN_SLOPE)
AROUND, ALONG = 48, 24
EDGE = slice(0, AROUND)
SIDE = slice(0, AROUND * ALONG)
"""Without the topmost ring, whose other edge is no end."""
DISC = slice(AROUND * (ALONG + 1), -2)


def angles(normals: NDArray, wanted: NDArray) -> NDArray:
    """Degrees `(N,)` between directions."""
    return np.rad2deg(np.arccos(np.clip(np.sum(normals * wanted, axis=1), -1.0, 1.0)))


@pytest.mark.parametrize("rounding", [0.0, 1.5])
def test_the_skin_is_shaded_to_its_edge_as_if_it_went_on(rounding: float) -> None:
    column = cut_column(AROUND, ALONG, rounding)
    radial = column.vertices * (1, 0, 1)
    radial /= np.maximum(np.linalg.norm(radial, axis=1, keepdims=True), 1e-6)
    plain = angles(vertex_normals(column.vertices, column.faces), radial)
    assert plain[EDGE].min() > 15.0, "the plain mean is the trouble that is mended"
    assert np.ptp(plain[EDGE]) > 15.0, "and differs from vertex to vertex"
    normals = shading_normals(column.vertices, column.faces)
    # Neighbours on the cylinder are 7.5° apart, and their triangles uneven.
    assert angles(normals, radial)[EDGE].max() < 10.0
    # Just above where the edge begins to count, triangles lean a little on a rounded one.
    assert angles(normals, radial)[SIDE].max() < 12.0
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)


def test_the_plane_has_its_own_normal_up_to_its_edge() -> None:
    column = cut_column(AROUND, ALONG, rounding=1.5)
    normals = shading_normals(column.vertices, column.faces)
    assert angles(normals[DISC], PLANE).max() < 0.5
    assert angles(vertex_normals(column.vertices, column.faces)[DISC], PLANE).max() > 5.0


def test_they_follow_what_moves() -> None:
    column = cut_column(AROUND, ALONG)
    shading = ShadingNormals(column.vertices, column.faces)
    turn = np.deg2rad(100.0)
    rotation = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )
    # Upside down the end would not be found again: it is known from before.
    moved = (column.vertices @ rotation.T + 20.0).astype(np.float32)
    wanted = shading.at(column.vertices) @ rotation.T
    np.testing.assert_allclose(shading.at(moved), wanted, atol=1e-3)
    assert np.abs(vertex_normals(moved, column.faces) - wanted).max() > 0.2


@pytest.mark.parametrize("mesh", [sphere(radius=80.0), grid()], ids=["ball", "sheet"])
def test_without_such_an_end_they_are_the_means_over_faces(mesh: Mesh) -> None:
    np.testing.assert_array_equal(
        shading_normals(mesh.vertices, mesh.faces), vertex_normals(mesh.vertices, mesh.faces)
    )


def test_an_end_with_nothing_above_it_is_left_alone() -> None:
    # A slab is all edge: no vertex lies above to take the skin's normals from.
    column = cut_column(12, 1)
    flat = column.vertices * (1, 0.02, 1)
    np.testing.assert_array_equal(
        shading_normals(flat, column.faces), vertex_normals(flat, column.faces)
    )
