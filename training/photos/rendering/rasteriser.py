"""A z-buffer in numba: which triangle each pixel shows, and smooth values on it.

Screen coordinates are pixels with x to the right and y down, a pixel's centre at half numbers, and
1 / depth as the third. Everything is float32.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

# Bare literals would make numba compute in double precision.
ZERO, HALF, ONE, TINY = np.float32(0), np.float32(0.5), np.float32(1), np.float32(1e-12)
SHARE = np.float32(1 / 65536)


@njit(cache=True, fastmath=True, nogil=True)
def fill_nearest(
    screen: Floats,
    faces: Integers,
    cull: bool,
    coverage: Floats,
    first_name: int,
    nearness: Floats,
    names: Integers,
) -> None:
    """Draw triangles into a z-buffer.

    Args:
        screen: `(V, 3)` x, y, 1 / depth; not above zero behind the camera.
        faces: `(F, 3)`, counter-clockwise seen from outside.
        cull: leave out triangles that show their back.
        coverage: `(V,)` in [0, 1], below 1 pixels are let through at random; empty for all 1.
        first_name: what the first triangle is called in `names`.
        nearness: `(H, W)` 1 / depth so far, changed in place.
        names: `(H, W)` triangles so far, changed in place.
    """
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        if screen[a, 2] <= 0 or screen[b, 2] <= 0 or screen[c, 2] <= 0:
            continue
        across_b, down_b = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
        across_c, down_c = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
        area = across_b * down_c - down_b * across_c
        # Rows count downward, so a front face turns the other way on the screen.
        if area == 0 or (cull and area > 0):
            continue
        _fill(screen, a, b, c, ONE / area, coverage, first_name + face, nearness, names)


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _fill(
    screen: Floats,
    a: int,
    b: int,
    c: int,
    inverse: np.float32,
    coverage: Floats,
    name: int,
    nearness: Floats,
    names: Integers,
) -> None:
    """Draw the triangle of the vertices a, b, c, whose doubled signed area is 1 / `inverse`."""
    height, width = nearness.shape
    ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
    bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
    cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
    low_x = max(int(np.ceil(min(ax, bx, cx) - HALF)), 0)
    high_x = min(int(np.floor(max(ax, bx, cx) - HALF)), width - 1)
    low_y = max(int(np.ceil(min(ay, by, cy) - HALF)), 0)
    high_y = min(int(np.floor(max(ay, by, cy) - HALF)), height - 1)
    frays = len(coverage) > 0
    # Barycentric weights are linear in x and y.
    step_a, step_b = (by - cy) * inverse, (cy - ay) * inverse
    x = np.float32(low_x) + HALF
    for row in range(low_y, high_y + 1):
        y = np.float32(row) + HALF
        wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) * inverse - step_a
        wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) * inverse - step_b
        for column in range(low_x, high_x + 1):
            wa += step_a
            wb += step_b
            wc = ONE - wa - wb
            if wa < 0 or wb < 0 or wc < 0:
                continue
            near = wa * az + wb * bz + wc * cz
            if near <= nearness[row, column]:
                continue
            if frays:
                share = wa * coverage[a] + wb * coverage[b] + wc * coverage[c]
                if share <= _threshold(row, column):
                    continue
            nearness[row, column] = near
            names[row, column] = name


@njit(cache=True, nogil=True, inline="always")
def _threshold(row: int, column: int) -> np.float32:
    """White noise in [0, 1), the same at a pixel for every layer."""
    value = (row * 73856093) ^ (column * 19349663)
    value = (value ^ (value >> 13)) * 1274126177
    return np.float32((value ^ (value >> 16)) & 0xFFFF) * SHARE


@njit(cache=True, fastmath=True, nogil=True)
def vertex_normals(vertices: Floats, faces: Integers, normals: Floats) -> None:
    """Area-weighted unit normals `(V, 3)` of `faces` `(F, 3)`, written into `normals`."""
    normals[:] = 0.0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        vx = vertices[c, 0] - vertices[a, 0]
        vy = vertices[c, 1] - vertices[a, 1]
        vz = vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for vertex in range(len(normals)):
        x, y, z = normals[vertex, 0], normals[vertex, 1], normals[vertex, 2]
        length = np.sqrt(x * x + y * y + z * z) + TINY
        normals[vertex, 0] /= length
        normals[vertex, 1] /= length
        normals[vertex, 2] /= length
