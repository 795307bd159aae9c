"""The outermost surface about a middle, as a map of its distance by direction.

Seen from the middle of an eyeball the skin of its lids is a function of direction. What folds
under it, or slides behind it, is not on the map, so a distance from it has one clean zero.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from engine.geometry.smooth_step import smooth_step

Floats = NDArray[np.float64]

SIZE = 144
"""Directions per side of a map."""
WIDEST = np.radians(90.0)
"""From straight ahead (+z), the furthest direction on a map."""
STEP = 2.0 * WIDEST / SIZE
LATTICES = (6, 12, 24, 48)
"""Points along a triangle's side by which it is drawn into the map: as few as leave no gap."""
DENSE = 0.8
"""How far apart these points are at most, in places of the map."""
ROUND = 0.75
"""How far a point of a flat triangle is moved towards the tangent planes of its corners (Phong
tessellation, Boubekeur and Alexa 2008, whose advice this is)."""
FACING = (0.6, 0.85)
"""A surface with less `flatness` than the first is left out, with more than the second it counts
wholly."""
SOFT = 2.0
"""Deviation, in directions, by which an edge is rounded: a grid cannot show a step."""
EVEN = 4.0
"""Deviation of the smoothing before that is asked, in directions: the edge of a lid is no wall."""
BEYOND = 0.15
"""How far outside a triangle, as a share of it, a direction may lie that is drawn with it."""


@dataclass(frozen=True, slots=True, eq=False)
class RadialMap:
    """What lies outermost, by direction; `(SIZE, SIZE)` each.

    Attributes:
        radius: distance from the middle, mm; where nothing was drawn, that of the nearest drawn.
        flatness: 1 / √(1 + s²) for a surface that climbs s mm per mm.
        facing: 1 where the surface faces the middle, 0 where it runs along the line of sight and
            is no function of direction, or nothing was drawn.
        face: the triangle, −1 where nothing was drawn; shares: `(SIZE, SIZE, 3)` of its corners.
    """

    radius: Floats
    flatness: Floats
    facing: Floats
    face: NDArray[np.int64]
    shares: Floats

    def distances(self, away: NDArray, weights: Floats) -> tuple[Floats, Floats]:
        """Signed distances, nearly, of places `(N, 3)` from the middle, and those of `weights`
        `(SIZE, SIZE)` that belong to their directions, `(N,)` each."""
        places = places_on_map(away)
        radius, flatness, weight = (
            map_coordinates(values, places.T, order=1, mode="nearest")
            for values in (self.radius, self.flatness, weights)
        )
        return (np.linalg.norm(away, axis=1) - radius) * flatness, weight

    def paint(self, values: NDArray, faces: NDArray) -> Floats:
        """`(SIZE, SIZE)` of the vertices' `values` `(V,)`, 0 where nothing was drawn."""
        painted = (self.shares * values[faces[self.face]]).sum(axis=2)
        return np.where(self.face >= 0, painted, 0.0)

    def drawn(self, away: NDArray) -> tuple[NDArray[np.int64], Floats]:
        """The triangle `(N,)` seen from the middle behind places `(N, 3)`, −1 where there is none,
        and the shares `(N, 3)` of its corners."""
        places = np.rint(places_on_map(away)).astype(np.int64)
        rows, columns = places.clip(0, SIZE - 1).T
        on_map = ((places >= 0) & (places < SIZE)).all(axis=1)
        return np.where(on_map, self.face[rows, columns], -1), self.shares[rows, columns]


def places_on_map(away: NDArray) -> Floats:
    """Row and column `(N, 2)` of the directions of `away` `(N, 3)`: the angle from +z, and where
    about it (azimuthal equidistant)."""
    across = np.linalg.norm(away[:, :2], axis=1)
    unit = away[:, :2] / np.maximum(across, 1e-12)[:, None]
    return (unit * angles_ahead(away)[:, None] + WIDEST)[:, ::-1] / STEP - 0.5


def draw_map(away: NDArray, normals: NDArray, faces: NDArray) -> RadialMap:
    """The map of triangles `faces` `(F, 3)` of vertices `away` `(V, 3)` from the middle, which
    have `normals` `(V, 3)`."""
    corners, bent = np.asarray(away, np.float64)[faces], np.asarray(normals, np.float64)[faces]
    face = _outermost(corners)
    rows, columns = np.nonzero(face >= 0)
    drawn = face[rows, columns]
    part = _shares(corners[drawn], _directions(rows, columns))
    at = np.linalg.norm(_rounded(corners[drawn], bent[drawn], part), axis=1)
    radius, shares = np.zeros((SIZE, SIZE)), np.zeros((SIZE, SIZE, 3))
    radius[rows, columns], shares[rows, columns] = at, part
    _, nearest = distance_transform_edt(face < 0, return_indices=True)
    radius = gaussian_filter(radius[tuple(nearest)], SOFT)
    facing = smooth_step(_flatness(gaussian_filter(radius, EVEN)), *FACING) * (face >= 0)
    return RadialMap(radius, _flatness(radius), facing, face, shares)


def _flatness(radius: Floats) -> Floats:
    climb = np.hypot(*np.gradient(radius, STEP)) / np.maximum(radius, 1e-6)
    flatness: Floats = 1.0 / np.sqrt(1.0 + climb**2)
    return flatness


def _outermost(corners: Floats) -> NDArray[np.int64]:
    """Which of triangles `(F, 3, 3)` lies outermost in each direction, −1 where there is none."""
    ahead = corners / np.linalg.norm(corners, axis=2, keepdims=True)
    widest = np.linalg.norm(ahead - np.roll(ahead, 1, axis=1), axis=2).max(axis=1)
    ends = np.array(LATTICES[:-1]) * DENSE * STEP
    size = np.searchsorted(ends, widest)
    parts = [
        (np.einsum("lk,fkd->fld", lattice(count), corners[size == k]), np.flatnonzero(size == k))
        for k, count in enumerate(LATTICES)
    ]
    points = np.concatenate([places.reshape(-1, 3) for places, _ in parts])
    owner = np.concatenate([np.repeat(rows, places.shape[1]) for places, rows in parts])
    rows, columns = np.rint(places_on_map(points)).astype(np.int64).T
    on_map = (np.minimum(rows, columns) >= 0) & (np.maximum(rows, columns) < SIZE)
    # Of several that are assigned to one place, the last stays: the outermost.
    order = np.argsort(np.linalg.norm(points, axis=1), kind="stable")
    order = order[on_map[order]]
    face = np.full((SIZE, SIZE), -1, np.int64)
    face[rows[order], columns[order]] = owner[order]
    return face


@cache
def lattice(count: int) -> Floats:
    """Barycentric coordinates `(L, 3)` of points `1 / count` of a side apart."""
    first, second = np.meshgrid(np.arange(count + 1), np.arange(count + 1))
    inside = first + second <= count
    shares = np.stack([first[inside], second[inside]], axis=1) / count
    return np.concatenate([shares, 1.0 - shares.sum(axis=1, keepdims=True)], axis=1)


def angles_ahead(away: NDArray) -> Floats:
    """Angles `(N,)` between places `(N, 3)` from the middle and straight ahead, radians."""
    angle: Floats = np.arctan2(np.linalg.norm(away[:, :2], axis=1), away[:, 2])
    return angle


def angles_of_map() -> Floats:
    """From straight ahead, the direction of each place on a map `(SIZE, SIZE)`, radians."""
    across = (np.arange(SIZE) + 0.5) * STEP - WIDEST
    found: Floats = np.hypot(across[:, None], across)
    return found


def _directions(rows: NDArray, columns: NDArray) -> Floats:
    """Unit vectors `(N, 3)` of places on a map: the reverse of `places_on_map`."""
    across = np.stack([columns, rows], axis=1) * STEP + 0.5 * STEP - WIDEST
    angle = np.linalg.norm(across, axis=1)
    sine = np.sin(angle) / np.maximum(angle, 1e-12)
    return np.concatenate([across * sine[:, None], np.cos(angle)[:, None]], axis=1)


def _shares(corners: Floats, directions: Floats) -> Floats:
    """Barycentric coordinates `(N, 3)` of where lines from the middle meet planes `(N, 3, 3)`."""
    a, b, c = np.moveaxis(corners, 1, 0)
    volumes = np.stack(
        [
            np.einsum("nd,nd->n", directions, np.cross(first, second))
            for first, second in ((b, c), (c, a), (a, b))
        ],
        axis=1,
    )
    total = volumes.sum(axis=1, keepdims=True)
    # A triangle seen edge-on has no area: its middle will do.
    flat = np.abs(total) < 1e-9
    shares = np.where(flat, 1.0 / 3.0, volumes / np.where(flat, 1.0, total))
    shares = shares.clip(-BEYOND, 1.0 + BEYOND)
    found: Floats = shares / shares.sum(axis=1, keepdims=True)
    return found


def _rounded(corners: Floats, normals: Floats, shares: Floats) -> Floats:
    """Points `(N, 3)` at `shares` of flat triangles `(N, 3, 3)`, rounded by their normals."""
    flat = np.einsum("nk,nkd->nd", shares, corners)
    above = np.einsum("nkd,nkd->nk", flat[:, None] - corners, normals)
    onto = flat - np.einsum("nk,nkd->nd", shares * above, normals)
    rounded: Floats = flat + ROUND * (onto - flat)
    return rounded
