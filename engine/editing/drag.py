"""Dragging the surface: the codes that take a point of the face where the hand pulls it.

With u the change of N coordinates in σ, J `(3 P, N)` the motion of P points per σ and
d `(3 P,)` where they should go, the drag solves

    min |(J u − d) / τ|² + Σ cₖ uₖ² + (mean of w_v |motion of v|²) / FAR_MM²

within the ends of the sliders. The second term looks for a likely face: cₖ = 1 + (zₖ / FAR)²
makes coordinates stiffer that are far out already. The third keeps what is far from the
points where it is: w_v rises from 0 to 1 with the distance. Both together are uᵀ R u, and R
is inverted once when the point is pressed; each step then solves a system as small as the
points and the coordinates at an end are few.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.editing.mirror import Mirror
from engine.editing.motion_table import MotionTable
from engine.editing.part_names import require_parts
from engine.editing.plausibility import limit_edit
from engine.editing.surface_point import SurfacePoint
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel

Floats = NDArray[np.float64]

FOLLOW_MM = 0.15
"""τ of the point that is dragged: how far it lags behind for one σ of effort."""
PIN_MM = 0.05
"""τ of pins."""
END = 1e-3
"""τ, in σ, of a coordinate that is held at its end."""
FAR = 2.0
"""σ at which a coordinate is twice as stiff as at the mean."""
FAR_MM = 1.0
"""Root mean square motion of what is far away that costs as much as one σ."""
REACH_MM = 30.0
"""A vertex this far from the point counts as far by 40 %."""
FAR_SAMPLES = 300
LONGEST_MM = 40.0
"""A longer pull counts as this long: no face goes further, and the direction is what matters."""
ROUNDS = 8
"""Rounds of holding coordinates at their ends and solving for the rest."""
PERCENTILE = 99.9
"""No drag takes a part further than this share of the training faces."""


class SurfaceDrag:
    """One drag, from press to release. `move` may be called for every motion of the mouse.

    Args:
        code: the face when the point was pressed.
        point: what is pulled, a place or a template vertex.
        parts: parts that may change.
        pins: places that stay.
        mirror: gives the opposite place, which is pulled alike; None pulls one side.
        motions: of the model, if it is at hand; pressing takes long without.
        percentile: parts are held inside it (see `plausibility.limit_edit`).

    Raises:
        InputError: no part to change, no such part, or no such vertex.
    """

    def __init__(
        self,
        model: FaceModel,
        code: FaceCode,
        point: SurfacePoint | int,
        parts: Collection[str] = PARTS,
        pins: Sequence[SurfacePoint | int] = (),
        mirror: Mirror | None = None,
        motions: MotionTable | None = None,
        percentile: float = PERCENTILE,
    ) -> None:
        require_parts(parts)
        if not parts:
            raise InputError("Every part is locked, so nothing can follow. Unlock one.")
        self._model, self._code, self._percentile = model, code, percentile
        self._parts = [part for part in model.parts if part.name in parts]
        grabbed, held = _place(point), [_place(pin) for pin in pins]
        pulled = [grabbed]
        if mirror is not None:
            pulled.append(grabbed.mirrored(mirror.reflection))
            held += [pin.mirrored(mirror.reflection) for pin in held]
        for place in (*pulled, *held):
            place.require_on(len(model.template.vertices))
        self._goals = [np.ones(3), np.array([-1.0, 1.0, 1.0])][: len(pulled)]
        tolerances = [FOLLOW_MM] * len(pulled) + [PIN_MM] * len(held)
        self._tolerance: Floats = np.repeat(np.array(tolerances, np.float64), 3)
        shown = model.preview(code)
        self._start: Floats = grabbed.of(shown)
        motions = motions or MotionTable(model)
        self._describe_coordinates()
        names = [part.name for part in self._parts]
        rows = np.concatenate([_rows(motions, names, place) for place in (*pulled, *held)])
        self._motion: Floats = rows * self._spread / self._tolerance[:, None]
        centres = np.stack([place.of(shown) for place in pulled])
        stiffness = self._stay_far(motions, names, shown, centres)
        stiffness[np.diag_indices(len(stiffness))] += self._stiff
        self._soft: Floats = np.linalg.inv(stiffness).astype(np.float64)

    @property
    def start(self) -> Floats:
        """Where the point was when it was pressed, `(3,)` mm."""
        return self._start.copy()

    def move(self, target: NDArray) -> FaceCode:
        """The face with the point at `target` `(3,)` mm, or as near as is plausible.

        It depends on the target alone, not on the way there.

        Raises:
            InputError: the target is not three finite numbers.
        """
        aim = np.asarray(target, np.float64)
        if aim.shape != (3,) or not np.isfinite(aim).all():
            raise InputError(f"The target must be 3 finite numbers in mm, got {aim}.")
        way = aim - self._start
        way *= min(1.0, LONGEST_MM / max(float(np.linalg.norm(way)), 1e-9))
        pull = np.zeros(len(self._tolerance))
        for place, turn in enumerate(self._goals):
            pull[3 * place : 3 * place + 3] = turn * way
        change = self._solve(pull / self._tolerance)
        return limit_edit(self._model, self._code, self._with(change), self._percentile)

    def _describe_coordinates(self) -> None:
        """Spread, stiffness and room `(N,)` of the coordinates, in the order of the parts."""
        directions = [direction for part in self._parts for direction in part.directions]
        value = np.concatenate([self._code.part(part.name) for part in self._parts])
        value = value.astype(np.float64)
        self._spread = np.array([direction.spread for direction in directions])
        self._stiff = 1.0 + (value / self._spread / FAR) ** 2
        lower = np.array([direction.minimum for direction in directions])
        upper = np.array([direction.maximum for direction in directions])
        # A value beyond its ends, as a fit may give, may stay there but go no further.
        self._least = np.minimum(lower - value, 0.0) / self._spread
        self._most = np.maximum(upper - value, 0.0) / self._spread

    def _stay_far(
        self, motions: MotionTable, names: Sequence[str], shown: NDArray, centres: Floats
    ) -> Floats:
        """The third term's matrix `(N, N)`, from vertices spread over the template."""
        chosen = np.linspace(0, len(shown) - 1, min(FAR_SAMPLES, len(shown))).astype(np.int64)
        gaps = np.linalg.norm(shown[chosen, None] - centres, axis=2).min(axis=1)
        weights = 1.0 - np.exp(-((gaps / REACH_MM) ** 2) / 2.0)
        moved = np.concatenate([motions.part(name).at(chosen) for name in names], axis=2)
        moved = moved * (np.sqrt(weights / len(chosen)) / FAR_MM)[:, None, None] * self._spread
        flat = moved.reshape(-1, moved.shape[2])
        matrix: Floats = flat.T @ flat
        return matrix

    def _solve(self, pull: Floats) -> Floats:
        """u `(N,)` by an active set: what passes an end is held there, the rest solved again."""
        ends = np.clip(0.0, self._least, self._most)
        held = np.zeros(len(ends), np.bool_)
        change = ends
        for _ in range(ROUNDS):
            # A held coordinate is one more row of the system, met almost exactly.
            rows = np.concatenate([self._motion, np.eye(len(ends))[held] / END])
            goal = np.concatenate([pull, ends[held] / END])
            eased = rows @ self._soft
            change = np.linalg.solve(eased @ rows.T + np.eye(len(goal)), goal) @ eased
            bounded = np.clip(change, self._least, self._most)
            beyond = ~held & (bounded != change)
            change = bounded
            if not beyond.any():
                break
            ends = np.where(beyond, bounded, ends)
            held |= beyond
        return change

    def _with(self, change: Floats) -> FaceCode:
        code, first = self._code, 0
        for part in self._parts:
            last = first + part.size
            step = change[first:last] * self._spread[first:last]
            code = code.with_part(part.name, (code.part(part.name) + step).astype(np.float32))
            first = last
        return code


def _place(point: SurfacePoint | int) -> SurfacePoint:
    return point if isinstance(point, SurfacePoint) else SurfacePoint.at_vertex(int(point))


def _rows(motions: MotionTable, names: Sequence[str], place: SurfacePoint) -> Floats:
    """Motion `(3, N)` of one place, mm per unit."""
    return np.concatenate([motions.at_point(name, place) for name in names], axis=1)
