"""What a photograph shows of a face's surface, and colours brought to one tone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.regions import distance_along_edges
from engine.geometry.smooth_step import smooth_step
from engine.geometry.topology import unique_edges
from engine.photo.flat_raster import cover
from engine.photo.near_camera import NearCamera

Floats = NDArray[np.float32]

GRAZING = (0.15, 0.5)
"""Cosine of the viewing angle at which a surface begins to be trusted, and is fully."""
BEHIND_MM = 1.5
"""A point this far behind what the camera sees there is hidden."""
FADE_MM = 3.0
"""Over this distance from hidden surface, what is seen gains its full weight."""
SOFTENING = 6
"""Rounds of averaging with the vertices around."""
RIM_PX = 1.5
"""So near to its rim a photograph shows nothing for certain."""
SMOOTHNESS = 20.0
"""Of a difference of tone, against one vertex's say: details stay as they are, shades adapt."""
HOLD = 1e-4
"""Draws a difference of tone to its mean, far from anything seen."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoView:
    """A photograph `(H, W, 3)` uint8 and the camera that took it of the face."""

    pixels: NDArray[np.uint8]
    camera: NearCamera

    def reduced(self, px_per_mm: float) -> "PhotoView":
        """The same with fewer pixels where there are many more than `px_per_mm`."""
        factor = int(self.camera.scale / px_per_mm)
        if factor < 2:
            return self
        smaller = np.asarray(Image.fromarray(self.pixels).reduce(factor))
        matrix = np.array([[1.0 / factor, 0.0, 0.0], [0.0, 1.0 / factor, 0.0]])
        return PhotoView(smaller, self.camera.through(matrix))

    def sample(self, points: NDArray) -> Floats:
        """Colours `(N, 3)` where `points` `(N, 3)` mm appear; the rim's outside of it."""
        x, y = self.camera.project(points).T - 0.5
        colors = [
            map_coordinates(
                self.pixels[..., channel].astype(np.float32), (y, x), order=1, mode="nearest"
            )
            for channel in range(3)
        ]
        return np.stack(colors, axis=1)

    def trust(self, mesh: Mesh) -> Floats:
        """How well each vertex of `mesh` is seen, `(V,)` from 0 to 1."""
        camera = self.camera.to_camera(mesh.vertices)
        normals = vertex_normals(mesh.vertices, mesh.faces)
        facing = np.einsum("vd,vd->v", normals, self.camera.towards(mesh.vertices))
        height, width = self.pixels.shape[:2]
        x, y = camera[:, :2].T
        inside = (np.minimum(x, width - x) > RIM_PX) & (np.minimum(y, height - y) > RIM_PX)
        hidden = ~inside | (facing <= 0) | _is_behind(camera / self.camera.scale, mesh.faces)
        share = np.clip(distance_along_edges(mesh, hidden, FADE_MM) / FADE_MM, 0.0, 1.0)
        seen = _without_specks(mesh, share * smooth_step(facing, *GRAZING))
        return seen.astype(np.float32)


def _without_specks(mesh: Mesh, trust: NDArray) -> NDArray:
    """`trust` `(V,)` where vertices around agree: ragged rims and single vertices become soft."""
    edges = unique_edges(mesh.faces)
    both = np.concatenate([edges, edges[:, ::-1]])
    count = len(trust)
    degree = np.maximum(np.bincount(both[:, 0], minlength=count), 1)
    smooth = trust
    for _ in range(SOFTENING):
        around = np.bincount(both[:, 0], smooth[both[:, 1]], minlength=count) / degree
        smooth = np.minimum(trust, 0.5 * (smooth + around))
    return smooth


def _is_behind(camera: NDArray, faces: NDArray) -> NDArray[np.bool_]:
    """Which vertices `(V,)` something nearer covers; `camera` `(V, 3)` mm, z to the viewer."""
    flat = camera[:, :2] - camera[:, :2].min(axis=0) + 1.0
    width, height = (int(side) + 2 for side in flat.max(axis=0))
    found = cover(flat, faces, width, height)
    nearest = np.full(width * height, -np.inf)
    np.maximum.at(nearest, found.pixel, found.mix(camera[:, 2], faces).astype(np.float64))
    # Interpolated, for a step of one pixel on a steep cheek is more than a millimetre.
    grid = np.where(np.isfinite(nearest), nearest, camera[:, 2].min()).reshape(height, width)
    front = map_coordinates(grid, (flat[:, 1] - 0.5, flat[:, 0] - 0.5), order=1, mode="nearest")
    behind: NDArray[np.bool_] = front - camera[:, 2] > BEHIND_MM
    return behind


class ToneMatch:
    """Carries differences of tone smoothly over a mesh.

    A difference x minimises Σ_v w_v |x_v − d_v|² + λ Σ_edges |x_i − x_j|², as seamless cloning
    does over a picture (Pérez et al. 2003), with the difference d known where w > 0.
    """

    def __init__(self, faces: NDArray, count: int) -> None:
        edges = unique_edges(faces)
        ones = np.ones(len(edges))
        half = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(count, count))
        joined = csr_array(half + half.T)
        self._stiffness = SMOOTHNESS * (diags_array(joined.sum(axis=1)) - joined)

    def difference(self, wanted: NDArray, given: NDArray, weights: NDArray) -> Floats:
        """What must be added to `given` `(V, 3)` to look like `wanted` `(V, 3)`.

        Args:
            weights: `(V,)` where both are known, and how well.
        """
        if not weights.any():
            return np.zeros_like(given)
        gap = wanted.astype(np.float64) - given
        mean = np.average(gap, axis=0, weights=weights)
        matrix = diags_array(weights.astype(np.float64) + HOLD) + self._stiffness
        right = weights[:, None] * gap + HOLD * mean
        found: Floats = splu(matrix.tocsc()).solve(right).astype(np.float32)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Colours at vertices `(V, 3)` and at texels `(T, 3)`, 0 to 255, and trust `(V,)`."""

    vertices: Floats
    texels: Floats
    trust: Floats
