"""A line that cuts one surface off at its right and another at its left."""

import math

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor

from app.viewport.orbit import VIEW_ANGLE, Orbit


class Wipe:
    """Cuts two actors; the line stands upright in the picture wherever the viewer goes.

    Attributes:
        share: where the line is, from 0 at the left of the picture to 1 at its right.
    """

    def __init__(self, left: vtkActor, right: vtkActor) -> None:
        self._actors = (left, right)
        self._planes = (vtkPlane(), vtkPlane())
        self.share = 0.5

    def set_cutting(self, cutting: bool) -> None:
        """Whether the actors are cut, or whole."""
        for actor, plane in zip(self._actors, self._planes, strict=True):
            mapper = actor.GetMapper()
            mapper.RemoveAllClippingPlanes()
            if cutting:
                mapper.AddClippingPlane(plane)

    def place(self, orbit: Orbit, aspect: float) -> None:
        """Put the line where `share` says, seen from `orbit`.

        The plane goes through the viewer's eye and the line, so that it is seen as the line.

        Args:
            aspect: the picture's width over its height.
        """
        eye = np.array(orbit.position)
        outward = eye - np.array(orbit.target)
        outward /= np.linalg.norm(outward)
        right = np.cross(np.array(orbit.up), outward)
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0)) * aspect
        angle = math.atan((2.0 * self.share - 1.0) * slope)
        normal = right * math.cos(angle) + outward * math.sin(angle)
        for plane, sign in zip(self._planes, (-1.0, 1.0), strict=True):
            plane.SetOrigin(*eye)
            plane.SetNormal(*(sign * normal))
