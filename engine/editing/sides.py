"""Left and right in the names of directions."""

import re

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import PartInfo


def paired_directions(part: PartInfo) -> NDArray[np.int64] | None:
    """For each direction the one of the other side, `(D,)`, read from their names.

    `Smile left` pairs with `Smile right`; a name without a side pairs with itself. None if
    no name has a side, or one lacks its other half.
    """
    places = {direction.name: index for index, direction in enumerate(part.directions)}
    others = [_other_side(name) for name in places]
    if all(other == name for other, name in zip(others, places, strict=True)):
        return None
    if len(places) != part.size or any(other not in places for other in others):
        return None
    return np.array([places[other] for other in others])


def _other_side(name: str) -> str:
    swap = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
    return re.sub(r"\b(left|right|Left|Right)\b", lambda found: swap[found.group()], name)
