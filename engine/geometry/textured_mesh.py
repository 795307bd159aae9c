"""A mesh with a picture over its texture coordinates, and colours for one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh, frozen


@dataclass(frozen=True, slots=True, eq=False)
class TexturedMesh:
    """A mesh and its texture.

    Attributes:
        mesh: with UV; colours of its own are not shown where the texture is.
        texture: `(H, W, 3)` uint8 sRGB, row 0 at v = 1.

    Raises:
        InputError: the mesh has no UV, or the picture another shape or type.
    """

    mesh: Mesh
    texture: NDArray[np.uint8]

    def __post_init__(self) -> None:
        texture = np.asarray(self.texture)
        if self.mesh.uv is None:
            raise InputError("A texture needs a mesh with UV. Choose the template topology.")
        if texture.ndim != 3 or texture.shape[2] != 3 or texture.dtype != np.uint8:
            raise InputError(
                f"A texture must be (H, W, 3) uint8, got {texture.dtype} {texture.shape}."
            )
        if not texture.size:
            raise InputError("A texture must have at least one pixel.")
        object.__setattr__(self, "texture", frozen(texture, np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class FaceTexture:
    """Colours of a face from photographs, on the template of its model.

    Attributes:
        colors: `(V, 3)` uint8 sRGB of the template's vertices.
        image: `(S, S, 3)` uint8 sRGB over the template's UV; row 0 is v = 1.
        seen: `(V,)` share of each vertex's colour that photographs show directly.
    """

    colors: NDArray[np.uint8]
    image: NDArray[np.uint8]
    seen: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "colors", frozen(self.colors, np.uint8))
        object.__setattr__(self, "image", frozen(self.image, np.uint8))
        object.__setattr__(self, "seen", frozen(self.seen, np.float32))
