"""Which photographs of a set have codes of the face model: only they have a true surface."""

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import FaceModel
from training.photos.photo_set import PhotoSet


def coded_rows(model: FaceModel, photos: PhotoSet) -> NDArray[np.int64]:
    """Their numbers `(M,)`.

    Raises:
        InputError: there is none, or the codes are of another model.
    """
    width = sum(part.size for part in model.parts)
    if photos.codes.shape[1] != width:
        raise InputError(
            f"The photographs have codes of length {photos.codes.shape[1]}, the face model has "
            f"{width}. Make the set again with `lineament-train photos prepare`."
        )
    rows = np.flatnonzero(np.isfinite(photos.codes).all(1))
    if not len(rows):
        raise InputError(
            "None of the photographs has codes of the face model, so there are no true vertices. "
            "Make a set with `lineament-train photos prepare`."
        )
    return rows
