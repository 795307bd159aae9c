"""What a user works on: faces, scans and photos, which face is edited, and how it is shown."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.editing.topology_choice import Topology as Topology
from engine.errors import DocumentError
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

MAXIMUM_FACES = 10_000
MAXIMUM_SCANS = 100
MAXIMUM_PHOTOS = 100
MAXIMUM_PHOTO_PIXELS = 300_000_000
"""Of all photos and textures together; they are kept unpacked."""
MAXIMUM_NAME_LENGTH = 200

Vector3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the viewer stands, looks to, and which way is up; mm."""

    position: Vector3
    target: Vector3
    up: Vector3

    def __post_init__(self) -> None:
        for name in ("position", "target", "up"):
            vector = getattr(self, name)
            if len(vector) != 3 or not all(math.isfinite(value) for value in vector):
                raise DocumentError(f"The camera's {name} must be 3 finite numbers, got {vector}.")


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How the active face is shown.

    Attributes:
        camera: None for the default view.
        wireframe: edges are drawn.
        regions: the face is coloured by region.
        topology: the free surface, or the template carried onto the face.
        resolution: cells per side of the free surface.
        locked: parts that random and reset leave alone, a subset of `PARTS`.
    """

    camera: Camera | None = None
    wireframe: bool = False
    regions: bool = False
    topology: Topology = "free"
    resolution: int = 128
    locked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.topology not in ("free", "template"):
            raise DocumentError(
                f"The topology must be 'free' or 'template', got '{self.topology}'."
            )
        if not 16 <= self.resolution <= 1024:
            raise DocumentError(f"The resolution must be 16 to 1024, got {self.resolution}.")
        for part in self.locked:
            if part not in PARTS:
                raise DocumentError(
                    f"There is no part '{part}' to lock. The parts are {', '.join(PARTS)}."
                )


@dataclass(frozen=True, slots=True)
class NamedFace:
    """One face of a document.

    Attributes:
        name: what the user calls it.
        code: its latent codes.
        visible: it is drawn.
        residual: what a fit found beyond the model, as a layer on top of the code's surface.
        texture: colours of a photograph, in the template's UV; None for the usual skin.
    """

    name: str
    code: FaceCode
    visible: bool = True
    residual: "ResidualLayer | None" = None
    texture: Picture | None = None

    def __post_init__(self) -> None:
        _check_name(self.name, "face")


@dataclass(frozen=True, slots=True)
class NamedScan:
    """A surface from outside, with the place it has in the model's frame.

    Attributes:
        name: what the user calls it.
        mesh: in the file's unit and axes, with its own colours if it has any.
        alignment: from the file's frame to the model's, mm.
        accepted: the user agreed to the alignment; until then no millimetres are shown.
        visible: it is drawn.
    """

    name: str
    mesh: Mesh
    alignment: Similarity
    accepted: bool = False
    visible: bool = True

    def __post_init__(self) -> None:
        _check_name(self.name, "scan")


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a `.lineament` file holds.

    Attributes:
        faces: at least one; all made for the same model.
        active: index of the face that is edited.
        model: `ModelInfo.identifier` of the model the codes belong to.
        view: how it is shown.
        scans: surfaces from outside, in the order of the outliner, like the faces.
        photos: photographs, in the order of the outliner.

    Raises:
        DocumentError: no face or too many, an index outside them, codes whose lengths
            differ, or more pixels than can be kept.
    """

    faces: tuple[NamedFace, ...]
    model: str
    active: int = 0
    view: ViewSettings = ViewSettings()
    scans: tuple[NamedScan, ...] = ()
    photos: tuple[NamedPhoto, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.faces) <= MAXIMUM_FACES:
            raise DocumentError(
                f"A document holds 1 to {MAXIMUM_FACES} faces, got {len(self.faces)}."
            )
        if len(self.scans) > MAXIMUM_SCANS:
            raise DocumentError(
                f"A document holds at most {MAXIMUM_SCANS} scans, got {len(self.scans)}."
            )
        _check_photos(self.photos, self.faces)
        if not 0 <= self.active < len(self.faces):
            raise DocumentError(
                f"The active face must be 0 to {len(self.faces) - 1}, got {self.active}."
            )
        sizes = code_sizes(self.faces[0].code)
        for face in self.faces[1:]:
            if code_sizes(face.code) != sizes:
                raise DocumentError(
                    f"The face '{face.name}' has codes of lengths {code_sizes(face.code)}, "
                    f"the first face {sizes}. All faces must be made with one model."
                )

    @property
    def face(self) -> NamedFace:
        """The active face."""
        return self.faces[self.active]

    def with_code(self, code: FaceCode) -> "Document":
        """This document with another code for the active face."""
        face = replace(self.face, code=code)
        faces = (*self.faces[: self.active], face, *self.faces[self.active + 1 :])
        return replace(self, faces=faces)


def _check_name(name: str, kind: str) -> None:
    if not name.strip() or len(name) > MAXIMUM_NAME_LENGTH:
        raise DocumentError(
            f"A {kind}'s name must have 1 to {MAXIMUM_NAME_LENGTH} characters, got {len(name)}."
        )


def _check_photos(photos: tuple[NamedPhoto, ...], faces: tuple[NamedFace, ...]) -> None:
    if len(photos) > MAXIMUM_PHOTOS:
        raise DocumentError(f"A document holds at most {MAXIMUM_PHOTOS} photos, got {len(photos)}.")
    pictures = [photo.picture for photo in photos]
    pictures += [face.texture for face in faces if face.texture is not None]
    if sum(picture.width * picture.height for picture in pictures) > MAXIMUM_PHOTO_PIXELS:
        raise DocumentError(
            f"The photos of a document have at most {MAXIMUM_PHOTO_PIXELS // 1_000_000} million "
            "pixels together. Delete some of them."
        )
    for photo in photos:
        _check_name(photo.name, "photo")
        if photo.face is not None and not 0 <= photo.face < len(faces):
            raise DocumentError(
                f"The photo '{photo.name}' belongs to face {photo.face + 1}, and the document "
                f"holds {len(faces)}."
            )


def new_document(model: FaceModel, name: str = "Face 1") -> Document:
    """A document with the mean face of `model`."""
    return Document((NamedFace(name, model.mean_code()),), model.info.identifier)


def code_sizes(code: FaceCode) -> tuple[int, ...]:
    """Lengths of the code's vectors, in the order of `PARTS`."""
    return tuple(len(code.part(name)) for name in PARTS)


def check_model(document: Document, model: FaceModel) -> str | None:
    """Whether `document` can be shown with `model`.

    Returns:
        None if it was made with this very model; otherwise a sentence for the user,
        since other weights of the same layout show other faces.

    Raises:
        DocumentError: the codes have other lengths than the model's.
    """
    wanted = code_sizes(model.mean_code())
    given = code_sizes(document.face.code)
    if given != wanted:
        raise DocumentError(
            f"This document was made with another model: its codes have lengths {given}, and "
            f"'{model.info.name}' takes {wanted}. Open it with the version that made it."
        )
    vertices = len(model.template.vertices)
    for face in document.faces:
        if face.residual is not None and len(face.residual.displacement) != vertices:
            raise DocumentError(
                f"The residual layer of '{face.name}' has {len(face.residual.displacement)} "
                f"vertices, and the template of '{model.info.name}' has {vertices}. Open it with "
                "the version that made it."
            )
    if document.model != model.info.identifier:
        return (
            f"This document was made with other weights ({document.model[:12]}) than those of "
            f"'{model.info.name}' ({model.info.identifier[:12]}): its faces may look different."
        )
    return None
