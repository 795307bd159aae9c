"""Requests about photos as frozen values, called on a worker thread; no Qt here."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.photo.source import MethodChoice, PhotoSource
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.photo.reconstruction import FoundFace, Reconstruction


@dataclass(frozen=True, slots=True, eq=False)
class ReadPhoto:
    """Read a file, look for faces in it, and see which methods there are."""

    source: PhotoSource
    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> "PhotoRead":
        progress(0.0, "Reading the file")
        picture = Picture.of(self.source.read(self.path))
        cancel.check()
        progress(0.5, "Looking for faces")
        # What is seen is what is kept: the same pixels again when the document is opened.
        faces = self.source.find(picture.pixels, cancel)
        return PhotoRead(self.path, picture, tuple(faces), self.source.list_methods())


@dataclass(frozen=True, slots=True, eq=False)
class PhotoRead:
    """A photo with the faces in it, the best first, and what can be done with them."""

    path: Path
    picture: Picture
    faces: tuple["FoundFace", ...]
    methods: tuple[MethodChoice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ReconstructPhoto:
    """Reconstruct one face of a photo with one method."""

    source: PhotoSource
    model: FaceModel
    method: str
    picture: Picture
    found: "FoundFace"

    def __call__(self, cancel: CancelToken, progress: Progress) -> "PhotoMade":
        from engine.photo.reconstruction import PhotoFace

        progress(0.0, "Loading the method")
        method = self.source.method(self.method, self.model)
        cancel.check()
        face = PhotoFace(self.picture.pixels, self.found)
        made = method.reconstruct(face, cancel, progress)
        return PhotoMade(self.picture, self.found, made)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoMade:
    """A face of a photo, and what a method made of it."""

    picture: Picture
    found: "FoundFace"
    made: "Reconstruction"
