"""Writing the face to a mesh file, as work for a job."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.shading.texture_colors import texture_colors
from engine.editing.topology_choice import Topology
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer
    from engine.geometry.formats import MorphTarget
    from engine.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A mesh format as the dialog offers it."""

    name: str
    suffix: str
    holds: str


FORMATS = (
    FileFormat("GLB", ".glb", "one binary file with colours, UV and expressions; in metres"),
    FileFormat("OBJ", ".obj", "text with normals and UV; read by everything; in millimetres"),
    FileFormat("PLY", ".ply", "binary with normals and colours; in millimetres"),
    FileFormat("STL", ".stl", "triangles only, for printing; in millimetres"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A frozen request to write one face; called on a worker thread.

    Attributes:
        morphs: expressions as morph targets, on the template and in GLB only.
        residual: a scan's detail on top of the face.
        texture: a photo's colours, on the template only; in GLB and OBJ as a picture, in PLY as
            colours of the vertices.
    """

    model: FaceModel
    code: FaceCode
    path: Path
    topology: Topology
    resolution: int
    morphs: bool
    residual: "ResidualLayer | None" = None
    texture: Picture | None = None

    def __call__(self, cancel: CancelToken, progress: Progress) -> "Exported":
        # Not at the top: the window must open before the extraction's libraries are loaded.
        from engine.editing.export import at_rest, expression_morphs

        if not self.morphs:
            mesh = self._mesh(self.code, cancel, progress)
            progress(1.0, "Writing the file")
            cancel.check()
            self._write(mesh, ())
            return Exported(self.path, len(mesh.vertices), 0)
        # A rig's base is the person at rest; the targets bring the expression back.
        code = at_rest(self.code)
        mesh = self._mesh(code, cancel, ignore_progress)
        morphs = expression_morphs(self.model, self.code, cancel, progress)
        cancel.check()
        self._write(mesh, morphs)
        return Exported(self.path, len(mesh.vertices), len(morphs))

    def _write(self, mesh: "Mesh", morphs: Sequence["MorphTarget"]) -> None:
        from engine.geometry.formats import TEXTURE_SUFFIXES, write_mesh, write_textured_mesh
        from engine.geometry.textured_mesh import TexturedMesh

        if self.texture is None:
            write_mesh(self.path, mesh, morphs)
        elif self.path.suffix.lower() in TEXTURE_SUFFIXES:
            plain = replace(mesh, colors=None)  # they would tint the picture
            write_textured_mesh(self.path, TexturedMesh(plain, self.texture.pixels), morphs)
        else:
            colors = texture_colors(self.texture, self.model.template)
            write_mesh(self.path, replace(mesh, colors=colors), morphs)

    def _mesh(self, code: FaceCode, cancel: CancelToken, progress: Progress) -> "Mesh":
        from engine.editing.export import face_mesh

        return face_mesh(
            self.model, code, self.topology, self.resolution, cancel, progress, self.residual
        )


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    vertices: int
    morphs: int
