"""Parts of one face on another."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from engine.editing.part_names import require_parts, require_same_layout, require_share
from engine.models.protocol import PARTS, FaceCode


def transplant(
    onto: FaceCode, source: FaceCode, parts: Collection[str], strength: float = 1.0
) -> FaceCode:
    """`onto` with `parts` moved towards those of `source`; the other parts stay bit for bit.

    Args:
        parts: names from `PARTS`.
        strength: 0 leaves `onto` as it is, 1 takes the source's parts exactly.

    Raises:
        InputError: no such part, a strength outside [0, 1], or codes of different models.
    """
    require_parts(parts)
    require_share("strength", strength)
    require_same_layout(onto, source)
    code = onto
    for part in PARTS:
        if part in parts:
            code = code.with_part(part, blend(onto.part(part), source.part(part), strength))
    return code


def blend(
    start: NDArray[np.float32], end: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    """`(D,)` between `start` (share 0) and `end` (share 1), exact at both ends."""
    if share in (0.0, 1.0):
        return end if share else start
    mixed: NDArray[np.float32] = ((1.0 - share) * start + share * end).astype(np.float32)
    return mixed
