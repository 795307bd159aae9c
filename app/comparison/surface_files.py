"""Surfaces to compare, from mesh files and documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.model_source import load_model
from engine.errors import InputError
from engine.geometry.formats import MESH_SUFFIXES, read_mesh
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceModel
from engine.project.archive import SUFFIX

SURFACE_SUFFIXES = (*MESH_SUFFIXES, SUFFIX)


@dataclass(frozen=True, slots=True, eq=False)
class NamedSurface:
    """A surface with its name.

    Attributes:
        notes: what the reader noticed.
        painted: its regions were drawn by hand.
    """

    name: str
    mesh: Mesh
    notes: tuple[str, ...] = ()
    painted: bool = False


class SurfaceReader:
    """Reads files; loads the face model once, and only where one is needed."""

    def __init__(self, device: str = "auto", model: FaceModel | None = None) -> None:
        self._device = device
        self._model = model

    @property
    def model(self) -> FaceModel:
        if self._model is None:
            self._model = load_model(self._device)
        return self._model

    def read(self, path: Path) -> NamedSurface:
        """The surface in `path`: vertex order is kept, unless the mesh has to be repaired.

        Raises:
            InputError: the file is missing, damaged or holds no surface.
            DocumentError: a document cannot be opened.
        """
        if path.suffix.lower() == SUFFIX:
            return self._read_document(path)
        notes: tuple[str, ...] = ()
        try:
            mesh = read_mesh(path)
        except InputError:
            from engine.scans import read_scan

            # Tells what is wrong with a file that cannot be repaired, too.
            scan = read_scan(path)
            mesh, notes = scan.mesh, scan.notes
        if not len(mesh.faces):
            raise InputError(
                f"'{path}' has {len(mesh.vertices):,} vertices and no faces. Give a surface, not a "
                "point cloud."
            )
        return NamedSurface(path.stem, mesh, notes)

    def _read_document(self, path: Path) -> NamedSurface:
        from engine.project.archive import open_document

        document = open_document(path)
        model = self.model
        vertices = model.template_surface(document.face.code)
        template = model.template
        residual = document.face.residual
        if residual is not None and template.region_weights is not None:
            vertices = residual.apply(vertices, template.faces, template.region_weights)
        return NamedSurface(path.stem, template.with_vertices(vertices))


def surface_files(names: Sequence[str]) -> list[Path]:
    """The files of `names`; a folder stands for the surfaces in it, by name.

    Raises:
        InputError: a file is missing or of an unknown format, or a folder holds none.
    """
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SURFACE_SUFFIXES)
            if not inside:
                raise InputError(
                    f"There is no surface in the folder '{name}'. Files end in "
                    f"{', '.join(SURFACE_SUFFIXES)}."
                )
            paths += inside
            continue
        if not path.exists():
            raise InputError(f"There is no file '{name}'. Check its name and folder.")
        if path.suffix.lower() not in SURFACE_SUFFIXES:
            raise InputError(
                f"The format of '{name}' is not known. Choose a file that ends in "
                f"{', '.join(SURFACE_SUFFIXES)}."
            )
        paths.append(path)
    return paths


def pair_files(names: Sequence[str], against: str | None) -> list[tuple[Path, Path]]:
    """Which file is compared with which.

    Without `against`, files come in pairs: surface, reference, surface, reference. With a file
    `against`, all are compared with it; with a folder, each with the file of its name there.

    Raises:
        InputError: the files do not pair up.
    """
    if against is None:
        files = surface_files(names)
        if len(files) < 2 or len(files) % 2:
            raise InputError(
                f"Surfaces come in pairs, a surface and its reference, but there are {len(files)}. "
                "To compare several with one, name it with --against."
            )
        return list(zip(files[::2], files[1::2], strict=True))
    files = surface_files(names)
    if not Path(against).is_dir():
        reference = surface_files([against])[0]
        return [(file, reference) for file in files]
    there = {path.stem: path for path in surface_files([against])}
    missing = [file.name for file in files if file.stem not in there]
    if missing:
        raise InputError(
            f"The folder '{against}' has no reference for {', '.join(missing[:5])}. References "
            "have the same name as their surface."
        )
    return [(file, there[file.stem]) for file in files]
