"""A scan on a head: trying poses, improving them and judging what it looks like there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import NotAHead
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas
from engine.geometry.registration import OrientedSurface, pairs_between, point_to_plane_step
from engine.geometry.similarity import Similarity
from engine.geometry.topology import select_faces
from engine.progress import CancelToken
from engine.scans.head_target import HeadTarget, NearestGrid
from engine.scans.likeness import Likeness, compare_faces
from engine.scans.pose_search import find_poses
from engine.scans.poses import ScanPoints
from engine.scans.units import UNKNOWN, Unit, radius_of

FEWEST_FACES = 100
SEARCH_POINTS = 4000
COARSE, BEST_FITTING, BEST_LOOKING = 24, 3, 4
"""Poses of the coarse search, and how many of them are refined, by fit and by relief."""
CANDIDATE_STEPS, CANDIDATE_SAMPLES = 8, 800
FEWEST_PAIRS = 60
SETTLED_MM = 0.02
FACE_MM, ELSEWHERE = 55.0, 0.05
"""How far from the middle of the face points count, and how much those far away still do."""
LEAST_LIKENESS, LEAST_FACING, LEAST_OF_BOTH = 0.45, 0.7, 1.5
"""Of relief and slopes, each and together: bad heads lack one, other things both."""
LEAST_COVERED = 0.25
MOST_RMS_MM = 12.0
SURE_LIKENESS, SURE_FACING, SURE_COVERED = 0.75, 0.86, 0.5
"""Nothing but a face in its right place is as like as that; no other pose is tried."""
RUNAWAY = 1.5
"""A free size that leaves its start by this factor shrinks into some flat part of the head."""
UNIT_TRUST = 1.3
"""A unit is believed where the size that fits best is within this factor of it."""
ABOUT_HEAD_MM, MOSTLY_HEAD = 40.0, 0.7
"""What lies farther from the head's box is left out in the end, where it is much of the scan."""
SEED = 11


class Subject:
    """A scan made ready to be laid on a head."""

    def __init__(self, scan: Mesh) -> None:
        areas = face_areas(scan.vertices, scan.faces) if len(scan.faces) else np.zeros(0)
        if np.count_nonzero(areas > 0) < FEWEST_FACES:
            raise NotAHead(
                f"This does not look like a head: it has {np.count_nonzero(areas > 0)} triangles "
                f"with an area, and a face needs {FEWEST_FACES}. Choose a scan of a head or face."
            )
        rng = np.random.default_rng(SEED)
        self.surface = OrientedSurface(SurfaceIndex(scan), SEARCH_POINTS, rng)
        self.radius = radius_of(self.surface.points)
        if not self.radius > 0:
            raise NotAHead("This does not look like a head: all of it lies at one point.")
        cell = float(np.ptp(self.surface.points, axis=0).max()) / 32.0
        grid = NearestGrid(self.surface.points, self.surface.normals, cell, 5.0 * cell)
        self.points = ScanPoints(self.surface.points, self.surface.normals, grid)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A pose with its unit and what it looks like there."""

    similarity: Similarity
    unit: Unit
    likeness: Likeness
    size_ratio: float = 1.0

    @property
    def quality(self) -> float:
        """Relief and slopes, less a little for distance: which of two poses is the better."""
        like = self.likeness
        if not np.isfinite(like.rms_mm):
            return -1.0
        return like.relief + like.facing + 0.5 * min(like.covered_share, 0.8) - 0.02 * like.rms_mm

    @property
    def is_sure(self) -> bool:
        """Whether no other pose needs to be tried."""
        like = self.likeness
        return (
            like.relief > SURE_LIKENESS
            and like.facing > SURE_FACING
            and like.covered_share > SURE_COVERED
        )


def search(
    subject: Subject,
    target: HeadTarget,
    units: Sequence[Unit],
    cancel: CancelToken | None,
    with_scale: bool = False,
) -> Placed | None:
    """The best place of `subject` on `target` in any of `units`; None if there is none."""
    scales = [unit.millimetres for unit in units]
    best: Placed | None = None
    for pose in _promising(subject, target, scales, cancel):
        unit = units[int(np.argmin(np.abs(np.log(np.array(scales) / pose.scale))))]
        refined = refine(
            subject, target, pose, with_scale, CANDIDATE_STEPS, CANDIDATE_SAMPLES, cancel
        )
        if not 1.0 / RUNAWAY < refined.scale / pose.scale < RUNAWAY:
            continue
        placed = judge(subject, target, refined, unit, cancel)
        if best is None or placed.quality > best.quality:
            best = placed
        if best.is_sure:
            break
    if best is None or with_scale:
        return best
    freed = refine(
        subject, target, best.similarity, True, 2 * CANDIDATE_STEPS, CANDIDATE_SAMPLES, cancel
    )
    return replace(best, size_ratio=freed.scale / best.similarity.scale)


def about_head(scan: Mesh, subject: Subject, target: HeadTarget, placing: Similarity) -> Subject:
    """`subject`, or a denser one of the part of its mesh `scan` that lies about the head."""
    vertices = placing.apply(scan.vertices)
    head = target.mesh.vertices
    lower, upper = head.min(axis=0) - ABOUT_HEAD_MM, head.max(axis=0) + ABOUT_HEAD_MM
    near = ((vertices >= lower) & (vertices <= upper)).all(axis=1)
    kept = near[scan.faces].all(axis=1)
    areas = face_areas(scan.vertices, scan.faces)
    if np.count_nonzero(kept & (areas > 0)) < FEWEST_FACES:
        return subject
    return (
        subject
        if areas[kept].sum() > MOSTLY_HEAD * areas.sum()
        else Subject(select_faces(scan, kept))
    )


def _promising(
    subject: Subject, target: HeadTarget, scales: Sequence[float], cancel: CancelToken | None
) -> list[Similarity]:
    """Coarse poses worth refining: those that fit best, and those that look most like a face."""
    poses = find_poses(subject.points, target, scales, COARSE, cancel)
    unit = Unit(UNKNOWN, 1.0)
    rest = [judge(subject, target, pose, unit, cancel) for pose in poses[BEST_FITTING:]]
    rest.sort(key=lambda placed: placed.quality, reverse=True)
    return poses[:BEST_FITTING] + [placed.similarity for placed in rest[:BEST_LOOKING]]


def refine(
    subject: Subject,
    target: HeadTarget,
    start: Similarity,
    with_scale: bool,
    steps: int,
    samples: int,
    cancel: CancelToken | None,
) -> Similarity:
    """Point-to-plane ICP in which the face counts most: skulls, hair and necks differ more."""
    current = start
    for reach in np.geomspace(25.0, 12.0, steps):
        pairs = pairs_between(
            subject.surface, target.surface, current, True, float(reach), cancel, samples
        )
        if len(pairs) < FEWEST_PAIRS:
            break
        away = np.linalg.norm(pairs.targets - target.face_centre, axis=1)
        emphasis = np.exp(-0.5 * (away / FACE_MM) ** 2) + ELSEWHERE
        step = point_to_plane_step(pairs, with_scale, emphasis)
        current = step.after(current)
        if np.abs(step.apply(pairs.points) - pairs.points).max() < SETTLED_MM:
            break
    return current


def judge(
    subject: Subject,
    target: HeadTarget,
    similarity: Similarity,
    unit: Unit,
    cancel: CancelToken | None,
) -> Placed:
    """What `subject` looks like where `similarity` puts it."""
    return Placed(similarity, unit, compare_faces(target, subject.surface, similarity, cancel))


def is_believed(placed: Placed | None) -> bool:
    """Whether this is a head, and of a size that its unit explains."""
    if placed is None:
        return False
    fits = 1.0 / UNIT_TRUST < placed.size_ratio < UNIT_TRUST
    return fits and is_head(placed.likeness)


def is_head(likeness: Likeness) -> bool:
    """Whether what lies on the face of the head is one."""
    return (
        likeness.relief >= LEAST_LIKENESS
        and likeness.facing >= LEAST_FACING
        and likeness.relief + likeness.facing >= LEAST_OF_BOTH
        and likeness.covered_share >= LEAST_COVERED
        and likeness.rms_mm <= MOST_RMS_MM
    )
