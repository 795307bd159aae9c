"""The registered BU3DFE set of Mandelli & Mihalcea, as their experiments read it.

BU3DFE itself (Yin et al. 2006) distributes scans of differing topology; what the paper trains
on is its dense registration, in one of two layouts:

* `dataset.npy` `(M, V, 3)`, `identities.txt` with a line `F0001_AN01WH_F3D` for each mesh, and
  `template/template.obj`, optionally `template/landmarks.npy`;
* a file for each mesh under BU3DFE's own names, `F0001/F0001_AN01WH_F3D.obj` (or `.ply`,
  `.npy` with `template.obj`).

Names hold the person (F or M and a number), the expression (AN, DI, FE, HA, NE, SA, SU), its
strength and the person's ancestry.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.mesh_files import read_mesh
from engine.progress import Progress, ignore_progress
from training.spiral.mesh_folder import (
    MESH_SUFFIXES,
    MeshFile,
    central_vertex,
    find_template,
    read_array,
    read_landmarks,
    read_mesh_files,
    require_indices,
)
from training.spiral.registered_set import RegisteredSet

NAME = re.compile(r"(?P<person>[FM]\d{4})_(?P<expression>(AN|DI|FE|HA|NE|SA|SU)\d{2})[A-Z]{2}")


def read_bu3dfe(
    folder: Path, unit_mm: float = 1.0, progress: Progress = ignore_progress
) -> RegisteredSet:
    """Read either layout.

    Raises:
        InputError: files are missing, damaged or do not fit each other; the message names them.
    """
    if (folder / "dataset.npy").is_file():
        return _read_array_layout(folder, unit_mm)
    files = [
        MeshFile(file, found["person"], found["expression"])
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (*MESH_SUFFIXES, ".npy") and (found := NAME.match(file.stem))
    ]
    if not files:
        raise InputError(
            f"{folder} holds neither dataset.npy nor meshes named like F0001_AN01WH_F3D.obj. "
            "BU3DFE's own WRL scans must be registered to one topology first."
        )
    template_file = find_template(folder)
    template = read_mesh(template_file) if template_file else None
    return read_mesh_files("BU3DFE", files, template, read_landmarks(folder), unit_mm, progress)


def _read_array_layout(folder: Path, unit_mm: float) -> RegisteredSet:
    vertices = read_array(folder / "dataset.npy")
    template_folder = folder / "template"
    template_file = find_template(template_folder)
    if template_file is None:
        raise InputError(
            f"{template_folder} holds no template.obj with the faces of dataset.npy. Copy it there."
        )
    template = read_mesh(template_file)
    if vertices.ndim != 3 or vertices.shape[1:] != template.vertices.shape:
        raise InputError(
            f"{folder / 'dataset.npy'} has shape {vertices.shape}, {template_file.name} has "
            f"{len(template.vertices)} vertices. Expected (M, {len(template.vertices)}, 3)."
        )
    names = _read_names(folder / "identities.txt", len(vertices))
    landmarks = read_landmarks(template_folder)
    require_indices(landmarks, vertices.shape[1], f"the landmarks in {template_folder}")
    return _make_set(vertices * np.float32(unit_mm), template.faces, names, landmarks)


def _make_set(
    vertices: NDArray[np.float32],
    faces: NDArray,
    names: list[re.Match[str]],
    landmarks: NDArray[np.int64],
) -> RegisteredSet:
    return RegisteredSet(
        "BU3DFE",
        vertices,
        faces.astype(np.int64),
        tuple(name["person"] for name in names),
        tuple(name["expression"] for name in names),
        landmarks,
        central_vertex(vertices[0], landmarks),
    )


def _read_names(file: Path, count: int) -> list[re.Match[str]]:
    try:
        lines = file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file} cannot be read ({error}). It names the person and expression of each mesh."
        ) from error
    names = [(line, NAME.match(line)) for line in lines]
    for line, found in names:
        if found is None:
            raise InputError(f"{file}: '{line}' is not a name like F0001_AN01WH_F3D.")
    if len(names) != count:
        raise InputError(f"{file} has {len(names)} names, but dataset.npy has {count} meshes.")
    return [found for _, found in names if found is not None]
