"""Half of the zero set, x ≥ 0, by marching cubes on a grid with x = 0 as its first plane."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter, zoom
from skimage.measure import marching_cubes

from engine.errors import InputError
from engine.geometry.topology import vertex_components
from training.parts.template.symmetric_field import SymmetricField
from training.parts.template.tunnels import Patch, find_patch

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

COARSE = 4
"""Fine grid steps in a coarse one."""
MOST_PATCHES = 24
PATCH_THICKNESS = 0.8
"""Half thickness of a patch in grid steps: enough for the marching to see it."""


@dataclass(frozen=True, slots=True, eq=False)
class HalfSurface:
    """The half with x ≥ 0 of a symmetric surface; its rim lies exactly on x = 0.

    Attributes:
        vertices: `(V, 3)` mm.
        faces: `(F, 3)`, counter-clockwise seen from outside.
    """

    vertices: Array
    faces: Faces


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """A half surface without tunnels, and the field with the patches that closed them."""

    surface: HalfSurface
    field: SymmetricField


def extract_half(field: SymmetricField, lower: Array, upper: Array, spacing: float) -> Extraction:
    """March over the cells near the surface, keep the largest component, mend its tunnels.

    Args:
        field: the symmetric signed distance.
        lower, upper: corners `(3,)` of a box that holds the surface, mm.
        spacing: edge of a grid cell, mm.

    Raises:
        InputError: the box holds no surface, or one with too many tunnels.
    """
    start = np.array([0.0, lower[1], lower[2]])
    blocks = np.ceil((upper - start) / (COARSE * spacing)).astype(int)
    volume = _narrow_band_volume(field, start, blocks, spacing)
    for _ in range(MOST_PATCHES + 1):
        surface = _march(volume, start, spacing)
        patch = find_patch(surface.vertices, surface.faces, PATCH_THICKNESS * spacing, field.values)
        if patch is None:
            return Extraction(surface, field)
        field = replace(field, patches=(*field.patches, patch))
        _apply_patch(volume, patch, start, spacing)
    raise InputError(
        f"The template's surface has more than {MOST_PATCHES} tunnels or bridges. "
        "Train the template network longer."
    )


def _march(volume: NDArray[np.float32], start: Array, spacing: float) -> HalfSurface:
    if not (volume.min() < 0.0 < volume.max()):
        raise InputError(
            f"The signed distance has no zero in the box from {start} mm on. "
            "Train the template network first, or give it a larger box."
        )
    vertices, faces, _, _ = marching_cubes(
        volume, 0.0, gradient_direction="descent", allow_degenerate=False
    )
    points = vertices.astype(np.float64) * spacing + start
    points[np.abs(points[:, 0]) < 1e-4 * spacing, 0] = 0.0
    return largest_component(points, faces.astype(np.int64))


def _apply_patch(volume: NDArray[np.float32], patch: Patch, start: Array, spacing: float) -> None:
    reach = patch.radius + 2.0 * spacing
    shape = np.array(volume.shape)
    low = np.clip(np.floor((patch.vertices.min(0) - reach - start) / spacing), 0, shape)
    high = np.clip(np.ceil((patch.vertices.max(0) + reach - start) / spacing) + 1, 0, shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    index = np.indices(volume[box].shape).reshape(3, -1).T + low
    values = patch.apply(index * spacing + start, volume[box].ravel().astype(np.float64))
    volume[box] = values.reshape(volume[box].shape)


def _narrow_band_volume(
    field: SymmetricField, start: Array, blocks: NDArray[np.int64], spacing: float
) -> NDArray[np.float32]:
    """The field on the fine grid: evaluated near the surface, interpolated elsewhere."""
    coarse_step = COARSE * spacing
    coarse = _evaluate_grid(field, start, blocks + 1, coarse_step)
    volume: NDArray[np.float32] = zoom(coarse, (COARSE * blocks + 1) / (blocks + 1), order=1)
    nearest = minimum_filter(np.abs(coarse), size=3)
    near = zoom(nearest, (COARSE * blocks + 1) / (blocks + 1), order=0) < 1.2 * coarse_step
    index = np.argwhere(near)
    volume[near] = field.values(index * spacing + start)
    return volume


def _evaluate_grid(
    field: SymmetricField, start: Array, shape: NDArray[np.int64], step: float
) -> NDArray[np.float32]:
    index = np.indices(tuple(shape)).reshape(3, -1).T
    values: NDArray[np.float32] = field.values(index * step + start).astype(np.float32)
    return values.reshape(tuple(shape))


def largest_component(vertices: Array, faces: Faces) -> HalfSurface:
    """The component with most vertices, without the vertices of the others."""
    label = vertex_components(faces, len(vertices))
    keep = label == np.argmax(np.bincount(label))
    order = np.cumsum(keep) - 1
    return HalfSurface(vertices[keep], order[faces[keep[faces[:, 0]]]])
