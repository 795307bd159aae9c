"""From where figures look at a face and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.protocol import REGIONS, FaceModel
from training.figures.camera import Camera, frame_points
from training.figures.shading import Image, Light, Look, render_mesh

CLOSE = 0.35
"""Vertices with at least this weight of a part are in the picture of it."""
SIDE_DEG = {"nose": 32.0, "eyes": 10.0, "mouth": 18.0}
"""How far the camera walks to the side for a close look."""
HEAD_ASPECT = 0.72
"""Width over height of a picture of a whole head."""
EVEN = Look(ambient=0.55, gloss=0.0, lights=(Light((-0.3, 0.4, 1.0), (0.4, 0.4, 0.4)),))
"""Light in which colours can be read off."""


@dataclass(frozen=True, slots=True, eq=False)
class Studio:
    """One camera for many faces of the same template, so that only the face changes.

    Attributes:
        faces: `(F, 3)` triangles of the template.
        width, height: of a picture in pixels.
    """

    camera: Camera
    faces: NDArray[np.int32]
    width: int
    height: int

    def picture(self, vertices: NDArray) -> Image:
        """Template vertices `(V, 3)` in clay."""
        return render_mesh(Mesh(vertices, self.faces), self.camera, self.width, self.height)

    def painted(self, vertices: NDArray, colors: NDArray) -> Image:
        """Template vertices `(V, 3)` in `colors` `(V, 3)` under even light."""
        mesh = Mesh(vertices, self.faces)
        return render_mesh(mesh, self.camera, self.width, self.height, colors, EVEN)


def head_studio(
    model: FaceModel, shapes: Sequence[NDArray], size: int, aspect: float = HEAD_ASPECT
) -> Studio:
    """The whole of all `shapes` `(V, 3)` from the front, a little to the side.

    Args:
        size: height of a picture in pixels; aspect: its width over its height.
    """
    points = np.concatenate([np.asarray(shape) for shape in shapes])
    width = round(size * aspect)
    return Studio(frame_points(points, 18.0, 4.0, aspect), model.template.faces, width, size)


def face_studio(
    model: FaceModel, shapes: Sequence[NDArray], size: int, aspect: float = 1.0
) -> Studio:
    """The face of all `shapes` `(V, 3)`, without the neck and the back of the head."""
    marks = model.landmarks
    outline = np.concatenate([np.asarray(shape)[marks] for shape in shapes])
    # The landmarks reach from the chin to the brows; above is as much again as half of that.
    top = outline.max(0)
    top[1] += 0.55 * (outline[:, 1].max() - outline[:, 1].min())
    points = np.concatenate([outline, top[None]])
    camera = frame_points(points, 18.0, 4.0, aspect, margin=1.08)
    return Studio(camera, model.template.faces, round(size * aspect), size)


def part_studio(
    model: FaceModel, part: str, shapes: Sequence[NDArray], size: int, aspect: float = 1.0
) -> Studio:
    """A close look at nose, eyes or mouth of all `shapes` `(V, 3)`; else at the whole."""
    weights = model.template.region_weights
    if part not in SIDE_DEG or weights is None:
        studio = face_studio if part == "expression" else head_studio
        return studio(model, shapes, size, HEAD_ASPECT)
    near = weights[:, REGIONS.index(part)] > CLOSE
    points = np.concatenate([np.asarray(shape)[near] for shape in shapes])
    camera = frame_points(points, SIDE_DEG[part], 4.0, aspect, margin=1.2)
    return Studio(camera, model.template.faces, round(size * aspect), size)
