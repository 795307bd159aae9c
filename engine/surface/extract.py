"""From a signed distance to a mesh."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import SignedField
from engine.progress import CancelToken, Progress, ignore_progress
from engine.surface.band import find_band
from engine.surface.components import largest_component
from engine.surface.corner_values import CornerValues
from engine.surface.grid import Grid, make_grid
from engine.surface.marching_cubes import (
    CrossedEdges,
    find_crossed_edges,
    march,
    quadratic_crossings,
    ring_centres,
)
from engine.surface.sampler import FieldSampler

Components = Literal["largest", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The zero set of a field as a mesh, with what it takes to update it.

    Attributes:
        mesh: watertight triangles in mm, counter-clockwise from outside.
        resolution: finest cells along the longest side of the field's box when it was
            extracted.
        evaluations: points at which the field was evaluated for this surface.
        grid: the nested grids over the field's box.
        values: per level of the grid, the values at corners near the surface.
        components: whether the mesh is the largest component or all.
        refined: whether vertices were moved onto the zero set.
    """

    mesh: Mesh
    resolution: int
    evaluations: int
    grid: Grid
    values: tuple[CornerValues, ...]
    components: Components
    refined: bool


def extract_surface(
    field: SignedField,
    resolution: int = 128,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
    components: Components = "largest",
    refine: bool = False,
) -> Surface:
    """Marching cubes on the zero set of `field`, evaluated only near the surface.

    Args:
        resolution: finest cells along the longest side of the box, 8 to 1024.
        components: the component with most triangles, or all of them.
        refine: evaluate once more at each vertex and move it onto the zero set.

    Raises:
        InputError: the field has no zero set in its box or is not finite somewhere, or an
            argument is out of range.
        Cancelled: `cancel` was raised meanwhile.
    """
    if components not in get_args(Components):
        raise InputError(f"Components must be 'largest' or 'all', got '{components}'.")
    grid = make_grid(field, resolution)
    values = [CornerValues(grid.shape(level)) for level in range(grid.levels)]
    sampler = FieldSampler(field, cancel, progress)
    return build_surface(sampler, grid, values, resolution, components, refine)


def build_surface(
    sampler: FieldSampler,
    grid: Grid,
    values: list[CornerValues],
    resolution: int,
    components: Components,
    refine: bool,
) -> Surface:
    """The surface, given corner values that are known already; missing ones are added."""
    band = find_band(sampler, grid, values)
    edges = find_crossed_edges(band)
    crossings = edges.crossings()
    if refine:
        crossings = _refine(sampler, grid, edges, crossings)
    sampler.report(0.95, "Building triangles")
    faces, rings = march(band, edges)
    places = edges.places(crossings)
    if len(rings):
        places = np.concatenate([places, ring_centres(places, rings)])
    if components == "largest":
        places, faces = largest_component(places, faces)
    mesh = Mesh(_in_mm(grid, places).astype(np.float32), faces)
    for store in values:
        store.freeze()
    sampler.report(1.0, "Surface ready")
    return Surface(mesh, resolution, sampler.evaluations, grid, tuple(values), components, refine)


def _in_mm(grid: Grid, places: NDArray[np.float64]) -> NDArray[np.float64]:
    return grid.origin + grid.spacing * places


def _refine(
    sampler: FieldSampler, grid: Grid, edges: CrossedEdges, crossings: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Crossings `(E,)` corrected with the field's value at the first ones."""
    sampler.expect(len(crossings))
    middle = sampler.sample_cut_off(grid, _in_mm(grid, edges.places(crossings))).astype(np.float64)
    return quadratic_crossings(edges.values.astype(np.float64), crossings, middle)
