"""A face that follows landmarks moved over its photo, as frozen values; no Qt here."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import PARTS, REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress
from engine.project import items
from engine.project.document import Document
from engine.project.items import ItemRef
from engine.project.named_photo import NamedPhoto

Scope = Literal["part", "part_expression", "all"]
"""What follows a landmark: its part, that and the expression, or all that is not locked."""

PINNED = 1.0
"""Confidence of a landmark that a hand put; those of networks stay below."""
SURE = 0.99


def pinned_of(photo: NamedPhoto) -> NDArray[np.bool_]:
    """Which landmarks `(68,)` of a photo a hand put where they are."""
    if photo.confidences is None:
        return np.zeros(0, bool)
    pinned: NDArray[np.bool_] = photo.confidences >= PINNED
    return pinned


def part_of(model: FaceModel, landmark: int) -> str:
    """The part of the face that a landmark belongs to."""
    weights = model.template.region_weights
    if weights is None:
        return "head"
    return REGIONS[int(weights[model.landmarks[landmark]].argmax())]


def parts_that_follow(part: str, scope: Scope, locked: frozenset[str]) -> tuple[str, ...]:
    """The parts, not locked, that a landmark of `part` moves."""
    wanted = {"part": (part,), "part_expression": (part, "expression"), "all": PARTS}[scope]
    return tuple(name for name in PARTS if name in wanted and name not in locked)


class Basis:
    """Where the landmarks are for a code: computed once for a model, on a worker thread."""

    def __init__(self) -> None:
        self._model: FaceModel | None = None
        self._basis: Any = None

    def of(self, model: FaceModel) -> Any:
        """The `PointBasis` of the model's landmarks."""
        from engine.photo.point_basis import PointBasis

        if self._model is not model:
            self._basis, self._model = PointBasis.of(model, model.landmarks), model
        return self._basis


@dataclass(frozen=True, slots=True, eq=False)
class RefitLandmarks:
    """Fit the parts that may follow to landmarks that a hand moved.

    Attributes:
        gesture: the drag it belongs to.
        photo: as it was when the drag began; its landmarks are `(68, 2)`.
        code: of its face then.
        landmarks: `(68, 2)` px, with those moved in their new places.
        pinned: `(68,)` which of them are meant.
        parts: what may change.
    """

    gesture: int
    model: FaceModel
    basis: Basis
    photo: NamedPhoto
    code: FaceCode
    landmarks: NDArray[np.float64]
    pinned: NDArray[np.bool_]
    parts: tuple[str, ...]

    def __call__(self, cancel: CancelToken, progress: Progress) -> "LandmarksRefitted":
        del progress
        from engine.photo.reconstruction import Reconstruction
        from engine.photo.refitting import refit

        photo = self.photo
        if photo.camera is None or photo.landmarks is None or photo.confidences is None:
            raise InputError(f"The landmarks of {photo.name} are not known. Reconstruct it first.")
        before = Reconstruction(
            "codes",
            photo.camera,
            (self.model.template,),
            self.code,
            photo.landmarks,
            photo.confidences,
            0.0,
        )
        basis = self.basis.of(self.model)
        cancel.check()
        after = refit(self.model, before, self.landmarks, self.pinned, self.parts, basis)
        assert after.code is not None
        code = self.code
        for part in self.parts:  # what may not change stays to the last bit
            code = code.with_part(part, after.code.part(part))
        confidences = np.where(self.pinned, PINNED, np.minimum(photo.confidences, SURE))
        moved = replace(
            photo,
            camera=after.camera,
            landmarks=after.landmarks,
            confidences=confidences,
            expression=code.expression,
        )
        return LandmarksRefitted(self.gesture, moved, code)


@dataclass(frozen=True, slots=True, eq=False)
class LandmarksRefitted:
    """The outcome of `RefitLandmarks`."""

    gesture: int
    photo: NamedPhoto
    code: FaceCode

    def apply(self, document: Document) -> Document | None:
        """`document` with it; None if the photo or its face is gone."""
        places = [
            k for k, other in enumerate(document.photos) if other.picture is self.photo.picture
        ]
        if not places or document.photos[places[0]].face is None:
            return None
        now = document.photos[places[0]]
        assert now.face is not None
        photo = replace(self.photo, name=now.name, face=now.face, visible=now.visible)
        after = items.replace_item(document, ItemRef("photo", places[0]), photo)
        return items.set_code(after, now.face, self.code)
