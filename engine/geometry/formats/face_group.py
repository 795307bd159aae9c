"""Named groups of a mesh's faces, as OBJ has them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.regions import face_regions

GREY = (200, 200, 200)
"""Of groups of a mesh without colours."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceGroup:
    """Faces with a name, which is also that of their material.

    Attributes:
        name: without spaces.
        faces: `(n,)` numbers of faces.
        color: sRGB bytes of its material.
    """

    name: str
    faces: NDArray[np.int32]
    color: tuple[int, int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "faces", frozen(self.faces, np.int32))


def region_groups(mesh: Mesh, names: Sequence[str]) -> tuple[FaceGroup, ...]:
    """The faces of each region that has any, in the mean colour of its vertices.

    Args:
        names: of the columns of the mesh's region weights.

    Raises:
        InputError: the mesh has no region weights, or another number of them.
    """
    regions = face_regions(mesh)
    columns = 0 if mesh.region_weights is None else mesh.region_weights.shape[1]
    if columns != len(names):
        raise InputError(f"The mesh has {columns} regions, but there are {len(names)} names.")
    groups = []
    for column, name in enumerate(names):
        faces = np.flatnonzero(regions == column).astype(np.int32)
        if len(faces):
            groups.append(FaceGroup(name, faces, _mean_color(mesh, faces)))
    return tuple(groups)


def _mean_color(mesh: Mesh, faces: NDArray) -> tuple[int, int, int]:
    if mesh.colors is None:
        return GREY
    red, green, blue = mesh.colors[mesh.faces[faces]].mean(axis=(0, 1)).round().astype(int)
    return int(red), int(green), int(blue)
