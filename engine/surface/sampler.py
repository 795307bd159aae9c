"""A field, evaluated in chunks that can be cancelled and counted."""

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import SignedField
from engine.progress import CancelToken, Progress, ignore_progress
from engine.surface.grid import Grid

CHUNK = 16384
"""Points per call of a field: large enough to keep a network busy, small enough to cancel."""


class FieldSampler:
    """A field with its cancel token, progress report and count of evaluations.

    Attributes:
        evaluations: how many points were evaluated so far.
    """

    def __init__(
        self,
        field: SignedField,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> None:
        if not (np.isfinite(field.lipschitz) and field.lipschitz > 0):
            raise InputError(
                f"A field's gradient bound must be a positive number, got {field.lipschitz}."
            )
        self._field = field
        self._cancel = cancel
        self._progress = progress
        self._fraction = 0.0
        self._expected = 1.0
        self.evaluations = 0

    @property
    def lipschitz(self) -> float:
        """A bound on the gradient of what is sampled."""
        return max(float(self._field.lipschitz), 1.0)

    def expect(self, remaining: float) -> None:
        """Say how many evaluations are about to come, for the progress report."""
        self._expected = max(self.evaluations + remaining, 1.0)

    def report(self, fraction: float, text: str) -> None:
        """Poll the cancel token and pass progress on; it never runs backwards."""
        if self._cancel is not None:
            self._cancel.check()
        self._fraction = max(self._fraction, min(fraction, 1.0))
        self._progress(self._fraction, text)

    def sample(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """Values `(N,)` in mm at `points` `(N, 3)`.

        Raises:
            Cancelled: the token was raised.
            InputError: the field gives another number of values, or one that is not finite.
        """
        places = points.astype(np.float32)
        values = np.empty(len(points), np.float32)
        for start in range(0, len(points), CHUNK):
            self.report(0.9 * self.evaluations / self._expected, "Evaluating the surface")
            part = slice(start, start + CHUNK)
            values[part] = self._evaluate(places[part])
            self.evaluations += len(places[part])
        return values

    def sample_cut_off(self, grid: Grid, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """As `sample`, of the field cut off by the box of `grid`.

        That is max(Φ(p clamped to the box), distance of p beyond the box): every surface is
        closed, even one that leaves the box, and no value outside the box is asked for.
        """
        values = self.sample(np.clip(points, grid.lower, grid.upper))
        return np.maximum(values, grid.beyond_box(points).astype(np.float32))

    def _evaluate(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        values = np.asarray(self._field.evaluate(points))
        if values.shape != (len(points),):
            raise InputError(
                f"The field gave values of shape {values.shape} for {len(points)} points; "
                f"expected ({len(points)},)."
            )
        finite = np.isfinite(values)
        if not finite.all():
            where = int(np.argmin(finite))
            place = ", ".join(f"{x:.1f}" for x in points[where])
            raise InputError(
                f"The field is {values[where]} at ({place}) mm, where a distance was expected. "
                "The model's weights or the face's code are damaged; load them again."
            )
        return values.astype(np.float32, copy=False)
