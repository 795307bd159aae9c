"""Clean surfaces made like real scans: noise, holes, a turn, another unit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, vertex_normals
from engine.geometry.similarity import Similarity
from engine.geometry.topology import select_faces

HOLE_SHARE = 0.03
"""Of the surface that one hole takes, about."""


@dataclass(frozen=True, slots=True)
class Degradation:
    """How bad a scan is.

    Attributes:
        noise_mm: standard deviation along the normals.
        holes: share of the surface that is missing, in [0, 1).
        turn_degrees: angle of the rotation, about a random axis.
        shift_mm: standard deviation of each coordinate of the translation.
        unit_mm: millimetres in the scan's unit: 1000 gives a scan in metres.
    """

    noise_mm: float = 0.3
    holes: float = 0.2
    turn_degrees: float = 30.0
    shift_mm: float = 100.0
    unit_mm: float = 1.0

    def __post_init__(self) -> None:
        if self.noise_mm < 0 or not 0 <= self.holes < 1 or not self.unit_mm > 0:
            raise InputError(
                "A degradation needs noise of 0 or more, holes in [0, 1) and a unit above 0, got "
                f"{self.noise_mm}, {self.holes} and {self.unit_mm}."
            )


@dataclass(frozen=True, slots=True, eq=False)
class DegradedScan:
    """A surface made worse, and the truth about it.

    Attributes:
        mesh: in the scan's own frame and unit.
        truth: from there back to the millimetres of the surface it was made of.
        clean: the part of that surface that is left, without noise, in its own frame:
            vertex k of `mesh` is vertex k here.
    """

    mesh: Mesh
    truth: Similarity
    clean: Mesh


def degrade(mesh: Mesh, how: Degradation, rng: np.random.Generator) -> DegradedScan:
    """`mesh` (mm) with noise along its normals and round holes, turned and in another unit."""
    clean = with_holes(mesh, how.holes, rng)
    normals = vertex_normals(clean.vertices, clean.faces)
    noise = how.noise_mm * rng.standard_normal((len(normals), 1))
    noisy = clean.with_vertices(clean.vertices + (noise * normals).astype(np.float32))
    axis = rng.standard_normal(3)
    turn = Rotation.from_rotvec(np.radians(how.turn_degrees) * axis / np.linalg.norm(axis))
    away = Similarity(
        turn.as_matrix(), how.shift_mm * rng.standard_normal(3) / how.unit_mm, 1.0 / how.unit_mm
    )
    placed = noisy.with_vertices(away.apply(noisy.vertices))
    return DegradedScan(placed, away.inverse(), clean)


def with_holes(mesh: Mesh, share: float, rng: np.random.Generator) -> Mesh:
    """`mesh` without `share` of its area, in round holes at random places.

    Raises:
        InputError: `share` is not in [0, 1).
    """
    if not 0 <= share < 1:
        raise InputError(f"The share of holes must be in [0, 1), got {share}.")
    areas = face_areas(mesh.vertices, mesh.faces).astype(np.float64)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    kept = np.ones(len(areas), np.bool_)
    missing = share * areas.sum()
    while missing > 1e-9 * areas.sum() and areas[kept].sum() > 0:
        gone = _one_hole(centres, areas, kept, min(missing, HOLE_SHARE * areas.sum()), rng)
        kept[gone] = False
        missing -= areas[gone].sum()
    return select_faces(mesh, kept)


def _one_hole(
    centres: NDArray,
    areas: NDArray,
    kept: NDArray[np.bool_],
    size: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Faces nearest to a random one, as many as make up the area `size`."""
    places = np.flatnonzero(kept)
    middle = rng.choice(places, p=areas[places] / areas[places].sum())
    distances = np.linalg.norm(centres[places] - centres[middle], axis=1)
    order = places[np.argsort(distances)]
    count = int(np.searchsorted(np.cumsum(areas[order]), size)) + 1
    return order[:count]
