"""What the template pipeline makes."""

from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh, frozen


class Kind(IntEnum):
    """What a vertex or a triangle shows; vertices between two kinds count as skin."""

    SKIN = 0
    RIGHT_EYE = 1
    LEFT_EYE = 2
    MOUTH = 3
    CAP = 4
    LIPS = 5


_LAYOUT: dict[str, tuple[type, int]] = {
    "vertices": (np.float32, 3),
    "faces": (np.int32, 3),
    "uv": (np.float32, 2),
    "region_weights": (np.float32, 4),
    "colors": (np.uint8, 3),
    "landmarks": (np.int32, 0),
    "mirror": (np.int32, 0),
    "kinds": (np.uint8, 0),
    "face_kinds": (np.uint8, 0),
}


@dataclass(frozen=True, slots=True, eq=False)
class TemplateMesh:
    """A closed mesh of the canonical mean head, exactly symmetric about x = 0.

    V vertices, F faces. Arrays are read-only.

    Attributes:
        vertices: `(V, 3)` float32 mm, on the zero set of the template network.
        faces: `(F, 3)` int32, counter-clockwise seen from outside.
        uv: `(V, 2)` float32 in [0, 1], without seams; u of mirror images adds up to 1.
        region_weights: `(V, 4)` float32 of `engine.models.protocol.REGIONS`; rows add up to 1.
        colors: `(V, 3)` uint8 sRGB albedo; eyeballs are plain white.
        landmarks: `(68,)` int32 vertices of the Multi-PIE landmarks.
        mirror: `(V,)` int32 index of each vertex's mirror image.
        kinds, face_kinds: `(V,)` and `(F,)` uint8 of `Kind`.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    region_weights: NDArray[np.float32]
    colors: NDArray[np.uint8]
    landmarks: NDArray[np.int32]
    mirror: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    face_kinds: NDArray[np.uint8]

    def __post_init__(self) -> None:
        for name, (dtype, width) in _LAYOUT.items():
            array = np.asarray(getattr(self, name))
            if array.ndim != (2 if width else 1) or (width and array.shape[1] != width):
                wanted = f"(n, {width})" if width else "(n,)"
                raise InputError(
                    f"A template's {name} must have shape {wanted}, got {array.shape}."
                )
            object.__setattr__(self, name, frozen(array, dtype))

    def to_mesh(self) -> Mesh:
        """The mesh the editor and the file formats speak of."""
        return Mesh(self.vertices, self.faces, self.uv, self.colors, self.region_weights)

    def save(self, file: Path) -> None:
        """Write all arrays to a `.npz` file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            file, **{field.name: getattr(self, field.name) for field in fields(self)}
        )

    @staticmethod
    def load(file: Path) -> "TemplateMesh":
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing or not a template.
        """
        try:
            with np.load(file, allow_pickle=False) as data:
                return TemplateMesh(
                    **{field.name: data[field.name] for field in fields(TemplateMesh)}
                )
        except (OSError, KeyError, ValueError) as error:
            raise InputError(
                f"{file} is not a template mesh ({error}). "
                "Make one with `python -m training.parts.template`."
            ) from error
