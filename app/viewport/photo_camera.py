"""The camera of a photograph, so that the face lies over its picture."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.picking import Ray
from app.viewport.orbit import PICK_MM, STEEPEST, VIEW_ANGLE, Orbit
from engine.project.document import Vector3

if TYPE_CHECKING:
    from engine.photo.near_camera import NearCamera

Floats = NDArray[np.float64]

STAND_MM = 2000.0
"""How far from the head the viewer stands where rays are parallel; they do not care."""
PARALLEL = 1e-5
"""Nearness per mm from which on rays count as parallel: a camera a hundred metres away."""
LEAST_ZOOM, GREATEST_ZOOM = 0.02, 60.0
HEAD_ROOM = 2.2
"""Sides of the piece that is shown at first, as multiples of the face's box."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoCamera:
    """Looks at the model as the camera of a photograph does.

    Attributes:
        near: the photograph's camera, from the model's frame to its pixels.
        centre: `(2,)` the photo's pixel in the middle of the view.
        zoom: pixels of the view per pixel of the photo.
    """

    near: "NearCamera"
    centre: Floats
    zoom: float

    @property
    def parallel(self) -> bool:
        """Whether its rays are parallel."""
        return self.near.nearness < PARALLEL

    @property
    def right(self) -> Floats:
        """Where the picture's right is in the model's frame."""
        return self.near.rotation[0]

    @property
    def up(self) -> Floats:
        return self.near.rotation[1]

    @property
    def outward(self) -> Floats:
        """Towards the viewer."""
        return self.near.rotation[2]

    @property
    def target(self) -> Floats:
        """The point `(3,)` mm in the middle of the view, as deep as the camera's pivot."""
        target: Floats = self.place(self.centre[None], 0.0)[0]
        return target

    @property
    def position(self) -> Floats:
        """Where the viewer stands, mm."""
        if self.parallel:
            return self.target + STAND_MM * self.outward
        position: Floats = self.near.pivot + self.outward / self.near.nearness
        return position

    @property
    def aim(self) -> Floats:
        """A point `(3,)` mm on the camera's axis, which need not be the middle of the view."""
        return self.target if self.parallel else self.near.pivot

    @property
    def pixels_per_mm(self) -> float:
        """Of the view, as deep as the pivot."""
        return self.zoom * self.near.scale

    def parallel_scale(self, height: float) -> float:
        """Half of what a view of `height` pixels shows from top to bottom, mm."""
        return height / 2.0 / self.pixels_per_mm

    def view_angle(self, height: float) -> float:
        """What a view of `height` pixels shows from top to bottom, degrees."""
        return 2.0 * math.degrees(math.atan(self.parallel_scale(height) * self.near.nearness))

    def window_centre(self, width: float, height: float) -> tuple[float, float]:
        """Right and up of the camera's axis, where the view's middle is, in half views."""
        if self.parallel:
            return 0.0, 0.0
        right, down = self.zoom * (self.centre - self.near.centre)
        return 2.0 * float(right) / width, -2.0 * float(down) / height

    def place(self, pixels: NDArray, depth: float) -> Floats:
        """Points `(N, 3)` that appear at the photo's `pixels` `(N, 2)`, `depth` mm before the
        camera's pivot."""
        deep = np.full(len(pixels), depth * self.near.scale)
        return self.near.to_model(np.column_stack([pixels, deep]))

    # The viewer

    def panned(self, right: float, up: float) -> "PhotoCamera":
        """Moved so that the picture goes by pixels of the view."""
        return replace(self, centre=self.centre - np.array([right, -up]) / self.zoom)

    def zoomed_at(self, factor: float, right: float, up: float) -> "PhotoCamera":
        """Closer by `factor`; what is `right` and `up` pixels off the middle stays there."""
        zoom = max(LEAST_ZOOM, min(GREATEST_ZOOM, self.zoom * factor))
        off = np.array([right, -up])
        return replace(self, centre=self.centre + off / self.zoom - off / zoom, zoom=zoom)

    def framed(self, box: NDArray, size: tuple[int, int], view: tuple[int, int]) -> "PhotoCamera":
        """With the face's `box` (x0, y0, x1, y1) in the middle, and some of the photo around it.

        Args:
            size: width and height of the photo.
            view: width and height of the view.
        """
        x0, y0, x1, y1 = (float(value) for value in box)
        wanted = HEAD_ROOM * max(x1 - x0, y1 - y0, 1.0)
        width, height = min(wanted, size[0]), min(wanted, size[1])
        zoom = max(LEAST_ZOOM, min(GREATEST_ZOOM, view[0] / width, view[1] / height))
        across = _within((x0 + x1) / 2, size[0], view[0] / zoom)
        along = _within((y0 + y1) / 2, size[1], view[1] / zoom)
        return replace(self, centre=np.array([across, along]), zoom=zoom)

    def orbit(self, height: float) -> Orbit:
        """Where a viewer with a usual lens stands to see nearly the same, its head up."""
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0))
        azimuth = math.degrees(math.atan2(self.outward[0], self.outward[2])) % 360.0
        elevation = math.degrees(math.asin(max(-1.0, min(1.0, float(self.outward[1])))))
        x, y, z = (float(value) for value in self.target)
        distance = self.parallel_scale(height) / slope
        steep = max(-STEEPEST, min(STEEPEST, elevation))
        return Orbit((x, y, z), 1.0, azimuth, steep).zoomed(1.0 / distance)

    # Pointing

    def ray(self, x: float, y: float, width: float, height: float) -> Ray:
        """From the viewer through pixel (x, y) of the view."""
        off = np.array([x - width / 2.0, y - height / 2.0])
        point = self.place((self.centre + off / self.zoom)[None], 0.0)[0]
        if self.parallel:
            return Ray(point + STAND_MM * self.outward, -self.outward)
        arm = point - self.position
        return Ray(self.position, arm / np.linalg.norm(arm))

    def pick(self, points: NDArray, x: float, y: float, width: float, height: float) -> int | None:
        """The index of the nearest of `points` `(P, 3)` under pixel (x, y), if there is one."""
        seen = self.near.to_camera(points)
        gaps = self.zoom * (seen[:, :2] - self.centre) - (x - width / 2.0, y - height / 2.0)
        growth = 1.0 - self.near.nearness * seen[:, 2] / self.near.scale
        reach = PICK_MM * self.pixels_per_mm / np.maximum(growth, 0.1)
        under = np.flatnonzero(np.hypot(gaps[:, 0], gaps[:, 1]) < reach)
        return int(under[seen[under, 2].argmax()]) if len(under) else None

    def pulled(self, right: float, down: float, point: NDArray, height: float) -> Floats:
        """A motion of `point` `(3,)` by pixels of the view, in mm parallel to the picture."""
        del height  # pixels of the view are as large as the zoom says
        depth = float((np.asarray(point) - self.near.pivot) @ self.outward)
        per_pixel = (1.0 - self.near.nearness * depth) / self.pixels_per_mm
        moved: Floats = per_pixel * (right * self.right - down * self.up)
        return moved

    def as_vector(self, values: Floats) -> Vector3:
        """`(3,)` as VTK takes it."""
        x, y, z = (float(value) for value in values)
        return x, y, z


def _within(middle: float, size: float, shown: float) -> float:
    """The middle of a stretch `shown` long that stays inside `size`, or of all where it cannot."""
    if shown >= size:
        return size / 2.0
    return min(max(middle, shown / 2.0), size - shown / 2.0)
