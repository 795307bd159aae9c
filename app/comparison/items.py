"""What can be compared: the document's faces and scans, and files; how each becomes a mesh."""

from dataclasses import dataclass, field
from pathlib import Path

from app.comparison.regions import with_regions
from app.comparison.surface_files import NamedSurface, SurfaceReader
from engine.editing.residual import ResidualLayer
from engine.errors import LineamentError
from engine.evaluation.template_regions import with_template_regions
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken
from engine.project.document import Document


@dataclass(frozen=True, slots=True)
class FaceSource:
    """A face by its code and what a fit found beyond it."""

    code: FaceCode
    residual: ResidualLayer | None = field(default=None, compare=False)
    residual_id: int = 0


@dataclass(frozen=True, slots=True)
class ScanSource:
    """A scan in its file's frame and its place in the model's; the same arrays, the same scan."""

    mesh: Mesh
    alignment: Similarity


@dataclass(frozen=True, slots=True)
class FileSource:
    """A surface in a file, as it lies there."""

    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class MeshSource:
    """A mesh that a tool made, in millimetres; the same object, the same mesh."""

    mesh: Mesh


Source = FaceSource | ScanSource | FileSource | MeshSource


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """One entry of the list.

    Attributes:
        key: stays the same while the item changes: `face 0`, `scan 2`, a file's path.
        name: for people.
        source: what its mesh is made from.
    """

    key: str
    name: str
    source: Source

    @property
    def face(self) -> int | None:
        """The index of the document's face, if it is one."""
        return int(self.key[5:]) if isinstance(self.source, FaceSource) else None


def document_items(document: Document) -> tuple[ComparedItem, ...]:
    """Every face and every accepted scan: of others the size is not known yet."""
    faces = [
        ComparedItem(
            f"face {k}", face.name, FaceSource(face.code, face.residual, id(face.residual))
        )
        for k, face in enumerate(document.faces)
    ]
    scans = [
        ComparedItem(f"scan {k}", scan.name, ScanSource(scan.mesh, scan.alignment))
        for k, scan in enumerate(document.scans)
        if scan.accepted
    ]
    return (*faces, *scans)


def file_item(path: Path) -> ComparedItem:
    """A file as an item."""
    return ComparedItem(str(path), path.stem, FileSource(path))


def mesh_item(name: str, mesh: Mesh) -> ComparedItem:
    """A mesh that a tool made; another one of the same name takes its place."""
    return ComparedItem(f"mesh {name}", name, MeshSource(mesh))


def load_mesh(item: ComparedItem, model: FaceModel, cancel: CancelToken) -> NamedSurface:
    """The mesh of `item` in millimetres, with regions where they can be told.

    Raises:
        InputError: a file cannot be read.
        Cancelled: `cancel` was raised meanwhile.
    """
    template, source = model.template, item.source
    if isinstance(source, FaceSource):
        vertices = model.template_surface(source.code, cancel)
        if source.residual is not None and template.region_weights is not None:
            vertices = source.residual.apply(vertices, template.faces, template.region_weights)
        return NamedSurface(item.name, template.with_vertices(vertices))
    if isinstance(source, MeshSource):
        return _with_regions_told(item.name, source.mesh, model, cancel)
    if isinstance(source, ScanSource):
        moved = source.mesh.with_vertices(source.alignment.apply(source.mesh.vertices))
        return _with_regions_told(item.name, moved, model, cancel)
    surface = SurfaceReader(model=model).read(source.path)
    try:
        return with_regions(surface, model, cancel)
    except LineamentError as error:
        cancel.check()
        return NamedSurface(surface.name, surface.mesh, (*surface.notes, str(error)))


def _with_regions_told(
    name: str, mesh: Mesh, model: FaceModel, cancel: CancelToken
) -> NamedSurface:
    """A mesh in the model's frame with the template's regions, or a note why it has none."""
    try:
        marked = with_template_regions(mesh, model.template, aligned=True, cancel=cancel)
    except LineamentError as error:
        cancel.check()
        return NamedSurface(name, mesh, (str(error),))
    return NamedSurface(name, marked)
