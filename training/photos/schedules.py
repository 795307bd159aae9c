"""How the learning rate of the photo networks changes, as a share of its highest."""

import math
from collections.abc import Sequence

LEAST = 0.01
"""Where a cosine ends."""


def cosine_rate(step: int, steps: int, warm: int) -> float:
    """Up in a line for `warm` steps, then down to `LEAST` by a cosine until `steps`."""
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return LEAST + (1.0 - LEAST) * 0.5 * (1.0 + math.cos(math.pi * done))


def dropping_rate(step: int, steps: int, warm: int, factor: float, drops: Sequence[float]) -> float:
    """Up in a line for `warm` steps, then times `factor` at each of `drops`, shares of `steps`."""
    if step < warm:
        return (step + 1) / warm
    return float(factor ** sum(step / steps >= share for share in drops))
