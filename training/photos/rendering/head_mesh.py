"""The head that is photographed: skin, eyeballs, teeth, gums and tongue, linear in the codes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.ict_source import IctSource, triangulate
from training.parts.registered import RegisteredFaces

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

MOUTH_VERTICES = slice(14062, 21451)
MOUTH_POLYGONS = slice(14034, 21496)
TEETH_START = 17039
"""Gums and tongue come first, then the teeth (source numbering)."""
TEETH_BACK = np.array([0.0, 0.0, -2.0])
"""mm that teeth stand farther back than in the source, so that swapped lips do not cut them."""
KINDS = ("skin", "right eye", "left eye", "cap", "gums", "teeth")


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """V vertices that follow a joint code of K numbers: rest + basis code.

    Attributes:
        rest: `(V, 3)` mm.
        basis: `(3 V, K)`.
        faces: `(F, 3)` int32, outward.
        kinds: `(V,)` index into `KINDS`.
        landmarks: `(68,)` vertices.
    """

    rest: Floats
    basis: Floats
    faces: Integers
    kinds: NDArray[np.int64]
    landmarks: NDArray[np.int64]

    def vertices(self, codes: Floats) -> Floats:
        """Vertices `(B, V, 3)` for codes `(B, K)`."""
        moved = codes.astype(np.float32) @ self.basis.T
        return moved.reshape(len(codes), -1, 3) + self.rest


def build_head_mesh(source: IctSource, registered: RegisteredFaces) -> HeadMesh:
    """The registered surface with what the source has inside its mouth.

    Teeth, gums and tongue take the identity of the mouth's code and every expression.
    """
    count = len(registered.rest)
    inside = source.mean[MOUTH_VERTICES]
    slices, basis = registered.slices, np.zeros((len(inside), 3, registered.basis.shape[2]))
    modes = np.moveaxis(source.identities[:, MOUTH_VERTICES], 0, 2)
    # Rows of the mixing are orthonormal, so its transpose finds the identity that a code means.
    basis[:, :, slices["mouth"]] = modes @ registered.mixing[slices["mouth"]].T
    basis[:, :, slices["expression"]] = np.moveaxis(source.expressions[:, MOUTH_VERTICES], 0, 2)
    faces = triangulate(source.polygons[MOUTH_POLYGONS]) - MOUTH_VERTICES.start + count
    kinds = np.zeros(count, np.int64)
    for kind in (3, 1, 2):
        kinds[registered.faces[registered.groups == kind]] = kind
    skin = np.unique(registered.faces[registered.groups == 0])
    kinds[skin] = 0
    teeth = np.arange(MOUTH_VERTICES.start, MOUTH_VERTICES.stop) >= TEETH_START
    return HeadMesh(
        rest=np.concatenate([registered.rest, inside + TEETH_BACK]).astype(np.float32),
        basis=np.concatenate([registered.basis, basis])
        .reshape(-1, registered.basis.shape[2])
        .astype(np.float32),
        faces=np.concatenate([registered.faces, faces]).astype(np.int32),
        kinds=np.concatenate([kinds, np.where(teeth, 5, 4)]),
        landmarks=registered.landmarks,
    )
