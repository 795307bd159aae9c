"""Which part of a head counts as the face in a photograph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fitting.face_surface import never_seen
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import face_areas
from engine.geometry.topology import vertex_components
from engine.models.protocol import FaceModel

FOREHEAD_SHARE = 0.55
"""How far the face reaches above the brows, as a share of the way from the chin to the brows."""
BELOW_JAW_SHARE = 0.06
"""How far below the landmarks of the jaw, as a share of the same."""
BEHIND_SHARE = 0.02
"""How far behind the jaw's ends at the ears, as a share of the same."""
JAW, BROWS = slice(0, 17), slice(17, 27)


@dataclass(frozen=True, slots=True, eq=False)
class FaceRegion:
    """A part of a model's template: `vertices` `(R,)` int64 of it, sorted, and `faces` `(Q, 3)`
    int64 that number these from 0."""

    vertices: NDArray[np.int64]
    faces: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", frozen(self.vertices, np.int64))
        object.__setattr__(self, "faces", frozen(self.faces, np.int64))

    def mesh(self, vertices: NDArray) -> Mesh:
        """The region of a whole template's `vertices` `(V, 3)`."""
        return Mesh(vertices[self.vertices], self.faces.astype(np.int32))


def face_region(model: FaceModel) -> FaceRegion:
    """The face from ear to ear and from the hairline to the chin, as photographs show it.

    Skin, lips and what shows of the eyes between the lids; without the inside of the mouth, the
    ears, the neck and the back of the head.
    """
    vertices = model.template.vertices.astype(np.float64)
    marks = vertices[model.landmarks]
    jaw, brows = marks[JAW], marks[BROWS]
    height = float(brows[:, 1].max() - jaw[:, 1].min())
    order = np.argsort(jaw[:, 0])
    lowest = np.interp(vertices[:, 0], jaw[order, 0], jaw[order, 1]) - BELOW_JAW_SHARE * height
    chosen = vertices[:, 2] > jaw[[0, -1], 2].mean() - BEHIND_SHARE * height
    chosen &= vertices[:, 1] < brows[:, 1].max() + FOREHEAD_SHARE * height
    chosen &= vertices[:, 1] > lowest
    chosen &= ~never_seen(model)
    return _region(model, chosen)


def head_region(model: FaceModel) -> FaceRegion:
    """The whole head as seen from outside, the closed end of its neck included."""
    vertices = model.template.vertices
    # The end of the neck cannot be seen in life, but it closes the surface.
    below = vertices[:, 1] < vertices[model.landmarks, 1].min()
    return _region(model, ~never_seen(model) | below)


def _region(model: FaceModel, chosen: NDArray[np.bool_]) -> FaceRegion:
    """The largest connected piece of the faces between `chosen` vertices `(V,)`."""
    template = model.template
    inside = template.faces[chosen[template.faces].all(axis=1)].astype(np.int64)
    labels = vertex_components(inside, len(template.vertices))[inside[:, 0]]
    areas = np.bincount(labels, face_areas(template.vertices, inside))
    inside = inside[labels == int(np.argmax(areas))]
    vertices, numbers = np.unique(inside, return_inverse=True)
    return FaceRegion(vertices, numbers.reshape(-1, 3))
