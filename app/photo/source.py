"""Everything that turns a photograph into faces, loaded where it is first needed; no Qt here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.progress import CancelToken

if TYPE_CHECKING:
    from engine.photo.reconstruction import FoundFace, PhotoMethod

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".tif", ".tiff")
"""Those of `engine.photo.reading`, which loads much that the window does not need to open."""

MESH_METHODS = (
    ("pixel2mesh", "Pixel2Mesh"),
    ("pixel2mesh-face", "Pixel2Mesh for faces"),
    ("coarse-to-fine", "Coarse-to-fine"),
)
"""The published networks, by name and title; what is installed is asked later."""

EDITABLE = ("codes", "mean")
"""Methods that find the codes of a face; the others make a mesh."""


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A way from a photo to a face, by its name for the code and its title for people."""

    name: str
    title: str

    @property
    def editable(self) -> bool:
        """Whether it gives a face with sliders rather than a mesh."""
        return self.name in EDITABLE


def read_file(path: Path) -> NDArray[np.uint8]:
    """The upright pixels `(H, W, 3)` of a file; raises `InputError`."""
    from engine.photo.reading import read_photo

    return read_photo(path)


def make_find(device: str) -> "Find":
    """The detector."""
    from engine.photo.detection import FaceDetector

    return FaceDetector(device).find


def make_method(name: str, model: FaceModel, device: str) -> "PhotoMethod":
    """The method `name`; raises `WeightsError` where its weights are missing."""
    from engine.photo.methods import load_method

    return load_method(name, model, device)


def list_methods() -> tuple[MethodChoice, ...]:
    """What can be chosen, the default first; there is always one that gives an editable face."""
    from engine.photo.methods import MEAN, TITLES, available_methods

    names = available_methods()
    if not any(name in EDITABLE for name in names):
        names = (MEAN, *names)
    return tuple(MethodChoice(name, TITLES[name]) for name in names)


Find = Callable[[NDArray[np.uint8], CancelToken | None], tuple["FoundFace", ...]]


@dataclass(slots=True, eq=False)
class PhotoSource:
    """Reads files, finds faces and makes methods; asked on worker threads only.

    Networks are loaded once and kept. Tests give other functions.

    Attributes:
        device: that the networks run on.
        read, make_find, make_method, list_methods: what does it.
    """

    device: str = "auto"
    read: Callable[[Path], NDArray[np.uint8]] = read_file
    make_find: Callable[[str], Find] = make_find
    make_method: Callable[[str, FaceModel, str], "PhotoMethod"] = make_method
    list_methods: Callable[[], tuple[MethodChoice, ...]] = list_methods
    _find: Find | None = None
    _methods: dict[tuple[str, int], "PhotoMethod"] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, pixels: NDArray[np.uint8], cancel: CancelToken) -> tuple["FoundFace", ...]:
        """The faces in `pixels` `(H, W, 3)`, the best first; raises `Cancelled`."""
        with self._lock:
            if self._find is None:
                self._find = self.make_find(self.device)
        return self._find(pixels, cancel)

    def method(self, name: str, model: FaceModel) -> "PhotoMethod":
        """The method `name` for `model`."""
        key = (name, id(model))
        with self._lock:
            if key not in self._methods:
                self._methods[key] = self.make_method(name, model, self.device)
            return self._methods[key]
