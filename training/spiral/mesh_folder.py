"""Registered meshes from files: any folder of OBJ, PLY or NPY files of one topology."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.mesh_files import read_mesh
from engine.geometry.mesh import Mesh
from engine.progress import Progress, ignore_progress
from training.spiral.registered_set import RegisteredSet

MESH_SUFFIXES = (".obj", ".ply")
LANDMARKS_STEM = "landmarks"
TEMPLATE_STEM = "template"


@dataclass(frozen=True, slots=True)
class MeshFile:
    """A file of one mesh, and who does what in it."""

    file: Path
    identity: str
    expression: str


def read_mesh_folder(
    folder: Path, unit_mm: float = 1.0, progress: Progress = ignore_progress
) -> RegisteredSet:
    """Every OBJ, PLY and NPY file below `folder`.

    A person is a subfolder; without subfolders, what stands before the first `_` of a file's
    name. An NPY file holds the vertices `(V, 3)` of one mesh; its faces are those of
    `template.obj` or `template.ply` in the folder. `landmarks.npy` or `landmarks.txt` there
    may list vertices that matter most.

    Raises:
        InputError: the folder is missing or empty, or a file has another topology, is damaged
            or holds numbers that are not finite; the message names the file.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. Name the folder of registered meshes.")
    template_file = find_template(folder)
    files = [
        _describe(file, folder)
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (*MESH_SUFFIXES, ".npy")
        and file != template_file
        and file.stem != LANDMARKS_STEM
    ]
    if not files:
        raise InputError(
            f"{folder} holds no OBJ, PLY or NPY file. Put one file per mesh into it, people in "
            "subfolders."
        )
    template = read_mesh(template_file) if template_file else None
    return read_mesh_files(folder.name, files, template, read_landmarks(folder), unit_mm, progress)


def _describe(file: Path, folder: Path) -> MeshFile:
    parts = file.relative_to(folder).with_suffix("").parts
    if len(parts) > 1:
        return MeshFile(file, parts[0], "/".join(parts[1:]))
    person, _, rest = parts[0].partition("_")
    return MeshFile(file, person, rest or "neutral")


def read_mesh_files(
    name: str,
    files: Sequence[MeshFile],
    template: Mesh | None,
    landmarks: NDArray[np.int64],
    unit_mm: float,
    progress: Progress = ignore_progress,
) -> RegisteredSet:
    """A set from files of one topology: that of `template`, or of the first file.

    Args:
        unit_mm: millimetres per unit of the files.

    Raises:
        InputError: as `read_mesh_folder`.
    """
    meshes: list[NDArray[np.float32]] = []
    read = _TopologyReader(template, files[0].file)
    for number, entry in enumerate(files):
        progress(number / len(files), f"Reading {entry.file.name}")
        meshes.append(read(entry.file))
    faces = read.faces
    vertices = np.stack(meshes) * np.float32(unit_mm)
    require_indices(landmarks, vertices.shape[1], f"the landmarks of {name}")
    return RegisteredSet(
        name,
        vertices,
        faces,
        tuple(entry.identity for entry in files),
        tuple(entry.expression for entry in files),
        landmarks,
        central_vertex(vertices[0], landmarks),
    )


class _TopologyReader:
    """Reads one file after another and refuses the first of another topology."""

    def __init__(self, template: Mesh | None, first: Path) -> None:
        if template is None and first.suffix.lower() == ".npy":
            raise InputError(
                f"{first} holds vertices without faces. Put template.obj or template.ply with "
                "their faces into the folder."
            )
        mesh = read_mesh(first) if template is None else template
        self._source = "the template" if template is not None else first.name
        self._count = len(mesh.vertices)
        self.faces = mesh.faces.astype(np.int64)

    def __call__(self, file: Path) -> NDArray[np.float32]:
        if file.suffix.lower() == ".npy":
            vertices = read_array(file)
            faces = self.faces
        else:
            mesh = read_mesh(file)
            vertices, faces = mesh.vertices, mesh.faces.astype(np.int64)
        if vertices.shape != (self._count, 3):
            raise InputError(
                f"{file} has vertices of shape {vertices.shape}, {self._source} has "
                f"{(self._count, 3)}. Register all meshes to one topology first."
            )
        if not np.array_equal(faces, self.faces):
            raise InputError(
                f"{file} has other faces than {self._source}. Register all meshes to one "
                "topology first."
            )
        return vertices


def read_array(file: Path) -> NDArray[np.float32]:
    """The finite float32 array of an NPY file.

    Raises:
        InputError: it is missing, damaged, not of numbers or not finite.
    """
    try:
        array = np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {file}. Check the data set's folder.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as an NPY file of numbers: {error}") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{file} holds {array.dtype}, expected numbers.")
    found = array.astype(np.float32)
    if not np.isfinite(found).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(found))[0])
        raise InputError(f"{file} is not finite at {where}. Repair or remove that mesh.")
    return found


def find_template(folder: Path) -> Path | None:
    """`template.obj` or `template.ply` in `folder`, if it is there."""
    for suffix in MESH_SUFFIXES:
        if (folder / f"{TEMPLATE_STEM}{suffix}").is_file():
            return folder / f"{TEMPLATE_STEM}{suffix}"
    return None


def read_landmarks(folder: Path) -> NDArray[np.int64]:
    """Vertices of `landmarks.npy` or `landmarks.txt` in `folder`; empty without either.

    Raises:
        InputError: the file does not hold whole numbers.
    """
    readers: dict[str, Callable[[Path], NDArray]] = {
        ".npy": lambda file: np.load(file, allow_pickle=False),
        ".txt": lambda file: np.loadtxt(file, ndmin=1),
    }
    for suffix, read in readers.items():
        file = folder / f"{LANDMARKS_STEM}{suffix}"
        if not file.is_file():
            continue
        try:
            values = np.ravel(read(file)).astype(np.float64)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"{file} cannot be read as vertex numbers: {error}") from error
        if not np.array_equal(values, np.floor(values)):
            raise InputError(f"{file} holds fractions, expected vertex numbers.")
        return values.astype(np.int64)
    return np.zeros(0, np.int64)


def require_indices(indices: NDArray[np.int64], count: int, what: str) -> None:
    """Raises `InputError` unless every one of `indices` names one of `count` vertices."""
    if len(indices) and (indices.min() < 0 or indices.max() >= count):
        raise InputError(
            f"{what.capitalize()} name vertices {indices.min()} to {indices.max()}, but the "
            f"meshes have {count}."
        )


def central_vertex(vertices: NDArray, landmarks: NDArray[np.int64]) -> int:
    """The vertex towards which spirals start: nearest to the landmarks' mean, or to the mesh's."""
    middle = vertices[landmarks].mean(0) if len(landmarks) else vertices.mean(0)
    return int(np.argmin(np.linalg.norm(vertices - middle, axis=1)))
