"""From the arrays of a file, of any type and size, to a `Mesh`."""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.array_checks import require_faces
from engine.geometry.mesh import Mesh


def make_mesh(
    vertices: NDArray,
    faces: NDArray,
    uv: NDArray | None = None,
    colors: NDArray[np.uint8] | None = None,
) -> Mesh:
    """A mesh of `vertices` `(V, 3)` and `faces` `(F, 3)`, with `uv` `(V, 2)` and `colors` `(V, 3)`.

    UV that is not finite is left out: a surface without texture is better than none.

    Raises:
        InputError: a face names a vertex that is not there, or a coordinate is not finite
            or too large for float32.
    """
    # Checked before the cast: an index beyond int32 would wrap around to some vertex.
    indices = require_faces(faces, len(vertices)).astype(np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        # What is too large for float32 becomes infinite, which `Mesh` refuses.
        positions = np.asarray(vertices).astype(np.float32)
        coordinates = None if uv is None else np.asarray(uv).astype(np.float32)
    if coordinates is not None and not np.isfinite(coordinates).all():
        coordinates = None
    return Mesh(positions, indices, coordinates, colors)
