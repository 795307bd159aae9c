"""The document that `lineament photo` writes: editable faces with their photographs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.editing.residual import fit_residual
from engine.errors import InputError
from engine.fitting import FitStep, fit_scan
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import PhotoFace, Reconstruction
from engine.progress import Progress
from engine.project.document import MAXIMUM_NAME_LENGTH, Document, NamedFace, NamedScan
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

FITTING = 0.9
"""Share of a photograph's progress when the model is fitted to its mesh."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoResult:
    """A face of a photograph, reconstructed.

    Attributes:
        photo: the file; name: what the face is called.
    """

    photo: Path
    name: str
    face: PhotoFace
    result: Reconstruction


@dataclass(frozen=True, slots=True, eq=False)
class FittedMesh:
    """The face whose surface lies on a mesh, and the mesh as a scan laid on it."""

    face: NamedFace
    scan: NamedScan


def document_of_faces(
    model: FaceModel, results: Sequence[PhotoResult], progress: Progress
) -> Document:
    """A face for each of `results`; meshes are fitted by the model and kept as scans.

    Raises:
        InputError: a mesh cannot be fitted.
        DocumentError: there are too many or too large photographs.
    """
    faces, scans, photos = [], [], []
    for number, one in enumerate(results):
        camera = one.result.camera
        if one.result.code is not None:
            faces.append(NamedFace(one.name, one.result.code))
        else:
            fitted = fit_mesh(model, one.result.mesh, one.name, progress)
            faces.append(fitted.face)
            scans.append(fitted.scan)
            camera = camera.placed(fitted.scan.alignment)
        photos.append(_named_photo(one, number, camera))
    return Document(tuple(faces), model.info.identifier, scans=tuple(scans), photos=tuple(photos))


def document_of_person(model: FaceModel, results: Sequence[PhotoResult]) -> Document:
    """One face, as in the first of `results`, and every photograph with the expression in it.

    Raises:
        InputError: a result has no codes.
        DocumentError: there are too many or too large photographs.
    """
    photos = []
    for one in results:
        if one.result.code is None:
            raise InputError(f"'{one.result.method}' finds no codes that photographs could share.")
        expression = one.result.code.expression
        photos.append(_named_photo(one, 0, one.result.camera, expression))
    first = results[0]
    assert first.result.code is not None
    face = NamedFace(first.name, first.result.code)
    return Document((face,), model.info.identifier, photos=tuple(photos))


def fit_mesh(model: FaceModel, mesh: Mesh, name: str, progress: Progress) -> FittedMesh:
    """Fit the model to `mesh`, which lies in its frame, in mm, as `lineament fit` does a scan.

    Raises:
        InputError: too little of the mesh lies about the face.
    """
    step: FitStep | None = None
    for step in fit_scan(model, mesh, Similarity.identity()):
        progress(FITTING, f"Fitting the model to the mesh of {name}: {step.rms_mm:.2f} mm")
    if step is None:
        raise InputError(f"The model could not be fitted to the mesh of '{name}'.")
    placed = mesh.with_vertices(step.similarity.apply(mesh.vertices))
    residual = fit_residual(model, step.code, placed)
    scan = NamedScan(f"{name} mesh", mesh, step.similarity, accepted=True)
    return FittedMesh(NamedFace(name, step.code, residual=residual), scan)


def short_name(photo: Path) -> str:
    """What a face of `photo` is called, with room for a number."""
    return photo.stem.strip()[: MAXIMUM_NAME_LENGTH - 20] or "Photo"


def _named_photo(
    one: PhotoResult,
    face: int,
    camera: NearCamera,
    expression: np.ndarray | None = None,
) -> NamedPhoto:
    return NamedPhoto(
        one.name,
        Picture.of(one.face.pixels),
        one.face.found,
        camera,
        one.result.landmarks,
        np.clip(one.result.confidences, 0.0, 1.0),
        face,
        expression,
    )
