"""From any pose to a near one: many starts at once, coarse points, the worst dropped early.

All starting poses go through a few steps of point-to-plane ICP together, looking up the nearest
points in a grid; the best few go on with more points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.geometry.similarity import Similarity
from engine.progress import CancelToken
from engine.scans.head_target import HeadTarget
from engine.scans.poses import Poses, ScanPoints, concatenated, starting_poses

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

BATCH = 256
NEAR_MM, SPACING_MM = 4.0, 8.0
"""Distance at which a point counts for half in the score of a pose, and samples' own distance."""
SAME_DEGREES, SAME_MM = 20.0, 15.0
"""Two poses nearer than this are one."""


@dataclass(frozen=True, slots=True)
class Round:
    """Steps of all poses with so many points, after which only the best few are kept."""

    points: int
    steps: int
    keep: int


ANYWHERE = (Round(100, 6, 160), Round(250, 8, 60), Round(400, 10, 40))


def find_poses(
    scan: ScanPoints,
    target: HeadTarget,
    scales: Sequence[float],
    count: int,
    cancel: CancelToken | None = None,
) -> list[Similarity]:
    """The `count` best distinct poses (scan → model) at any of `scales`, best first."""
    poses = improve_poses(scan, target, starting_poses(scan, target, scales), ANYWHERE, cancel)
    return [poses.similarity(index) for index in range(min(count, len(poses)))]


def improve_poses(
    scan: ScanPoints,
    target: HeadTarget,
    poses: Poses,
    rounds: Sequence[Round],
    cancel: CancelToken | None = None,
) -> Poses:
    """The best distinct ones of `poses` after `rounds` of improvement, best first."""
    for number, now in enumerate(rounds):
        poses = _advance(scan, target, poses, now.points, now.steps, number > 0, cancel)
        scores = _scores(scan, target, poses, 2 * now.points)
        order = np.argsort(-scores, kind="stable")[: 4 * now.keep]
        poses = _distinct(poses[order], now.keep)
    return poses


def _advance(
    scan: ScanPoints,
    target: HeadTarget,
    poses: Poses,
    points: int,
    steps: int,
    both_ways: bool,
    cancel: CancelToken | None,
) -> Poses:
    moved = []
    for begin in range(0, len(poses), BATCH):
        batch = poses[slice(begin, begin + BATCH)]
        for step in range(steps):
            if cancel is not None:
                cancel.check()
            reach = 40.0 * (0.35 ** (step / max(steps - 1, 1)))
            pairs = _pairs(scan, target, batch, points, both_ways)
            batch = _step(pairs, batch, reach)
        moved.append(batch)
    return concatenated(moved)


def _place(local: Singles, poses: Poses) -> Singles:
    """`local` `(N, 3)` as each pose puts it, `(B, N, 3)`."""
    scaled = poses.rotations.transpose(0, 2, 1) * poses.scales[:, None, None]
    placed: Singles = local @ scaled + poses.translations[:, None]
    return placed


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Points of the scan and of the head that belong together, for B poses.

    Attributes:
        placed, found: `(B, N, 3)` in mm, of the scan and of the head.
        normals: `(B, N, 3)` of the head at `found`.
        alike: `(B, N)` cosines of the angles between the normals, cut at 0.
    """

    placed: Singles
    found: Singles
    normals: Singles
    alike: Singles


def _pairs(
    scan: ScanPoints, target: HeadTarget, poses: Poses, points: int, both_ways: bool
) -> _Pairs:
    """Partners on the head for points of the scan; and if asked, on the scan for the face."""
    placed = _place(scan.points[:points].astype(np.float32), poses)
    turned = scan.normals[:points].astype(np.float32) @ poses.rotations.transpose(0, 2, 1)
    found, normals = target.grid.nearest(placed)
    if both_ways:
        face = target.face_points[: points // 2].astype(np.float32)
        face_normals = target.face_normals[: points // 2].astype(np.float32)
        partners, partner_normals = _on_scan(scan, face, poses)
        shape = (len(poses), *face.shape)
        placed = np.concatenate([placed, partners], axis=1)
        turned = np.concatenate([turned, partner_normals], axis=1)
        found = np.concatenate([found, np.broadcast_to(face, shape)], axis=1)
        normals = np.concatenate([normals, np.broadcast_to(face_normals, shape)], axis=1)
    alike = np.clip(np.einsum("bnd,bnd->bn", turned, normals), 0.0, 1.0)
    return _Pairs(placed, found, normals, alike)


def _on_scan(scan: ScanPoints, places: Singles, poses: Poses) -> tuple[Singles, Singles]:
    """Points and normals `(B, K, 3)` of the placed scan near to `places` `(K, 3)` of the head."""
    inside: Singles = (places - poses.translations[:, None]) / poses.scales[:, None, None]
    points, normals = scan.grid.nearest((inside @ poses.rotations).astype(np.float32, copy=False))
    back = poses.rotations.transpose(0, 2, 1)
    placed = points @ back * poses.scales[:, None, None] + poses.translations[:, None]
    return placed, normals @ back


def _step(pairs: _Pairs, poses: Poses, reach: float) -> Poses:
    """One rigid point-to-plane step of all poses, with Cauchy weights of scale `reach` mm."""
    placed, found, found_normals, alike = pairs.placed, pairs.found, pairs.normals, pairs.alike
    gap = found - placed
    squared = np.einsum("bnd,bnd->bn", gap, gap)
    weights = (0.05 + alike) / (1.0 + squared / reach**2)
    centre = placed.mean(axis=1, keepdims=True)
    arms = (placed - centre) / np.float32(60.0)
    slide = np.float32(0.2)
    plane = np.concatenate([np.cross(arms, found_normals), found_normals], axis=2)
    across = np.einsum("bnd,bnd->bn", found_normals, gap)
    weighted = plane * weights[..., None]
    matrix = weighted.transpose(0, 2, 1) @ plane
    wanted = np.einsum("bnk,bn->bk", weighted, across)
    total = weights.sum(axis=1)
    # Point-to-point, with weight `slide`: its normal matrix has a closed form.
    spread = np.einsum("bn,bni,bnj->bij", weights, arms, arms)
    mean_arm = np.einsum("bn,bni->bi", weights, arms)
    eye = np.eye(3, dtype=np.float32)
    trace = np.trace(spread, axis1=1, axis2=2)
    matrix[:, :3, :3] += slide * (trace[:, None, None] * eye - spread)
    matrix[:, 3:, 3:] += slide * total[:, None, None] * eye
    lever = _skew(mean_arm)
    matrix[:, :3, 3:] += slide * lever
    matrix[:, 3:, :3] += slide * lever.transpose(0, 2, 1)
    wanted[:, :3] += slide * np.einsum("bn,bnd->bd", weights, np.cross(arms, gap))
    wanted[:, 3:] += slide * np.einsum("bn,bnd->bd", weights, gap)
    size = np.trace(matrix, axis1=1, axis2=2)[:, None, None]
    matrix += (1e-4 * size + 1e-9) * np.eye(6, dtype=np.float32)
    solved = np.linalg.solve(matrix, wanted[..., None])[..., 0]
    turn = Rotation.from_rotvec(np.clip(solved[:, :3] / 60.0, -0.6, 0.6)).as_matrix()
    turn = turn.astype(np.float32)
    middle = centre[:, 0]
    shift = middle + solved[:, 3:] + np.einsum("bij,bj->bi", turn, poses.translations - middle)
    return Poses(turn @ poses.rotations, shift.astype(np.float32), poses.scales)


def _skew(vectors: Singles) -> Singles:
    """Matrices `(B, 3, 3)` with [v]× u = v × u."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _scores(scan: ScanPoints, target: HeadTarget, poses: Poses, points: int) -> Floats:
    """How well each pose fits `(B,)`: the scan on the head, and the head's face on the scan."""
    local = scan.points[:points].astype(np.float32)
    normals = scan.normals[:points].astype(np.float32)
    face = target.face_points[: points // 2].astype(np.float32)
    face_normals = target.face_normals[: points // 2].astype(np.float32)
    scores = []
    for begin in range(0, len(poses), BATCH):
        batch = poses[slice(begin, begin + BATCH)]
        placed = _place(local, batch)
        found, found_normals = target.grid.nearest(placed)
        turned = normals @ batch.rotations.transpose(0, 2, 1)
        forward = _agreement(placed, found, turned, found_normals)
        partners, partner_normals = _on_scan(scan, face, batch)
        backward = _agreement(face[None], partners, face_normals[None], partner_normals)
        scores.append(forward.mean(axis=1) + backward.mean(axis=1))
    return np.concatenate(scores).astype(np.float64)


def _agreement(first: Singles, second: Singles, normals: Singles, others: Singles) -> Singles:
    """1 where oriented points are on one surface, 0 where they are far apart or face other ways.

    Only the distance across the surface counts as long as the points are as near to each other
    as the samples of a surface are.
    """
    gap = first - second
    squared = np.square(gap).sum(axis=2)
    across = np.einsum("bnd,bnd->bn", *np.broadcast_arrays(gap, others)) ** 2
    beyond = np.maximum(squared - across - SPACING_MM**2, 0.0)
    alike = np.clip(np.einsum("bnd,bnd->bn", *np.broadcast_arrays(normals, others)), 0.0, 1.0)
    agreement: Singles = alike**2 / (1.0 + (across + beyond) / NEAR_MM**2)
    return agreement


def _distinct(poses: Poses, count: int) -> Poses:
    """The first `count` of `poses` that differ from those before them."""
    chosen: list[int] = []
    limit = 1.0 + 2.0 * np.cos(np.radians(SAME_DEGREES))
    for index in range(len(poses)):
        kept = np.array(chosen, np.int64)
        traces = np.einsum("kij,ij->k", poses.rotations[kept], poses.rotations[index])
        gaps = np.linalg.norm(poses.translations[kept] - poses.translations[index], axis=1)
        ratios = np.abs(np.log(poses.scales[kept] / poses.scales[index]))
        if not ((traces > limit) & (gaps < SAME_MM) & (ratios < 0.05)).any():
            chosen.append(index)
        if len(chosen) == count:
            break
    return poses[np.array(chosen, np.int64)]
