"""Heads on busts and bodies: whatever stands out at an end of a scan may be one.

A person in a file stands or lies along one of its axes, or along the longest direction. From each
end of these, slices of several heights are taken; each is laid on the head upright, in a few
sizes and looking all ways round.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.sampling import interpolate, sample_surface
from engine.geometry.similarity import Similarity
from engine.progress import CancelToken
from engine.scans.head_target import HeadTarget, NearestGrid
from engine.scans.placing import (
    CANDIDATE_SAMPLES,
    CANDIDATE_STEPS,
    RUNAWAY,
    SEED,
    UNIT_TRUST,
    Placed,
    Subject,
    judge,
    refine,
)
from engine.scans.pose_search import Round, improve_poses
from engine.scans.poses import Poses, ScanPoints, concatenated, poses_of
from engine.scans.units import UNITS, UNKNOWN, Unit

Floats = NDArray[np.float64]

SAMPLES, SLICE_SAMPLES, FEWEST_SAMPLES = 60_000, 1500, 250
SHARES = (0.62, 0.43, 0.3, 0.21, 0.145)
"""Heights of the slices against the scan's: from the head of a bust to that of a body."""
HEAD_HEIGHTS_MM = (215.0, 258.0, 310.0)
"""A slice may reach down to the chin or to the shoulders."""
USUAL_HEIGHT_MM = 258.0
WIDEST = 0.6
"""A slice goes this much of its height away from the middle of its upper half: arms are beside."""
TURNS = 12
NEARLY_ALONG = 0.94
"""The cosine above which the longest direction is taken for an axis of the file."""
ROUNDS = (Round(100, 6, 8), Round(250, 8, 2))
CELLS = 24
MOST_REFINED = 6


@dataclass(frozen=True, slots=True, eq=False)
class Summit:
    """One end of a scan.

    Attributes:
        points: samples of it, in the scan's unit; up: `(3,)` the direction in which it ends.
        height: of the slice, in the scan's unit.
    """

    points: ScanPoints
    up: Floats
    height: float


def search_summits(
    scan: Mesh,
    subject: Subject,
    target: HeadTarget,
    unit: Unit | None,
    cancel: CancelToken | None,
) -> Placed | None:
    """The best place of a head at an end of `scan`, the mesh of `subject`; None if there is none.

    Args:
        unit: None where the size is to be found; then a unit that explains it is kept.
    """
    unit_mm = None if unit is None else unit.millimetres
    poses = _find_poses(scan, target, unit_mm, np.random.default_rng(SEED), cancel)
    untold = unit or Unit(UNKNOWN, 1.0)
    judged = [judge(subject, target, pose, untold, cancel) for pose in poses]
    judged.sort(key=lambda placed: placed.quality, reverse=True)
    best: Placed | None = None
    for start in judged[:MOST_REFINED]:
        placed = _settle(subject, target, start.similarity, unit, cancel)
        if placed is not None and (best is None or placed.quality > best.quality):
            best = placed
    return best


def _settle(
    subject: Subject,
    target: HeadTarget,
    start: Similarity,
    unit: Unit | None,
    cancel: CancelToken | None,
) -> Placed | None:
    """`start` improved, in the unit that its size is near to; None if its size runs away."""
    found = refine(subject, target, start, unit is None, CANDIDATE_STEPS, CANDIDATE_SAMPLES, cancel)
    if not 1.0 / RUNAWAY < found.scale / start.scale < RUNAWAY:
        return None
    if unit is not None:
        return judge(subject, target, found, unit, cancel)
    nearest = min(UNITS, key=lambda one: abs(np.log(found.scale / one.millimetres)))
    change = nearest.millimetres / found.scale
    if not 1.0 / UNIT_TRUST < change < UNIT_TRUST:
        return judge(subject, target, found, Unit(UNKNOWN, found.scale), cancel)
    resized = Similarity(np.eye(3), (1.0 - change) * target.face_centre, change).after(found)
    found = refine(subject, target, resized, False, CANDIDATE_STEPS, CANDIDATE_SAMPLES, cancel)
    return judge(subject, target, found, nearest, cancel)


def _find_poses(
    scan: Mesh,
    target: HeadTarget,
    unit_mm: float | None,
    rng: np.random.Generator,
    cancel: CancelToken | None,
) -> list[Similarity]:
    """Coarse poses (scan → model) of heads at the ends of `scan`; in `unit_mm` if it is known."""
    found: list[Similarity] = []
    for summit in _summits(scan, unit_mm, rng):
        if cancel is not None:
            cancel.check()
        scales = np.array(HEAD_HEIGHTS_MM) / summit.height if unit_mm is None else [unit_mm]
        poses = concatenated([_upright_poses(summit, target, float(scale)) for scale in scales])
        poses = improve_poses(summit.points, target, poses, ROUNDS, cancel)
        found.extend(poses.similarity(index) for index in range(len(poses)))
    return found


def _summits(scan: Mesh, unit_mm: float | None, rng: np.random.Generator) -> Iterator[Summit]:
    drawn = sample_surface(scan, SAMPLES, rng)
    normals = interpolate(scan, drawn, vertex_normals(scan.vertices, scan.faces))
    points = drawn.points
    for up in _ends(points):
        along = points @ up
        top = float(np.quantile(along, 0.9995))
        extent = top - float(np.quantile(along, 0.0005))
        heights = [share * extent for share in SHARES]
        if unit_mm is not None:
            heights = [USUAL_HEIGHT_MM / unit_mm] * (USUAL_HEIGHT_MM / unit_mm < extent)
        for height in heights:
            rows = _slice(points, along, up, top, height)
            if len(rows) < FEWEST_SAMPLES:
                continue
            rows = rng.permutation(rows)[:SLICE_SAMPLES]
            cell = float(np.ptp(points[rows], axis=0).max()) / CELLS
            grid = NearestGrid(points[rows], normals[rows], cell, 4.0 * cell)
            yield Summit(ScanPoints(points[rows], normals[rows], grid), up, height)


def _ends(points: Floats) -> list[Floats]:
    """Unit directions `(3,)`: the axes of the file and the longest direction, both ways."""
    lines = list(np.eye(3)[[1, 2, 0]])
    centred = points - points.mean(axis=0)
    longest: Floats = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    if np.abs(longest).max() < NEARLY_ALONG:
        lines.append(longest)
    return [sign * line for line in lines for sign in (1.0, -1.0)]


def _slice(
    points: Floats, along: Floats, up: Floats, top: float, height: float
) -> NDArray[np.int64]:
    """Rows of `points` within `height` of the end, about the middle of their upper half."""
    inside = (along > top - height) & (along <= top)
    upper = along > top - 0.5 * height
    if not upper.any():
        return np.empty(0, np.int64)
    away = points - np.median(points[upper], axis=0)
    aside = np.linalg.norm(away - np.outer(away @ up, up), axis=1)
    return np.flatnonzero(inside & (aside < WIDEST * height))


def _upright_poses(summit: Summit, target: HeadTarget, scale: float) -> Poses:
    """The end up, at the head's top, turned to look everywhere."""
    upright = Rotation.align_vectors([[0.0, 1.0, 0.0]], [summit.up])[0]
    turns = Rotation.from_rotvec(np.outer(2.0 * np.pi * np.arange(TURNS) / TURNS, [0.0, 1.0, 0.0]))
    rotations = (turns * upright).as_matrix()
    middle = np.median(summit.points.points, axis=0)
    shifts = target.centre - scale * rotations @ middle
    top = scale * float((summit.points.points @ summit.up).max())
    shifts[:, 1] = float(target.mesh.vertices[:, 1].max()) - top
    return poses_of(rotations, shifts, np.full(TURNS, scale))
