"""From one value to another without corners."""

import numpy as np
from numpy.typing import NDArray


def smooth_step(values: NDArray, start: float, end: float) -> NDArray:
    """0 up to `start`, 1 from `end` on, and 3 t² − 2 t³ between; `end` may be the smaller one."""
    share = np.clip((values - start) / (end - start), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))
