"""Which vertices of the template a photograph's labels show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.parts_model import PartsModel
from engine.photo.methods import KINDS, available_methods, weights_file
from engine.weights import load_weights
from training.photos.rendering.occlusion import ambient_occlusion

Floats = NDArray[np.float32]

CODES = "codes"
"""The method whose network's points are taken."""

ON_FACE, ELSEWHERE = 260, 72
OPEN_SKY = 0.4
"""Share of ambient light that reaches a vertex in sight."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Vertices that follow a joint code of K numbers: `rest` `(P, 3)`, `motion` `(P, 3, K)` mm."""

    rest: Floats
    motion: Floats

    def at(self, codes: Floats) -> Floats:
        """Their places `(B, P, 3)` for codes `(B, K)`."""
        flat = self.motion.reshape(-1, self.motion.shape[2])
        return (codes @ flat.T).reshape(len(codes), -1, 3) + self.rest


def template_places(model: PartsModel, rows: NDArray[np.int64]) -> Places:
    """The vertices `rows` `(P,)` of the shipped template, carried linearly by the codes."""
    columns = [
        model.tangent(part.name, index)[rows] for part in model.parts for index in range(part.size)
    ]
    return Places(model.preview(model.mean_code())[rows], np.stack(columns, axis=2))


def shown_rows(model: PartsModel) -> NDArray[np.int64]:
    """The points of the shipped network of codes, so that all sets of photographs show the same
    ones and it can be trained further; chosen anew if it is missing or of another template."""
    if CODES in available_methods():
        rows = load_weights(weights_file(CODES), KINDS[CODES]).tensors["rows"].astype(np.int64)
        marks = np.asarray(model.landmarks, np.int64)
        if np.array_equal(rows[: len(marks)], marks) and rows.max() < len(model.template.vertices):
            return rows
    return choose_rows(model)


def choose_rows(model: PartsModel) -> NDArray[np.int64]:
    """The 68 landmarks, then 260 vertices spread over the face and 72 over the rest of the head.

    Farthest points of the template's mean head; no eyeballs, no mouth cavity, no back of the head.
    """
    rest = model.preview(model.mean_code()).astype(np.float64)
    marks = np.asarray(model.landmarks, np.int64)
    x, y, z = rest.T
    allowed = np.ones(len(rest), bool)
    for eye in model.eyes(model.mean_code()):
        allowed &= np.linalg.norm(rest - eye.centre, axis=1) > eye.radius + 1.5
    # What no light reaches is inside the mouth or the nostrils, or under the cut of the neck.
    faces = np.asarray(model.template.faces, np.int32)
    allowed &= ambient_occlusion(rest.astype(np.float32), faces) > OPEN_SKY
    allowed &= (y > -120) & (z > -40)
    face = allowed & (z > 30) & (y > -85) & (y < 98) & (np.abs(x) < 78)
    first = farthest(rest, np.flatnonzero(face), marks, ON_FACE)
    second = farthest(
        rest, np.flatnonzero(allowed & ~face), np.concatenate([marks, first]), ELSEWHERE
    )
    return np.concatenate([marks, first, second])


def farthest(
    points: NDArray, candidates: NDArray[np.int64], start: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """`count` of `candidates`, each as far as possible from `start` and from those before."""
    places = points[candidates]
    nearest = np.min([np.linalg.norm(places - points[row], axis=1) for row in start], axis=0)
    chosen = []
    for _ in range(count):
        pick = int(np.argmax(nearest))
        chosen.append(int(candidates[pick]))
        nearest = np.minimum(nearest, np.linalg.norm(places - places[pick], axis=1))
    return np.array(chosen)
