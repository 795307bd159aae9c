"""Left and right: mirrored faces, symmetric faces, and edits that move both sides alike.

A part's coordinates mix symmetric and one-sided motion, so mirroring a code is a linear map.
With B `(3 V, D)` the part's motion per unit and R the reflection of a motion through x = 0,
the code M z should move the surface by R B z. In the surface's own metric G = BᵀB the least
squares solution is G⁻¹ Bᵀ R B; its symmetric form K = G^-½ Bᵀ R B G^-½ has eigenvalues near
±1 where the model is as able on one side as on the other. M = G^-½ sign(K) G^½ is the
nearest map that undoes itself.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from engine.editing.part_names import require_parts
from engine.editing.reflection import Reflection, find_reflection
from engine.editing.sides import paired_directions
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel, PartInfo

Floats = NDArray[np.float64]

Side = Literal["left", "right", "average"]
SIDES = ("left", "right", "average")
"""What a symmetric face is made of: the subject's left, the right, or both alike."""

SYMMETRIC_SHARE = 0.3
"""A direction whose motion is less symmetric than this turns or shifts the face; a symmetric
edit of it would cancel itself, so it is edited as it is."""

SYMMETRIC_ALREADY = 0.97
"""A direction whose motion is more symmetric than this is edited as it is, too."""

LEAST_PARTNER = 0.02
"""Coordinates that a symmetric edit would move by less than this share of it stay."""

_STILL = 1e-10
"""Combinations of directions that move the surface less than this share are none."""
_HOLD = 0.003
"""How strongly a kept side is drawn to the average, as a share of its mean stiffness: directions
that hardly move that side must not grow."""


@dataclass(frozen=True, slots=True, eq=False)
class PartMirror:
    """Left and right of one part with D directions.

    Attributes:
        matrix: `(D, D)`; the code of the mirror image, and its own inverse.
        left, right: `(D, D)` inner products of the directions' motion on each half, mm².
        share: `(D,)` of each direction's motion that both sides have alike, 0 to 1.
        pairs: `(D,)` each direction's other half, where the names say so; else None.
        lower, upper: `(D,)` ends of the directions.
    """

    matrix: Floats
    left: Floats
    right: Floats
    share: Floats
    pairs: NDArray[np.int64] | None
    lower: Floats
    upper: Floats

    @property
    def symmetric(self) -> Floats:
        """`(D, D)`: the projection on codes that are their own mirror image."""
        half: Floats = (np.eye(len(self.matrix)) + self.matrix) / 2.0
        return half


class Mirror:
    """Mirrors the codes of one model; the maps are derived when a part first needs one.

    Safe to use from several threads. A part of a hundred directions takes about 0.1 s.
    """

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._reflection: Reflection | None = None
        self._parts: dict[str, PartMirror] = {}

    @property
    def reflection(self) -> Reflection:
        """Of the template's vertices."""
        with self._lock:
            return self._found_reflection()

    def of_part(self, part: str) -> PartMirror:
        """The maps of `part`."""
        require_parts([part])
        with self._lock:
            if part not in self._parts:
                info = self._model.parts[PARTS.index(part)]
                self._parts[part] = _derive(self._model, info, self._found_reflection())
            return self._parts[part]

    def matrix(self, parts: Sequence[str]) -> NDArray[np.float64]:
        """`(K, K)` takes the codes of `parts`, one after the other, to their mirror image's."""
        blocks: NDArray[np.float64] = block_diag(*[self.of_part(part).matrix for part in parts])
        return blocks

    def prepare(self) -> None:
        """Derive all maps now, for a worker thread that has the time."""
        for part in PARTS:
            self.of_part(part)

    def code(self, code: FaceCode, parts: Collection[str] = PARTS) -> FaceCode:
        """`code` with `parts` swapped left for right."""
        require_parts(parts)
        for part in PARTS:
            if part in parts:
                mirrored = self.of_part(part).matrix @ code.part(part)
                code = code.with_part(part, mirrored.astype(np.float32))
        return code

    def symmetrise(
        self, code: FaceCode, side: Side = "average", parts: Collection[str] = PARTS
    ) -> FaceCode:
        """`code` with `parts` made symmetric.

        Args:
            side: `left` and `right` (the subject's) keep that side as well as a symmetric code
                can and repeat it on the other; `average` takes the middle of both.

        Raises:
            InputError: no such part or side.
        """
        require_parts(parts)
        if side not in SIDES:
            raise InputError(f"There is no side '{side}'. Choose {', '.join(SIDES)}.")
        for part in PARTS:
            if part in parts:
                vector = _symmetrised(self.of_part(part), code.part(part), side)
                code = code.with_part(part, vector)
        return code

    def part(self, code: FaceCode, part: str, side: Side | None = None) -> FaceCode:
        """`code` with one part mirrored, or made symmetric from `side`."""
        return self.code(code, [part]) if side is None else self.symmetrise(code, side, [part])

    def symmetric_edit(self, before: FaceCode, part: str, index: int, value: float) -> FaceCode:
        """`before` with a coordinate set to `value` and both sides moved alike.

        What is asymmetric in `before` stays, because only the edit is made symmetric. A
        direction that is symmetric already, or has almost no symmetric motion, is set alone.

        Args:
            before: the face where the gesture began; the edit is not made of small steps.
        """
        mirror = self.of_part(part)
        plain = before.with_value(part, index, value)
        projection = mirror.symmetric[:, index].copy()
        symmetric = min(float(mirror.share[index]), float(projection[index]))
        if not SYMMETRIC_SHARE <= symmetric <= SYMMETRIC_ALREADY:
            return plain
        vector = before.part(part).astype(np.float64)
        partners = projection * ((value - vector[index]) / projection[index])
        moving = np.abs(projection) > LEAST_PARTNER * projection[index]
        moved = np.clip(vector + partners, mirror.lower, mirror.upper)
        # A coordinate beyond its ends, as a fit may give, stays where the edit leaves it alone.
        moved = np.where(moving, moved, vector)
        moved[index] = value
        return before.with_part(part, moved.astype(np.float32))

    def asymmetry(self, code: FaceCode, part: str) -> float:
        """How far, as a root mean square in σ, the part's code is from its mirror image."""
        spread = np.array(
            [entry.spread for entry in self._model.parts[PARTS.index(part)].directions]
        )
        vector = code.part(part).astype(np.float64)
        gap = (vector - self.of_part(part).matrix @ vector) / spread
        return float(np.sqrt(np.mean(gap**2)) / 2.0)

    def _found_reflection(self) -> Reflection:
        if self._reflection is None:
            self._reflection = find_reflection(self._model.template)
        return self._reflection


def _derive(model: FaceModel, part: PartInfo, reflection: Reflection) -> PartMirror:
    motions = [model.tangent(part.name, index) for index in range(part.size)]
    basis = np.stack([motion.ravel() for motion in motions])
    images = np.stack([reflection.of_motion(motion).ravel() for motion in motions])
    gram = (basis @ basis.T).astype(np.float64)
    across = (basis @ images.T).astype(np.float64)
    pairs = paired_directions(part)
    matrix = _involution(gram, (across + across.T) / 2.0)
    if pairs is not None:
        matrix = np.eye(part.size)[pairs]
    half = (np.eye(part.size) + matrix) / 2.0
    alike = np.einsum("ik,ij,jk->k", half, gram, half)
    side = np.repeat(_left_share(model.template.vertices), 3)
    left = ((basis * side) @ basis.T).astype(np.float64)
    return PartMirror(
        matrix,
        left,
        gram - left,
        np.clip(alike / np.maximum(np.diag(gram), 1e-12), 0.0, 1.0),
        pairs,
        np.array([direction.minimum for direction in part.directions]),
        np.array([direction.maximum for direction in part.directions]),
    )


def _left_share(vertices: NDArray[np.float32]) -> NDArray[np.float32]:
    """`(V,)`: 1 on the subject's left, 0 on the right, with 4 mm between them."""
    share: NDArray[np.float32] = np.clip(0.5 + vertices[:, 0] / 4.0, 0.0, 1.0)
    return share


def _involution(gram: Floats, across: Floats) -> Floats:
    """M = G^-½ sign(K) G^½; what moves nothing is its own mirror image."""
    scales, axes = np.linalg.eigh(gram)
    moving = scales > _STILL * max(scales.max(), 1e-12)
    roots = np.where(moving, np.sqrt(np.maximum(scales, 0.0)), 1.0)
    root = (axes * roots) @ axes.T
    inverse = (axes / roots) @ axes.T
    values, turns = np.linalg.eigh(inverse @ across @ inverse)
    signs = np.where(values < 0.0, -1.0, 1.0)
    matrix: Floats = inverse @ ((turns * signs) @ turns.T) @ root
    return matrix


def _symmetrised(
    mirror: PartMirror, vector: NDArray[np.float32], side: Side
) -> NDArray[np.float32]:
    """A code that is its own mirror image, with what `vector` has on `side`."""
    code = vector.astype(np.float64)
    average = mirror.symmetric @ code
    if mirror.pairs is not None:
        symmetric = _evened_pairs(mirror, code, mirror.pairs, side)
    elif side == "average":
        symmetric = average
    else:
        symmetric = _repeated_side(mirror, code, mirror.left if side == "left" else mirror.right)
    # Clipped only where this makes it leave its ends, so that a fit's values stay.
    ends = np.minimum(mirror.lower, average), np.maximum(mirror.upper, average)
    return np.clip(symmetric, *ends).astype(np.float32)


def _repeated_side(mirror: PartMirror, code: Floats, stiffness: Floats) -> Floats:
    """The symmetric code nearest to `code` where `stiffness` `(D, D)` looks, by least squares
    over the codes average + S y with symmetric columns S."""
    average = mirror.symmetric @ code
    axes, lengths, _ = np.linalg.svd(mirror.symmetric)
    axes = axes[:, lengths > 0.5]
    normal = axes.T @ stiffness @ axes
    normal += _HOLD * np.trace(normal) / max(len(normal), 1) * np.eye(len(normal))
    repeated: Floats = average + axes @ np.linalg.solve(
        normal, axes.T @ stiffness @ (code - average)
    )
    return repeated


def _evened_pairs(mirror: PartMirror, code: Floats, pairs: NDArray[np.int64], side: Side) -> Floats:
    """Both of a pair get the value of the one on `side`, or their mean.

    What only shifts the face sideways, such as `Jaw left`, has no symmetric form and goes.
    """
    chosen = (code + code[pairs]) / 2.0
    if side != "average":
        kept = np.diag(mirror.left if side == "left" else mirror.right)
        chosen = np.where(kept >= kept[pairs], code, code[pairs])
    one_sided = pairs != np.arange(len(pairs))
    even: Floats = np.where(one_sided & (mirror.share < SYMMETRIC_SHARE), 0.0, chosen)
    return even
