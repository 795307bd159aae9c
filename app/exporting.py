"""Writing the face to a mesh file, as work for a job."""

from dataclasses import dataclass
from pathlib import Path

from engine.editing.topology_choice import Topology
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress


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
    """

    model: FaceModel
    code: FaceCode
    path: Path
    topology: Topology
    resolution: int
    morphs: bool

    def __call__(self, cancel: CancelToken, progress: Progress) -> "Exported":
        # Not at the top: the window must open before the extraction's libraries are loaded.
        from engine.editing.export import at_rest, expression_morphs, face_mesh
        from engine.geometry.formats import write_mesh

        if not self.morphs:
            mesh = face_mesh(
                self.model, self.code, self.topology, self.resolution, cancel, progress
            )
            progress(1.0, "Writing the file")
            cancel.check()
            write_mesh(self.path, mesh)
            return Exported(self.path, len(mesh.vertices), 0)
        # A rig's base is the person at rest; the targets bring the expression back.
        code = at_rest(self.code)
        mesh = face_mesh(self.model, code, self.topology, self.resolution, cancel)
        morphs = expression_morphs(self.model, self.code, cancel, progress)
        cancel.check()
        write_mesh(self.path, mesh, morphs)
        return Exported(self.path, len(mesh.vertices), len(morphs))


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    vertices: int
    morphs: int
