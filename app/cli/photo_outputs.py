"""What `lineament photo` writes: documents, meshes and the entries of its JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.cli.photo_documents import PhotoResult, document_of_faces, document_of_person
from engine.editing.export import export_face
from engine.errors import InputError
from engine.geometry.formats import TEXTURE_SUFFIXES, write_mesh, write_textured_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.subdivision import subdivide_faces
from engine.geometry.textured_mesh import FaceTexture, TexturedMesh
from engine.models.protocol import FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.texture import TexturePainter
from engine.photo.texture_layers import PhotoView
from engine.progress import Progress
from engine.project.archive import SUFFIX, save_document
from engine.project.document import Document
from engine.project.picture import Picture

WRITING = 0.9
"""Share of a photograph's progress when its result is written."""


def entry_json(one: PhotoResult, output: Path | None) -> dict[str, Any]:
    """In px of the upright picture; the pose in degrees and px per mm."""
    found, result = one.face.found, one.result
    entry: dict[str, Any] = {
        "box": _rounded(found.box),
        "landmarks_px": _rounded(result.landmarks),
        "confidence": round(found.confidence, 4),
        "pose": pose_json(result.camera),
        "method": result.method,
        "seconds": round(result.seconds, 4),
        "file": str(one.photo),
    }
    if output is not None:
        entry["output"] = str(output)
    return entry


def pose_json(camera: NearCamera) -> dict[str, Any]:
    """Where the head is in the picture, and how near the camera.

    Without perspective a point X in mm appears at translation + scale · diag(1, −1) · (R X)₁₂.
    Nearness, one over the camera's distance in mm, draws it away from where the pivot appears by
    1 / (1 − nearness · (R (X − pivot))₃).

    Returns:
        yaw, pitch and roll in degrees, scale in px per mm at the pivot's depth, rotation (3 × 3)
        from the model's frame, translation in px, nearness per mm and pivot (3) in mm.
    """
    pose = camera.weak()
    yaw, pitch, roll = pose.angles()
    return {
        "yaw": round(yaw, 3),
        "pitch": round(pitch, 3),
        "roll": round(roll, 3),
        "scale": round(pose.scale, 6),
        "rotation": [[round(float(value), 7) for value in row] for row in pose.rotation],
        "translation": _rounded(pose.translation),
        "nearness": round(camera.nearness, 9),
        "pivot": _rounded(camera.pivot),
    }


@dataclass(frozen=True, slots=True)
class FaceWriter:
    """Writes the faces of a group of photographs.

    Attributes:
        texture: colour faces with the photographs.
        same_person: the faces of a group are one person's.
    """

    model: FaceModel
    texture: bool = False
    same_person: bool = False

    def write(
        self, results: Sequence[PhotoResult], output: Path | None, progress: Progress
    ) -> list[Path | None]:
        """Write `results` to `output`, or to numbered meshes beside it, and say where each is.

        Raises:
            InputError, DocumentError: a file cannot be written, or a mesh cannot be fitted.
        """
        if output is None:
            return [None] * len(results)
        if output.suffix.lower() == SUFFIX:
            save_document(output, self._document(results, progress))
            return [output] * len(results)
        paths: list[Path | None] = []
        for number, one in enumerate(results, 1):
            path = output
            if len(results) > 1:
                path = output.with_name(f"{output.stem}-{number}{output.suffix}")
            progress(WRITING, f"Writing {path.name}")
            self._write_mesh(one, path)
            paths.append(path)
        return paths

    def _document(self, results: Sequence[PhotoResult], progress: Progress) -> Document:
        if self.same_person and len(results) > 1:
            document = document_of_person(self.model, results)
            groups = [list(results)]
        else:
            document = document_of_faces(self.model, results, progress)
            groups = [[one] for one in results]
        if not self.texture:
            return document
        faces = tuple(
            replace(face, texture=Picture.of(self._paint(group).image))
            for face, group in zip(document.faces, groups, strict=True)
        )
        return replace(document, faces=faces)

    def _write_mesh(self, one: PhotoResult, path: Path) -> None:
        texture = self._paint([one]) if self.texture else None
        if one.result.code is not None:
            export_face(self.model, one.result.code, path, "template", texture=texture)
            return
        mesh = one.result.mesh
        if texture is None:
            write_mesh(path, mesh)
        elif path.suffix.lower() in TEXTURE_SUFFIXES:
            write_textured_mesh(path, TexturedMesh(mesh, texture.image))
        else:
            write_mesh(path, replace(mesh, colors=self._colors_on(mesh, texture)))

    def _paint(self, results: Sequence[PhotoResult]) -> FaceTexture:
        """The photographs' colours on the template, the most frontal photograph's first.

        Raises:
            InputError: the mesh is not on the template, so nothing says what lies where.
        """
        count = len(self.model.template.vertices)
        given = []
        for one in sorted(results, key=lambda one: abs(one.result.pose.angles()[0])):
            code, mesh = one.result.code, one.result.mesh
            if code is None and not self._is_on_template(mesh):
                raise InputError(
                    f"A mesh of '{one.result.method}' has no texture coordinates. Leave out "
                    "--texture, or choose --method codes or coarse-to-fine."
                )
            vertices = mesh.vertices[:count] if code is None else self.model.preview(code)
            given.append((vertices, PhotoView(one.face.pixels, one.result.camera)))
        return TexturePainter(self.model.template).paint(given)

    def _is_on_template(self, mesh: Mesh) -> bool:
        """Whether `mesh` has the template's vertices first and a UV, subdivided or not."""
        template = self.model.template
        return (
            mesh.uv is not None
            and template.uv is not None
            and len(mesh.vertices) >= len(template.vertices)
            and np.array_equal(mesh.uv[: len(template.uv)], template.uv)
        )

    def _colors_on(self, mesh: Mesh, texture: FaceTexture) -> np.ndarray:
        """The texture's colours at the vertices of `mesh`, the template or its subdivision."""
        template = self.model.template
        if len(mesh.vertices) == len(texture.colors):
            return texture.colors
        return subdivide_faces(template.faces, len(template.vertices)).carry(texture.colors)


def _rounded(values: Any) -> Any:
    """Pixels to a thousandth, as lists."""
    return [
        _rounded(value) if getattr(value, "ndim", 0) else round(float(value), 3) for value in values
    ]
