"""Writing the face to a mesh file, as work for a job."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.shading.texture_colors import texture_colors
from engine.editing.topology_choice import Topology
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.editing.export_form import ExportForm
    from engine.editing.residual import ResidualLayer
    from engine.geometry.mesh import Mesh
    from engine.geometry.textured_mesh import FaceTexture


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A mesh format as the dialog offers it."""

    name: str
    suffix: str
    holds: str


FORMATS = (
    FileFormat(
        "GLB",
        ".glb",
        "One binary file with normals, UV, colours and expressions, for Blender, Unreal and the "
        "web. Always in metres with y up, which importers know.",
    ),
    FileFormat("OBJ", ".obj", "Text with normals, UV and colours; read by everything."),
    FileFormat("PLY", ".ply", "Binary with normals, UV and colours of vertices, for scan tools."),
    FileFormat(
        "STL",
        ".stl",
        "A closed solid of triangles only, for printing; upright on the printer's bed.",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A frozen request to write one face; called on a worker thread.

    Attributes:
        form: size, names and what else the file is to hold.
        residual: a scan's detail on top of the face.
        texture: a photo's colours; of the template in GLB and OBJ as a picture, elsewhere as
            colours of the vertices.
    """

    model: FaceModel
    code: FaceCode
    path: Path
    topology: Topology
    resolution: int
    form: "ExportForm"
    residual: "ResidualLayer | None" = None
    texture: Picture | None = None

    def __call__(self, cancel: CancelToken, progress: Progress) -> "Exported":
        # Not at the top: the window must open before the extraction's libraries are loaded.
        from engine.editing.export import export_face

        written = export_face(
            self.model,
            self.code,
            self.path,
            self.topology,
            self.resolution,
            cancel,
            progress,
            self.residual,
            texture_of(self.texture, self.model.template),
            self.form,
        )
        return Exported(written.files, len(written.mesh.vertices), written.morphs)


def texture_of(picture: Picture | None, template: "Mesh") -> "FaceTexture | None":
    """A document's texture as the engine exports it; None without one, or without UV for it."""
    from engine.geometry.textured_mesh import FaceTexture

    colors = None if picture is None else texture_colors(picture, template)
    if picture is None or colors is None:
        return None
    return FaceTexture(colors, picture.pixels, np.ones(len(colors), np.float32))


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the mesh's file first, then those beside it."""

    files: tuple[Path, ...]
    vertices: int
    morphs: int
