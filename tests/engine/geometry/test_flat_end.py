"""The plane in which a surface ends, against one that is known."""

import numpy as np
import pytest

from engine.geometry.flat_end import find_flat_end
from engine.geometry.topology import is_watertight
from tests.engine.geometry.shapes import COLUMN_RADIUS, COLUMN_SLOPE, cut_column, grid, sphere

NORMAL = -np.array([0.0, 1.0, COLUMN_SLOPE]) / np.hypot(1.0, COLUMN_SLOPE)


@pytest.mark.parametrize("scale", [1.0, 0.001])
def test_the_plane_of_a_cut_column_is_found_in_any_unit(scale: float) -> None:
    column = cut_column()
    assert is_watertight(column.faces)
    end = find_flat_end(scale * column.vertices, column.faces)
    assert end is not None
    np.testing.assert_allclose(end.normal, NORMAL, atol=1e-5)
    heights = (column.vertices @ -NORMAL) * scale
    np.testing.assert_allclose(end.heights(scale * column.vertices), heights, atol=scale * 1e-3)
    ellipse = np.pi * COLUMN_RADIUS**2 * np.hypot(1.0, COLUMN_SLOPE)
    assert end.area == pytest.approx(scale**2 * ellipse, rel=0.02)
    in_plane = np.abs(heights[column.faces]).max(axis=1) < scale * 1e-3
    np.testing.assert_array_equal(end.faces, np.flatnonzero(in_plane))


def test_what_is_round_below_or_faces_forwards_has_none() -> None:
    ball = sphere(radius=100.0, subdivisions=4)
    assert find_flat_end(ball.vertices, ball.faces) is None
    sheet = grid()
    assert find_flat_end(sheet.vertices, sheet.faces) is None
    assert find_flat_end(sheet.vertices, np.empty((0, 3), np.int32)) is None
