"""Several photos of one person make one face, as frozen values; no Qt here."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.photo.landmark_work import PINNED, SURE, pinned_of
from app.photo.source import PhotoSource
from engine.errors import DocumentError, InputError
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project import items
from engine.project.document import Document
from engine.project.items import ItemRef
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.photo.reconstruction import FoundFace, Reconstruction


@dataclass(frozen=True, slots=True, eq=False)
class ReconstructPerson:
    """Find one shape for a person in several photos, and pose and expression in each.

    Attributes:
        method: one that takes several photos.
        known: the photos that the face was made from so far.
        picture, found: the photo that joins them.
    """

    source: PhotoSource
    model: FaceModel
    method: str
    known: tuple[NamedPhoto, ...]
    picture: Picture
    found: "FoundFace"

    def __call__(self, cancel: CancelToken, progress: Progress) -> "PersonMade":
        from engine.photo.reconstruction import PhotoFace

        progress(0.0, "Loading the method")
        method = self.source.method(self.method, self.model)
        together = getattr(method, "reconstruct_person", None)
        if together is None:
            raise InputError(
                f"{method.title} takes one photo at a time. Choose Face codes for several photos "
                "of one person."
            )
        cancel.check()
        faces = [PhotoFace(photo.pixels, photo.found) for photo in self.known]
        faces.append(PhotoFace(self.picture.pixels, self.found))
        made = tuple(together(faces, cancel, progress))
        return PersonMade(self.known, self.picture, self.found, made)


@dataclass(frozen=True, slots=True, eq=False)
class PersonMade:
    """The outcome of `ReconstructPerson`: `made` is of `known` and, last, of the new photo."""

    known: tuple[NamedPhoto, ...]
    picture: Picture
    found: "FoundFace"
    made: tuple["Reconstruction", ...]

    def apply(self, document: Document, name: str) -> Document:
        """`document` with the face anew, its photos' cameras, and the photo that joined them.

        Args:
            name: of the photo, where it is new.

        Raises:
            DocumentError: the face or one of its photos is gone meanwhile.
        """
        places = [
            k
            for k, photo in enumerate(document.photos)
            if any(photo.picture is known.picture for known in self.known)
        ]
        faces = {document.photos[k].face for k in places}
        if len(places) != len(self.known) or len(faces) != 1 or None in faces:
            raise DocumentError("The face of these photos is gone. Import the photo by itself.")
        (face,) = faces
        code = self.made[0].code
        assert face is not None
        assert code is not None
        document = items.set_code(document, face, code)
        for made, known in zip(self.made, self.known, strict=False):
            place = next(k for k in places if document.photos[k].picture is known.picture)
            photo = posed(document.photos[place], made)
            document = items.replace_item(document, ItemRef("photo", place), photo)
        for place, photo in enumerate(document.photos):
            if photo.picture is self.picture:  # it was in the document by itself
                joined = posed(replace(photo, face=face), self.made[-1])
                return items.replace_item(document, ItemRef("photo", place), joined)
        fresh = NamedPhoto(items.free_name(document, name), self.picture, self.found, face=face)
        return items.add_photo(document, posed(fresh, self.made[-1]))


def posed(photo: NamedPhoto, made: "Reconstruction") -> NamedPhoto:
    """`photo` with the camera, landmarks and expression of a reconstruction.

    Landmarks that a hand put stay where they are.
    """
    landmarks, confidences = made.landmarks, np.minimum(made.confidences, SURE)
    if photo.landmarks is not None and photo.confidences is not None:
        pinned = pinned_of(photo)
        landmarks = np.where(pinned[:, None], photo.landmarks, landmarks)
        confidences = np.where(pinned, PINNED, confidences)
    return replace(
        photo,
        camera=made.camera,
        landmarks=landmarks,
        confidences=confidences,
        expression=None if made.code is None else made.code.expression,
    )
