"""What `lineament photo` works with; tests put others in their place."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.photo.reconstruction import FoundFace, PhotoMethod
from engine.progress import CancelToken


class Detector(Protocol):
    """Finds faces in upright pixels `(H, W, 3)`, the surest first."""

    def find(
        self, pixels: NDArray[np.uint8], cancel: CancelToken | None = None
    ) -> tuple[FoundFace, ...]: ...


def load_method(name: str, model: FaceModel, device: str) -> PhotoMethod:
    """The shipped method `name`.

    Raises:
        WeightsError: its weights are missing or damaged.
    """
    # Imported here because it brings torch, which takes seconds.
    from engine.photo.methods import load_method as load

    return load(name, model, device)


def load_detector(device: str) -> Detector:
    """The face detector.

    Raises:
        WeightsError: its weights are missing or damaged.
    """
    from engine.photo.detection import FaceDetector

    return FaceDetector(device)
