"""Which landmarks drive local fields: the sets that tables 3 and 4 compare."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.networks.parts import CASCADE
from training.parts.registered import RegisteredFaces

FIVE = (30, 36, 45, 48, 54)
"""Nose tip, outer corners of the eyes, corners of the mouth: the paper's five."""
BY_PART = {
    "expression": (37, 44, 48, 54, 57),
    "nose": (28, 30, 31, 33, 35),
    "eyes": (36, 39, 42, 45, 27),
    "mouth": (48, 51, 54, 57, 62),
    "head": (0, 4, 8, 12, 16),
}
"""Five for each network, as the paper's figure 4 marks them; Multi-PIE numbers. The figure has
none for the expression: those are ours, where lids and lips move most."""

Fields = Literal["global", "blended", "spline"]


@dataclass(frozen=True, slots=True)
class LocalFields:
    """A way to use landmarks.

    Attributes:
        name: the row of the tables; key: short, for folders.
        fields: `global` has one field a part; `blended` blends local fields, eq. 7;
            `spline` carries points by the landmarks in closed form, then has one field a part.
        landmarks: `five`, `parts` (five for each network), `handles` (the shipped model's)
            or `none`.
    """

    name: str
    key: str
    fields: Fields
    landmarks: Literal["five", "parts", "handles", "none"]


VARIANTS = (
    LocalFields("No landmarks", "none", "global", "none"),
    LocalFields("Eq. 7, five landmarks", "blended-five", "blended", "five"),
    LocalFields("Eq. 7, five for each part", "blended-parts", "blended", "parts"),
    LocalFields("Spline, five landmarks", "spline-five", "spline", "five"),
    LocalFields("Spline, five for each part", "spline-parts", "spline", "parts"),
    LocalFields("Spline, all handles (ours)", "spline-handles", "spline", "handles"),
)


def landmark_vertices(faces: RegisteredFaces, variant: LocalFields) -> NDArray[np.int64]:
    """Vertices `(H,)` of all landmarks of a variant, each once."""
    if variant.landmarks == "handles":
        return faces.handles
    if variant.landmarks == "none":
        return np.zeros(0, np.int64)
    numbers = FIVE if variant.landmarks == "five" else sum(BY_PART.values(), ())
    return faces.landmarks[list(dict.fromkeys(numbers))]


def rows_of_part(faces: RegisteredFaces, variant: LocalFields) -> dict[str, list[int]]:
    """For each network the rows of `landmark_vertices` that are its own."""
    if variant.landmarks != "parts":
        return {part: list(range(len(landmark_vertices(faces, variant)))) for part in CASCADE}
    order = list(dict.fromkeys(sum(BY_PART.values(), ())))
    return {part: [order.index(number) for number in BY_PART[part]] for part in CASCADE}
