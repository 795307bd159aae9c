"""Laying one surface on another: robust point-to-plane ICP on the exact surfaces.

Chen & Medioni, "Object modelling by registration of multiple range images", 1992. Pairs whose
surfaces face different ways, that lie on an open rim or that are far apart for this stage of
the alignment are left out, so holes, hair and a missing neck do no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.sampling import interpolate, sample_surface
from engine.geometry.similarity import Similarity
from engine.geometry.topology import boundary_edges
from engine.progress import CancelToken

Floats = NDArray[np.float64]

FACING = 0.5
"""Cosine of the widest angle, 60°, between the normals of a pair."""
SLIDING = 0.05
"""Weight of the distance along the surface against that across it; keeps steps short."""
DAMPING = 1e-6
"""Of the step's freedoms that the pairs say nothing about, such as the turn of a sphere."""
FEWEST_PAIRS = 12
TURN_OFF = 1e-4
"""The alignment has settled when no point moves farther than this share of the size."""


@dataclass(frozen=True, slots=True)
class AlignmentStep:
    """One step of an alignment: complete, so that it may be stopped here.

    Attributes:
        similarity: from the moving surface to the fixed one.
        rms_mm: root mean square distance of the pairs in use.
        inlier_share: of the moving surface's samples that found a partner, in [0, 1].
        iteration: from 1.
        done: whether this is the answer and no more steps follow.
    """

    similarity: Similarity
    rms_mm: float
    inlier_share: float
    iteration: int
    done: bool


def align_surfaces(
    moving: Mesh,
    fixed: SurfaceIndex | Mesh,
    start: Similarity | None = None,
    with_scale: bool = False,
    trim: float = 0.9,
    samples: int = 3000,
    iterations: int = 40,
    both_ways: bool = False,
    reach_mm: float = np.inf,
    seed: int = 0,
    cancel: CancelToken | None = None,
) -> Iterator[AlignmentStep]:
    """Move `moving` onto `fixed`, step by step; the last step is the answer.

    Args:
        start: from the moving surface to the fixed one, within about 30° of the truth.
        with_scale: whether the size is free. Then `both_ways` should be on, or a surface may
            shrink into a flat part of the other.
        trim: the share of the pairs, nearest first, that steer.
        samples: points drawn on each surface that steers.
        both_ways: whether points of the fixed surface look for partners on the moving one, too.
        reach_mm: pairs farther apart are never used.
        seed: of the drawn points.

    Raises:
        InputError: a surface has no area, or a number is out of range.
        Cancelled: `cancel` was raised meanwhile.
    """
    if not 0 < trim <= 1 or samples < FEWEST_PAIRS or iterations < 1 or not reach_mm > 0:
        raise InputError(
            f"An alignment needs a trim in (0, 1], at least {FEWEST_PAIRS} samples, an iteration "
            f"and a reach above 0, got {trim}, {samples}, {iterations} and {reach_mm}."
        )
    rng = np.random.default_rng(seed)
    target = OrientedSurface(fixed, samples, rng)
    source = OrientedSurface(moving, samples, rng, searched=both_ways)
    current = start or Similarity.identity()
    size = float(np.sqrt(np.square(source.points - source.points.mean(axis=0)).sum(axis=1).mean()))
    for iteration in range(1, iterations + 1):
        pairs = pairs_between(source, target, current, both_ways, reach_mm, cancel)
        kept = _nearest_share(pairs, trim)
        rms = float(np.sqrt(np.mean(kept.distances**2))) if len(kept) else float("inf")
        share = pairs.forward_count / max(len(source.points), 1)
        if len(kept) < FEWEST_PAIRS:
            yield AlignmentStep(current, rms, share, iteration, True)
            return
        step = point_to_plane_step(kept, with_scale)
        moved = step.apply(kept.points) - kept.points
        settled = np.abs(moved).max() < TURN_OFF * size * current.scale
        done = bool(settled) or iteration == iterations
        yield AlignmentStep(current, rms, share, iteration, done)
        if done:
            return
        current = step.after(current)


class OrientedSurface:
    """A surface with samples, normals and open rims, ready for pairing.

    Attributes:
        points, normals: `(N, 3)` drawn evenly from it, in its own unit.
    """

    def __init__(
        self,
        surface: SurfaceIndex | Mesh,
        samples: int,
        rng: np.random.Generator,
        searched: bool = True,
    ) -> None:
        mesh = surface.mesh if isinstance(surface, SurfaceIndex) else surface
        drawn = sample_surface(mesh, samples, rng)
        self._mesh = mesh
        self._vertex_normals = vertex_normals(mesh.vertices, mesh.faces)
        self.points = drawn.points
        self.normals = _unit(interpolate(mesh, drawn, self._vertex_normals))
        self._index: SurfaceIndex | None = None
        if searched:
            self._index = surface if isinstance(surface, SurfaceIndex) else SurfaceIndex(mesh)
            on_rim = np.zeros(len(mesh.vertices), np.bool_)
            on_rim[boundary_edges(mesh.faces)] = True
            self._on_rim = on_rim

    def nearest(
        self, points: Floats, cancel: CancelToken | None = None
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """The closest points `(N, 3)` to `points`, the normals there, and where a rim is."""
        if self._index is None:
            raise InputError("This surface was prepared without search. Prepare it with it.")
        found = self._index.closest_points(points, cancel)
        corners = self._mesh.faces[found.faces]
        weights = barycentric_coordinates(found.points, self._mesh, found.faces)
        normals = np.einsum("nk,nkd->nd", weights, self._vertex_normals[corners])
        # On the rim: all of the weight rests on vertices of an open edge.
        rim = (weights * self._on_rim[corners]).sum(axis=1) > 0.999
        return found.points, _unit(normals), rim


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """N pairs of points in the fixed surface's frame.

    Attributes:
        points: `(N, 3)` of the moving surface; targets: `(N, 3)` of the fixed one.
        normals: `(N, 3)` unit, of the fixed surface at the targets.
        forward_count: how many of them, the first ones, are samples of the moving surface.
    """

    points: Floats
    targets: Floats
    normals: Floats
    forward_count: int

    def __len__(self) -> int:
        return len(self.points)

    @property
    def distances(self) -> Floats:
        """`(N,)` in mm."""
        lengths: Floats = np.linalg.norm(self.points - self.targets, axis=1)
        return lengths


def pairs_between(
    source: OrientedSurface,
    target: OrientedSurface,
    similarity: Similarity,
    both_ways: bool,
    reach_mm: float = np.inf,
    cancel: CancelToken | None = None,
    limit: int | None = None,
) -> Pairs:
    """Partners for the samples of `source` on `target`, and the other way round if asked.

    Of each surface the first `limit` samples are used, all where None.
    """
    points = similarity.apply(source.points[:limit])
    turned = similarity.directions(source.normals[:limit])
    targets, normals, rim = target.nearest(points, cancel)
    fits = _fits(points, targets, turned, normals, reach_mm) & ~rim
    points, targets, normals = points[fits], targets[fits], normals[fits]
    forward = len(points)
    if both_ways:
        back = similarity.inverse()
        wanted, wanted_normals = target.points[:limit], target.normals[:limit]
        found, found_normals, rim = source.nearest(back.apply(wanted), cancel)
        partners, partner_normals = similarity.apply(found), similarity.directions(found_normals)
        fits = _fits(partners, wanted, partner_normals, wanted_normals, reach_mm) & ~rim
        points = np.concatenate([points, partners[fits]])
        targets = np.concatenate([targets, wanted[fits]])
        normals = np.concatenate([normals, wanted_normals[fits]])
    return Pairs(points, targets, normals, forward)


def _fits(
    points: Floats, targets: Floats, first: Floats, second: Floats, reach_mm: float
) -> NDArray[np.bool_]:
    alike = np.einsum("ij,ij->i", first, second) > FACING
    near: NDArray[np.bool_] = np.linalg.norm(points - targets, axis=1) < reach_mm
    return alike & near


def _nearest_share(pairs: Pairs, share: float) -> Pairs:
    """The `share` of the pairs that are nearest, and of those no far outlier."""
    if not len(pairs):
        return pairs
    distances = pairs.distances
    limit = min(float(np.quantile(distances, share)), 4.0 * float(np.median(distances)) + 1e-9)
    kept = distances <= limit
    forward = int(np.count_nonzero(kept[: pairs.forward_count]))
    return Pairs(pairs.points[kept], pairs.targets[kept], pairs.normals[kept], forward)


def point_to_plane_step(
    pairs: Pairs, with_scale: bool, emphasis: NDArray | None = None
) -> Similarity:
    """The small similarity that brings `pairs` together across the fixed surface.

    Minimises Σ w (n · e)² + SLIDING w |e|² for e = p + ω × p + σ p + t - q about the centroid,
    with Huber's weights w, times `emphasis` `(N,)` where given.
    """
    centre = pairs.points.mean(axis=0)
    local, gap = pairs.points - centre, pairs.targets - pairs.points
    across = np.einsum("ij,ij->i", pairs.normals, gap)
    weights = _huber(np.abs(across)) * (1.0 if emphasis is None else emphasis)
    size = float(np.sqrt(np.square(local).sum(axis=1).mean())) or 1.0
    count = len(local)
    motion = np.zeros((count, 3, 7))
    # Rotation and scale are measured at distance `size`, so that all columns are in mm.
    scaled = local / size
    motion[:, 0, 1], motion[:, 0, 2] = scaled[:, 2], -scaled[:, 1]
    motion[:, 1, 0], motion[:, 1, 2] = -scaled[:, 2], scaled[:, 0]
    motion[:, 2, 0], motion[:, 2, 1] = scaled[:, 1], -scaled[:, 0]
    motion[:, :, 3:6] = np.eye(3)
    motion[:, :, 6] = scaled
    motion = motion[:, :, : 7 if with_scale else 6]
    plane = np.einsum("nd,ndk->nk", pairs.normals, motion)
    flat = motion.reshape(3 * count, -1)
    along = np.repeat(SLIDING * weights, 3)
    matrix = (plane * weights[:, None]).T @ plane + (flat * along[:, None]).T @ flat
    wanted = plane.T @ (weights * across) + flat.T @ (along * gap.ravel())
    matrix[np.diag_indices_from(matrix)] += DAMPING * np.trace(matrix)
    solved = np.linalg.solve(matrix, wanted)
    rotation = Rotation.from_rotvec(solved[:3] / size).as_matrix()
    scale = float(np.clip(np.exp(solved[6] / size), 0.8, 1.25)) if with_scale else 1.0
    return Similarity(rotation, centre + solved[3:6] - scale * (rotation @ centre), scale)


def _huber(residuals: Floats) -> Floats:
    """Weights `(N,)` of Huber's estimator, with the scale that the median suggests."""
    limit = 1.345 * 1.4826 * max(float(np.median(residuals)), 1e-9)
    weights: Floats = np.minimum(1.0, limit / np.maximum(residuals, 1e-12))
    return weights


def _unit(vectors: NDArray) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.divide(vectors, lengths, out=np.zeros(vectors.shape), where=lengths > 0)
    return unit
