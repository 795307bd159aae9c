"""From the ICT model to registered faces split by parts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.ict_source import (
    LANDMARKS,
    SCLERA_POLYGONS,
    SCLERA_VERTICES,
    SKIN_POLYGONS,
    SKIN_VERTICES,
    IctSource,
    triangulate,
)
from training.parts.handles import choose_handles
from training.parts.masks import piece_weights, split_displacement
from training.parts.registered import RegisteredFaces

Array = NDArray[np.float64]

CANONICAL_JAW_OPEN = 0.10
"""Parts the lips by a few millimetres, so that the mouth is a cavity of the template."""
HANDLES = 448
NECK_ROWS = 5
"""Rows of polygons cut off at the source's lower rim, whose shoulders run out into a wedge too
thin for any field; below them the neck is closed. Their vertices stay, to steer the warp."""
NECK_DEPTH_MM = 45.0
"""How far below its rim the closed neck reaches: enough for a blunt edge all around."""
MOUTH_VERTICES = np.arange(11248, 13294)
"""The mouth's cavity behind the lips."""


def prepare_ict(source: IctSource, code_size: int = 48, head_size: int = 100) -> RegisteredFaces:
    """Build the closed surface, split every identity mode by parts and whiten the codes."""
    surface = _Surface(source)
    landmarks = np.array(LANDMARKS)
    weights = piece_weights(surface.rest, surface.rest[landmarks])
    modes = surface.gather_many(source.identities)
    shares = [split_displacement(mode, surface.rest, weights) for mode in modes]
    bases, mixings, sizes = [], [], []
    for part in ("nose", "eyes", "mouth", "head"):
        size = head_size if part == "head" else code_size
        basis, mixing = whiten(np.stack([share[part] for share in shares]), size)
        bases.append(basis)
        mixings.append(mixing)
        sizes.append(basis.shape[2])
    expressions = surface.gather_many(source.expressions)
    bases.append(np.moveaxis(expressions, 0, 2))
    sizes.append(len(expressions))
    regions = np.stack([weights[part].sum(0) for part in ("nose", "eyes", "mouth")], axis=1)
    regions = np.concatenate([regions, 1.0 - regions.sum(1, keepdims=True)], axis=1)
    canonical = np.array(
        [CANONICAL_JAW_OPEN * (name == "jawOpen") for name in source.expression_names]
    )
    return RegisteredFaces(
        rest=surface.rest.astype(np.float32),
        basis=np.concatenate(bases, axis=2).astype(np.float32),
        sizes=np.array(sizes),
        mixing=np.concatenate(mixings).astype(np.float32),
        canonical=canonical.astype(np.float32),
        faces=surface.faces,
        groups=surface.groups,
        region_weights=regions.astype(np.float32),
        landmarks=landmarks,
        handles=choose_handles(
            surface.rest, regions, landmarks, surface.handle_candidates, HANDLES
        ),
        eye_centres=surface.eye_centres,
        expression_names="\n".join(source.expression_names),
    )


def whiten(displacements: Array, size: int) -> tuple[Array, Array]:
    """Principal directions of a part over identities with N(0, 1) coefficients.

    Args:
        displacements: `(C, V, 3)`, one standard deviation of each coefficient.
        size: how many directions to keep.

    Returns:
        The basis `(V, 3, size)`, scaled so that codes are N(0, 1), and the mixing
        `(size, C)` that makes codes from coefficients.
    """
    count, vertices, _ = displacements.shape
    left, scales, rows = np.linalg.svd(displacements.reshape(count, -1), full_matrices=False)
    basis = (rows[:size] * scales[:size, None]).T.reshape(vertices, 3, size)
    return basis, left[:, :size].T


class _Surface:
    """The skin closed at the neck and behind the eyes, and both eyeballs."""

    def __init__(self, source: IctSource) -> None:
        skin = triangulate(cut_neck(source.polygons[SKIN_POLYGONS], source.mean, NECK_ROWS))
        self._skin_size = SKIN_VERTICES.stop
        loops = boundary_loops(skin)
        mean = source.mean
        loops.sort(key=lambda loop: mean[loop, 0].mean())
        right, neck, left = loops
        self._neck = np.array(neck)
        neck_centre, right_centre, left_centre = range(self._skin_size, self._skin_size + 3)
        self.eye_centres = np.array([right_centre, left_centre])
        start = self._skin_size + 3
        faces = [skin, fan(neck, neck_centre), fan(right, right_centre), fan(left, left_centre)]
        groups = [0, 0, 3, 3]
        for group, (vertices, polygons) in enumerate(
            zip(SCLERA_VERTICES, SCLERA_POLYGONS, strict=True), start=1
        ):
            ball = triangulate(source.polygons[polygons]) - vertices.start + start
            start += vertices.stop - vertices.start
            faces.append(ball)
            groups.append(group)
        self.faces = np.concatenate(faces)
        self.groups = np.concatenate(
            [np.full(len(f), g) for f, g in zip(faces, groups, strict=True)]
        )
        self.rest = self.gather(mean)
        self.rest[neck_centre, 1] -= NECK_DEPTH_MM
        self.handle_candidates = np.arange(self._skin_size)

    def gather(self, field: Array) -> Array:
        """A field `(source V, 3)` on the vertices of this surface `(V, 3)`."""
        balls = [field[vertices] for vertices in SCLERA_VERTICES]
        centres = [field[self._neck].mean(0), balls[0].mean(0), balls[1].mean(0)]
        return np.concatenate([field[SKIN_VERTICES], np.stack(centres), *balls])

    def gather_many(self, fields: Array) -> Array:
        return np.stack([self.gather(field) for field in fields])


def cut_neck(
    polygons: Sequence[tuple[int, ...]], vertices: Array, rows: int
) -> list[tuple[int, ...]]:
    """`polygons` without `rows` rows along their lowest open rim."""
    kept = list(polygons)
    for _ in range(rows):
        loops = boundary_loops(triangulate(kept))
        rim = set(min(loops, key=lambda loop: vertices[np.array(loop), 1].mean()))
        kept = [polygon for polygon in kept if rim.isdisjoint(polygon)]
    return kept


def boundary_loops(faces: NDArray[np.int64]) -> list[list[int]]:
    """Open edges chained into loops, each in the direction of its faces."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    present = {(int(a), int(b)) for a, b in edges}
    follow = {a: b for a, b in present if (b, a) not in present}
    loops = []
    while follow:
        start, current = follow.popitem()
        loop = [start]
        while current != start:
            loop.append(current)
            current = follow.pop(current)
        loops.append(loop)
    return loops


def fan(loop: list[int], centre: int) -> NDArray[np.int64]:
    """Triangles `(len(loop), 3)` that close a loop of `boundary_loops` towards `centre`."""
    return np.array([(b, a, centre) for a, b in zip(loop, loop[1:] + loop[:1], strict=True)])
