"""From what each pixel shows to linear light: smooth normals, shadows, skin's soft terminator."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

VALUES = 13
"""Of each vertex: position and normal in the camera's frame, albedo, material."""
CREEP_GREEN, CREEP_BLUE = np.float32(0.45), np.float32(0.3)
"""How far green and blue light creep under skin, relative to red."""
SHADOW_STEP = np.float32(3.5)
"""mm along the normal from which the first light is looked for."""
# Bare literals would make numba compute in double precision.
ZERO, QUARTER, HALF, ONE = np.float32(0), np.float32(0.25), np.float32(0.5), np.float32(1)
TINY, FAINT = np.float32(1e-12), np.float32(-8)


@njit(cache=True, fastmath=True, nogil=True)
def shade(
    names: Integers,
    faces: Integers,
    screen: Floats,
    corners: Floats,
    directions: Floats,
    half: Floats,
    colours: Floats,
    ambient: Floats,
    shadow: Floats,
    shadow_frame: Floats,
    shadow_bias: np.float32,
    picture: Floats,
) -> None:
    """Write linear light into `picture` `(H/2, W/2, 4)`, the mean of 2 × 2 samples.

    Args:
        names: `(H, W)` triangle of each sample, −1 for none.
        faces: `(F, 3)`; screen: `(V, 3)` x, y, 1 / depth; corners: `(V, VALUES)`.
        directions: `(L, 3)` towards each light; half: `(L, 3)` unit vectors between it and the
            viewer; colours: `(L, 3)` its light.
        ambient: `(10, 3)` irradiance times 1, x, y, z, xx, yy, zz, xy, yz, zx of the normal.
        shadow: `(S, S)` nearness along the first light; empty for no shadow.
        shadow_frame: `(3, 4)` from the camera's frame to the shadow map's x, y and nearness;
            shadow_bias in units of that nearness.
        picture: zeros; the fourth channel becomes the share of samples that show anything.
    """
    height, width = names.shape
    at = np.empty(VALUES, np.float32)
    for row in range(height):
        for column in range(width):
            name = names[row, column]
            if name < 0:
                continue
            _interpolate(faces, name, screen, corners, row, column, at)
            x, y, z = _unit_normal(at)
            red, green, blue = _ambient_light(x, y, z, at[12], ambient)
            shine_red, shine_green, shine_blue = ZERO, ZERO, ZERO
            for light in range(len(directions)):
                facing = x * directions[light, 0] + y * directions[light, 1]
                facing += z * directions[light, 2]
                if facing < -at[11]:
                    continue
                lit, gleam = ONE, ZERO
                if facing > 0:
                    if light == 0 and len(shadow):
                        lit = _lit(at, x, y, z, facing, shadow, shadow_frame, shadow_bias)
                    along = x * half[light, 0] + y * half[light, 1] + z * half[light, 2]
                    gleam = _gleam(along, at[9], at[10]) * lit
                r, g, b = colours[light, 0], colours[light, 1], colours[light, 2]
                red += r * lit * _wrapped(facing, at[11])
                green += g * lit * _wrapped(facing, at[11] * CREEP_GREEN)
                blue += b * lit * _wrapped(facing, at[11] * CREEP_BLUE)
                shine_red, shine_green = shine_red + r * gleam, shine_green + g * gleam
                shine_blue += b * gleam
            pixel = picture[row // 2, column // 2]
            pixel[0] += QUARTER * (at[6] * red + shine_red)
            pixel[1] += QUARTER * (at[7] * green + shine_green)
            pixel[2] += QUARTER * (at[8] * blue + shine_blue)
            pixel[3] += QUARTER


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _interpolate(
    faces: Integers,
    name: int,
    screen: Floats,
    corners: Floats,
    row: int,
    column: int,
    at: Floats,
) -> None:
    """The values of a triangle at a sample, right in perspective, written into `at`."""
    a, b, c = faces[name, 0], faces[name, 1], faces[name, 2]
    ax, ay = screen[a, 0], screen[a, 1]
    bx, by = screen[b, 0], screen[b, 1]
    cx, cy = screen[c, 0], screen[c, 1]
    x, y = np.float32(column) + HALF, np.float32(row) + HALF
    wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) * screen[a, 2]
    wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) * screen[b, 2]
    wc = ((ax - x) * (by - y) - (ay - y) * (bx - x)) * screen[c, 2]
    total = ONE / (wa + wb + wc)
    wa, wb, wc = wa * total, wb * total, wc * total
    for index in range(VALUES):
        at[index] = wa * corners[a, index] + wb * corners[b, index] + wc * corners[c, index]


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _unit_normal(at: Floats) -> tuple[np.float32, np.float32, np.float32]:
    """The normal, of unit length and turned to the side that is seen."""
    x, y, z = at[3], at[4], at[5]
    length = ONE / np.sqrt(x * x + y * y + z * z + TINY)
    if x * at[0] + y * at[1] + z * at[2] > 0:
        length = -length
    return x * length, y * length, z * length


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _ambient_light(
    x: np.float32, y: np.float32, z: np.float32, share: np.float32, ambient: Floats
) -> tuple[np.float32, np.float32, np.float32]:
    """The share of the ambient irradiance for the normal x, y, z, per colour."""
    xx, yy, zz, xy, yz, zx = x * x, y * y, z * z, x * y, y * z, z * x
    red = _irradiance(x, y, z, xx, yy, zz, xy, yz, zx, ambient, 0)
    green = _irradiance(x, y, z, xx, yy, zz, xy, yz, zx, ambient, 1)
    blue = _irradiance(x, y, z, xx, yy, zz, xy, yz, zx, ambient, 2)
    return max(red, ZERO) * share, max(green, ZERO) * share, max(blue, ZERO) * share


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _irradiance(
    x: np.float32,
    y: np.float32,
    z: np.float32,
    xx: np.float32,
    yy: np.float32,
    zz: np.float32,
    xy: np.float32,
    yz: np.float32,
    zx: np.float32,
    ambient: Floats,
    k: int,
) -> np.float32:
    light = ambient[0, k] + ambient[1, k] * x + ambient[2, k] * y + ambient[3, k] * z
    light += ambient[4, k] * xx + ambient[5, k] * yy + ambient[6, k] * zz
    light += ambient[7, k] * xy + ambient[8, k] * yz + ambient[9, k] * zx
    return light


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _wrapped(facing: np.float32, creep: np.float32) -> np.float32:
    """Lambert's cosine, wrapped around the terminator as far as light creeps."""
    return max((facing + creep) / (ONE + creep), ZERO)


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _gleam(along: np.float32, strength: np.float32, sharpness: np.float32) -> np.float32:
    """strength · exp(sharpness · (n · h − 1)), a Gaussian twin of Blinn's highlight."""
    power = sharpness * (along - ONE)
    if power > FAINT:
        return strength * np.exp(power)
    return ZERO


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _lit(
    at: Floats,
    nx: np.float32,
    ny: np.float32,
    nz: np.float32,
    facing: np.float32,
    shadow: Floats,
    frame: Floats,
    bias: np.float32,
) -> np.float32:
    """Share of the first light that arrives, from four texels of the shadow map.

    A step along the normal, longer where light grazes, keeps a surface from shading itself.
    """
    size = len(shadow)
    step = SHADOW_STEP * (ONE + HALF - facing)
    x, y, z = at[0] + step * nx, at[1] + step * ny, at[2] + step * nz
    u = frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z + frame[0, 3] - HALF
    v = frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z + frame[1, 3] - HALF
    limit = frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z + frame[2, 3] + bias
    column, row = int(np.floor(u)), int(np.floor(v))
    if column < 0 or row < 0 or column > size - 2 or row > size - 2:
        return ONE
    across, down = u - np.float32(column), v - np.float32(row)
    upper = np.float32(shadow[row, column] <= limit) * (ONE - across)
    upper += np.float32(shadow[row, column + 1] <= limit) * across
    lower = np.float32(shadow[row + 1, column] <= limit) * (ONE - across)
    lower += np.float32(shadow[row + 1, column + 1] <= limit) * across
    return upper * (ONE - down) + lower * down
