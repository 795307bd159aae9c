"""Photos of a document as JSON and pictures, with every value checked.

A photo's picture is one JPEG, `photos/K.jpg`; what is known of the face in it is in the manifest:
pixels of the upright image, and its camera as a weak perspective with `nearness` and `pivot`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DocumentError, InputError
from engine.project.item_entries import (
    RESTORE,
    Json,
    described_of,
    entry_of,
    flag_of,
    name_of,
    read_picture,
)
from engine.project.named_photo import LANDMARKS, NamedPhoto

if TYPE_CHECKING:
    from engine.photo.near_camera import NearCamera
    from engine.photo.reconstruction import FoundFace

MAXIMUM_EXPRESSION = 4096


def photo_entry(index: int) -> str:
    """Name of the entry with the picture of photo `index`."""
    return f"photos/{index}.jpg"


def photo_to_json(photo: NamedPhoto) -> Json:
    """What the manifest says of `photo`; its picture is elsewhere."""
    found = photo.found
    return {
        "name": photo.name,
        "visible": photo.visible,
        "face": photo.face,
        "found": {
            "box": found.box.tolist(),
            "points": found.points.tolist(),
            "confidence": float(found.confidence),
        },
        "pose": photo.camera and _camera_json(photo.camera),
        "landmarks": _listed(photo.landmarks),
        "confidences": _listed(photo.confidences),
        "expression": _listed(photo.expression),
    }


def photo_from_json(value: object, index: int, entries: Mapping[str, bytes]) -> NamedPhoto:
    """Photo `index`.

    Raises:
        DocumentError: something is missing or damaged.
    """
    described = described_of(value, "photo")
    what = f"photo {index + 1}"
    face = described.get("face")
    if face is not None and type(face) is not int:
        raise DocumentError(f"{what} belongs to face {face!r}, expected a number. {RESTORE}")
    landmarks, confidences = described.get("landmarks"), described.get("confidences")
    return NamedPhoto(
        name_of(described, "photo"),
        read_picture(entry_of(entries, photo_entry(index)), photo_entry(index)),
        _found(described.get("found"), what),
        _camera(described.get("pose"), what),
        None if landmarks is None else _array(landmarks, (LANDMARKS, 2), what),
        None if confidences is None else _array(confidences, (LANDMARKS,), what),
        face,
        _expression(described.get("expression"), what),
        flag_of(described, "visible", True),
    )


def _found(value: object, what: str) -> "FoundFace":
    from engine.photo.reconstruction import FoundFace

    if not isinstance(value, dict):
        raise DocumentError(f"{what} does not say where its face is. {RESTORE}")
    confidence = _array(value.get("confidence"), (), what)
    box, points = _array(value.get("box"), (4,), what), _array(value.get("points"), (5, 2), what)
    return FoundFace(box, points, float(confidence))


def _camera_json(camera: "NearCamera") -> Json:
    return {
        "rotation": camera.rotation.tolist(),
        "scale": camera.scale,
        "translation": camera.weak().translation.tolist(),
        "nearness": camera.nearness,
        "pivot": camera.pivot.tolist(),
    }


def _camera(value: object, what: str) -> "NearCamera | None":
    from engine.photo.near_camera import NearCamera
    from engine.photo.weak_perspective import WeakPerspective

    if value is None:
        return None
    if not isinstance(value, dict):
        raise DocumentError(f"the camera of {what} is {value!r}. {RESTORE}")
    rotation = _array(value.get("rotation"), (3, 3), what)
    scale = _array(value.get("scale"), (), what)
    translation = _array(value.get("translation"), (2,), what)
    # Files of version 3 know no perspective.
    nearness = _array(value.get("nearness", 0.0), (), what)
    pivot = _array(value.get("pivot", [0.0, 0.0, 0.0]), (3,), what)
    try:
        pose = WeakPerspective(rotation, float(scale), translation)
        return NearCamera.of(pose, float(nearness), pivot)
    except InputError as error:
        raise DocumentError(f"the camera of {what} is damaged: {error}") from error


def _expression(value: object, what: str) -> NDArray[np.float32] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAXIMUM_EXPRESSION:
        raise DocumentError(f"the expression of {what} is damaged. {RESTORE}")
    return _array(value, (len(value),), what).astype(np.float32)


def _array(value: object, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    """Finite numbers of `shape` from nested lists; nothing is turned into a number."""
    flat: list[Any] = []
    if not _collect(value, shape, flat):
        raise DocumentError(f"{what} has values that are not {shape} finite numbers. {RESTORE}")
    try:
        array = np.array(flat, np.float64).reshape(shape)
    except OverflowError as error:
        raise DocumentError(f"{what} has a number that is too large. {RESTORE}") from error
    if not np.isfinite(array).all():
        raise DocumentError(f"{what} has values that are not finite. {RESTORE}")
    return array


def _collect(value: object, shape: tuple[int, ...], flat: list[Any]) -> bool:
    """Add the numbers in `value` to `flat`; False if they have another shape."""
    if not shape:
        flat.append(value)
        return type(value) in (int, float)
    if not isinstance(value, list) or len(value) != shape[0]:
        return False
    return all(_collect(element, shape[1:], flat) for element in value)


def _listed(array: NDArray | None) -> list[Any] | None:
    return None if array is None else array.astype(np.float64).tolist()
