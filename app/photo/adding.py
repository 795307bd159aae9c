"""How what was made of a photo joins a document; no Qt here."""

from dataclasses import dataclass, replace

from app.photo.person_work import PersonMade, posed
from app.photo.photo_work import PhotoMade
from engine.geometry.similarity import Similarity
from engine.project import items
from engine.project.document import MAXIMUM_NAME_LENGTH, Document, NamedFace, NamedScan
from engine.project.items import ItemRef
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


def mesh_name(title: str, photo: str) -> str:
    """What the mesh of a method with `title` is called; the method first, as lists cut names."""
    return f"{title} of {photo}"[:MAXIMUM_NAME_LENGTH]


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
        wanted = items.free_name(document, mesh_name(title, stem))
        mesh = NamedScan(wanted, done.made.mesh, Similarity.identity(), accepted=True)
        # The mesh is to be seen, and the face that is edited has nothing to do with the photo.
        document = items.set_visible(document, ItemRef("face", document.active), False)
        document = items.add_scan(document, mesh)
        scan = len(document.scans) - 1
    photo = replace(photo, name=items.free_name(document, name))
    return Added(items.add_photo(document, photo), f"Import {photo.name}", scan)


def told_of(done: PhotoMade | PersonMade, name: str) -> str:
    """What the message bar says of what was made of the photo `name`."""
    if isinstance(done, PersonMade):
        return f"Made the face anew from {len(done.made)} photos of one person."
    seconds = done.made.seconds
    took = f"{seconds:.1f} s" if seconds >= 1.0 else f"{1000.0 * seconds:.0f} ms"
    what = "a face to edit" if done.made.code is not None else "a mesh"
    return f"Made {what} from {name}, in {took}."
