"""The synthetic head with parts whose coordinates mix left, right and middle."""

import numpy as np

from tests.synthetic_model import EYE_X, EYE_Y, Bump, SyntheticModel, face_point


class LopsidedModel(SyntheticModel):
    """Its eyes and head are 12 and 14 one-sided hills, turned into each other by a rotation.

    Hills come in pairs of left and right with one size, so mirroring is exact for the vertices;
    coordinate by coordinate nothing is symmetric.
    """

    def __init__(self, rows: int = 44, columns: int = 60) -> None:
        super().__init__(rows, columns)
        self._heights["eyes"] = self._mixed("eyes", (EYE_X, EYE_Y), 10.0)
        self._heights["head"] = self._mixed("head", (50.0, -20.0), 24.0)
        self.true_mirror = {part: self._true[part] for part in ("eyes", "head")}

    def _mixed(self, part: str, place: tuple[float, float], width: float) -> np.ndarray:
        rng = np.random.default_rng(len(part))
        hills = []
        half = len(self._heights[part]) // 2
        for pair in range(half):
            x, y = place + rng.uniform(-12.0, 12.0, size=2)
            for side in (1.0, -1.0):
                bump = Bump(face_point(side * x, y)[None], width / 90.0, 0.03 * 0.9**pair)
                hills.append(bump.values(self._directions))
        turn = np.linalg.qr(rng.standard_normal((2 * half, 2 * half)))[0]
        swap = np.eye(2 * half)[np.arange(2 * half) ^ 1]
        if not hasattr(self, "_true"):
            self._true: dict[str, np.ndarray] = {}
        # heights = turn @ hills, and a mirrored code z has coefficients swap @ turnᵀ z.
        self._true[part] = turn @ swap @ turn.T
        return turn @ np.stack(hills)
