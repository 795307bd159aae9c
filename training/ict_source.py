"""Reading the ICT Face Model Light (`FaceXModel/*.obj`) in its upstream layout.

Vertex and polygon ranges are those of the upstream README. The source's unit is
the centimetre; everything returned here is in millimetres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.progress import Progress, ignore_progress

MM_PER_UNIT = 10.0
SKIN_POLYGONS = slice(0, 13226)
"""Face, head with neck, and mouth socket: one sheet, open at the eyes and the neck."""
SKIN_VERTICES = slice(0, 13294)
SCLERA_VERTICES = (slice(23021, 23791), slice(21451, 22221))
"""The subject's right eyeball, then the left."""
SCLERA_POLYGONS = (slice(23094, 23894), slice(21496, 22296))
IDENTITIES = 100
EXCLUDED_EXPRESSIONS = frozenset(
    # Pupils have no shape; cheekRaiser doubles cheekSquint; mouthClose is a corrective
    # that has a meaning only together with as much jawOpen.
    {"PupilDilate_L", "PupilDilate_R", "cheekRaiser_L", "cheekRaiser_R", "mouthClose"}
)
# Multi-PIE order, upstream README.
LANDMARKS = (
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272),
    *(4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942),
    *(4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756),
    *(3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
    *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
)


@dataclass(frozen=True, slots=True)
class IctSource:
    """The linear model: V vertices, 100 identities, E expressions, in millimetres.

    Attributes:
        mean: `(V, 3)` float64.
        identities: `(100, V, 3)` displacements of one standard deviation each.
        expressions: `(E, V, 3)` displacements at full weight.
        expression_names: E names in ARKit's manner.
        polygons: vertex indices of every polygon.
    """

    mean: NDArray[np.float64]
    identities: NDArray[np.float64]
    expressions: NDArray[np.float64]
    expression_names: tuple[str, ...]
    polygons: tuple[tuple[int, ...], ...]


def read_ict_source(folder: Path, progress: Progress = ignore_progress) -> IctSource:
    """Read the model from `FaceXModel`.

    Raises:
        InputError: the folder or a file of it is missing or of another size.
    """
    mean_file = folder / "generic_neutral_mesh.obj"
    if not mean_file.is_file():
        raise InputError(
            f"{folder} holds no generic_neutral_mesh.obj. Name ICT-FaceKit's folder FaceXModel."
        )
    mean = _read_vertices(mean_file)
    files = [folder / f"identity{i:03d}.obj" for i in range(IDENTITIES)]
    known = {mean_file.name, *(file.name for file in files)}
    names = tuple(
        sorted(
            file.stem
            for file in folder.glob("*.obj")
            if file.name not in known and file.stem not in EXCLUDED_EXPRESSIONS
        )
    )
    files += [folder / f"{name}.obj" for name in names]
    displacements = []
    for done, file in enumerate(files):
        progress(done / len(files), f"Reading {file.name}")
        vertices = _read_vertices(file)
        if vertices.shape != mean.shape:
            raise InputError(f"{file} has {len(vertices)} vertices, the mean has {len(mean)}.")
        displacements.append((vertices - mean) * MM_PER_UNIT)
    return IctSource(
        mean * MM_PER_UNIT,
        np.stack(displacements[:IDENTITIES]),
        np.stack(displacements[IDENTITIES:]),
        names,
        _read_polygons(mean_file),
    )


def triangulate(polygons: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    """Fans of the polygons as triangles `(F, 3)`."""
    return np.array([(p[0], p[k], p[k + 1]) for p in polygons for k in range(1, len(p) - 1)])


def _read_vertices(file: Path) -> NDArray[np.float64]:
    try:
        rows = [line.split()[1:4] for line in file.read_text().splitlines() if line[:2] == "v "]
        vertices = np.array(rows, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as an OBJ file: {error}") from error
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not np.isfinite(vertices).all():
        raise InputError(f"{file} holds no finite vertices.")
    return vertices


def _read_polygons(file: Path) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(int(corner.split("/")[0]) - 1 for corner in line.split()[1:])
        for line in file.read_text().splitlines()
        if line[:2] == "f "
    )
