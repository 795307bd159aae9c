"""A named displacement of every vertex, as a GLB stores expressions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen


@dataclass(frozen=True, slots=True, eq=False)
class MorphTarget:
    """A shape key: at weight 1, each vertex moves by its displacement.

    Attributes:
        name: what programs show beside the slider; not empty.
        displacements: `(V, 3)` float32 in mm, one for each vertex of the mesh.
        weight: how far it is set when the file is opened.

    Raises:
        InputError: an empty name, or displacements of another shape or not finite.
    """

    name: str
    displacements: NDArray[np.float32]
    weight: float = 0.0

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("A morph target needs a name.")
        array = np.asarray(self.displacements)
        if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
            raise InputError(
                f"Morph target '{self.name}' needs finite displacements of shape (V, 3), "
                f"got {array.shape}."
            )
        object.__setattr__(self, "displacements", frozen(array, np.float32))


def require_matching(morphs: Sequence[MorphTarget], vertex_count: int) -> None:
    """Check that `morphs` fit a mesh of `vertex_count` vertices.

    Raises:
        InputError: two have one name, or one has another number of rows.
    """
    names = [morph.name for morph in morphs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"Two morph targets are called '{twice}'. Give each its own name.")
    for morph in morphs:
        if len(morph.displacements) != vertex_count:
            raise InputError(
                f"Morph target '{morph.name}' moves {len(morph.displacements)} vertices, but the "
                f"mesh has {vertex_count}. Make both from the same template."
            )
