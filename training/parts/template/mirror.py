"""From the half surface to the whole: mirrored and welded on x = 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.parts.template.labels import Label, LabelledSurface
from training.parts.template.template_mesh import Kind

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class WholeSurface:
    """A closed symmetric surface.

    The first H vertices are those of the half with x ≥ 0, the others their images.

    Attributes:
        vertices: `(V, 3)` mm; faces: `(F, 3)`.
        mirror: `(V,)` index of each vertex's image.
        kinds, face_kinds: `(V,)` and `(F,)` of `Kind`; vertices on a border are skin.
        half_size: H.
    """

    vertices: Array
    faces: Faces
    mirror: Faces
    kinds: NDArray[np.int64]
    face_kinds: NDArray[np.int64]
    half_size: int


def mirror_surface(half: LabelledSurface) -> WholeSurface:
    """Weld `half` and its mirror image along the vertices with x = 0 exactly."""
    vertices, faces = half.surface.vertices, half.surface.faces
    count = len(vertices)
    middle = vertices[:, 0] == 0.0
    image = np.arange(count)
    image[~middle] = count + np.arange(int((~middle).sum()))
    mirror = np.concatenate([image, np.flatnonzero(~middle)])
    both = np.concatenate([faces, image[faces[:, ::-1]]])
    whole = np.concatenate([vertices, vertices[~middle] * (-1.0, 1.0, 1.0)])
    left = np.array([Kind.SKIN, Kind.LEFT_EYE, Kind.MOUTH, Kind.CAP, Kind.LIPS])[half.labels]
    right = np.where(half.labels == Label.EYE, int(Kind.RIGHT_EYE), left)
    face_kinds = np.concatenate([left, right])
    return WholeSurface(
        whole, both, mirror, _vertex_kinds(both, face_kinds, len(whole)), face_kinds, count
    )


def _vertex_kinds(
    faces: Faces, face_kinds: NDArray[np.int64], vertex_count: int
) -> NDArray[np.int64]:
    kinds = np.zeros(vertex_count, dtype=np.int64)
    for kind in Kind:
        inside = np.zeros(vertex_count, dtype=bool)
        inside[faces[face_kinds == kind]] = True
        inside[faces[face_kinds != kind]] = False
        kinds[inside] = kind
    return kinds
