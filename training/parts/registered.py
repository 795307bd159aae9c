"""Registered faces split by parts: the data set every parts trainer samples from."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import PARTS

Floats = NDArray[np.float32]
GROUPS = ("skin", "right eye", "left eye", "cap")
"""What a face of the surface belongs to; caps close the skin behind the eyeballs."""


@dataclass(frozen=True, slots=True)
class RegisteredFaces:
    """Faces of one topology, linear in the codes of their parts.

    V vertices, F faces, K coordinates of all five codes together, C identity
    coefficients, H handles.  vertices(z) = rest + basis @ z.

    Attributes:
        rest: `(V, 3)` mean face at rest, mm.
        basis: `(V, 3, K)` displacement per unit of each code coordinate; the parts
            follow each other in the order of `engine.models.protocol.PARTS`.
        sizes: `(5,)` coordinates of each part; their sum is K.
        mixing: `(K - E, C)` codes of the four shape parts from identity coefficients.
        canonical: `(E,)` expression in which the template is modelled (lips parted).
        faces, groups: `(F, 3)` triangles and `(F,)` index into `GROUPS`.
        region_weights: `(V, 4)` of nose, eyes, mouth, head; rows add up to 1.
        landmarks: `(68,)`; handles: `(H,)` vertices that drive the landmark warp;
        eye_centres: `(2,)` vertices at the eyeballs' centres, right then left.
        expression_names: E names joined by newlines.
    """

    rest: Floats
    basis: Floats
    sizes: NDArray[np.int64]
    mixing: Floats
    canonical: Floats
    faces: NDArray[np.int64]
    groups: NDArray[np.int64]
    region_weights: Floats
    landmarks: NDArray[np.int64]
    handles: NDArray[np.int64]
    eye_centres: NDArray[np.int64]
    expression_names: str

    @property
    def slices(self) -> dict[str, slice]:
        """Columns of each part in `basis`."""
        ends = np.cumsum(self.sizes)
        return {
            part: slice(int(end - size), int(end))
            for part, end, size in zip(PARTS, ends, self.sizes, strict=True)
        }

    def vertices(self, code: Floats) -> Floats:
        """Vertices `(V, 3)` of the face with the joint code `(K,)`."""
        return self.rest + self.basis @ code

    def canonical_code(self) -> Floats:
        """The joint code `(K,)` of the face the template models."""
        code = np.zeros(int(self.sizes.sum()), dtype=np.float32)
        code[self.slices["expression"]] = self.canonical
        return code

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(file: Path) -> "RegisteredFaces":
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing or not a prepared data set.
        """
        try:
            with np.load(file, allow_pickle=False) as data:
                values = {field.name: data[field.name] for field in fields(RegisteredFaces)}
        except (OSError, KeyError, ValueError) as error:
            raise InputError(
                f"{file} is not a prepared data set ({error}). "
                "Make one with `lineament-train prepare`."
            ) from error
        values["expression_names"] = str(values["expression_names"])
        return RegisteredFaces(**values)
