"""How what was made of a photo joins a document; no Qt here."""

from dataclasses import dataclass, replace

from app.photo.person_work import PersonMade, posed
from app.photo.photo_work import PhotoMade
from engine.geometry.similarity import Similarity
from engine.project import items
from engine.project.document import MAXIMUM_NAME_LENGTH, Document, NamedFace, NamedScan
from engine.project.named_photo import NamedPhoto


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """A document with a photo and what was made of it.

    Attributes:
        text: what the step of undo is called.
        scan: index of the mesh that was made; None if it was a face.
    """

    document: Document
    text: str
    scan: int | None = None


def with_photo(
    document: Document, done: PhotoMade | PersonMade, name: str, stem: str, title: str
) -> Added:
    """`document` with the photo, and a face or a scan that was made of it.

    Args:
        name: of the photo.
        stem: of the face, or of the scan with the method's `title`.

    Raises:
        DocumentError: the photos' face is gone, or the photos have too many pixels together.
    """
    if isinstance(done, PersonMade):
        return Added(done.apply(document, name), f"Join {name}")
    photo = posed(NamedPhoto(name, done.picture, done.found), done.made)
    scan = None
    if done.made.code is not None:
        face = NamedFace(items.free_name(document, stem), done.made.code)
        document = items.add_face(document, face)
        photo = replace(photo, face=document.active)
    else:
        wanted = items.free_name(document, f"{stem} by {title}"[:MAXIMUM_NAME_LENGTH])
        mesh = NamedScan(wanted, done.made.mesh, Similarity.identity(), accepted=True)
        document = items.add_scan(document, mesh)
        scan = len(document.scans) - 1
    photo = replace(photo, name=items.free_name(document, name))
    return Added(items.add_photo(document, photo), f"Import {photo.name}", scan)
