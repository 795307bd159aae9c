"""A camera that turns around the face and keeps its head up."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.picking import Ray
from engine.project.document import Camera, Vector3

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkCamera

VIEW_ANGLE = 24.0
"""Vertical angle in degrees: a portrait lens, which does not swell the nose."""

STEEPEST = 89.0
NEAREST, FARTHEST = 60.0, 4000.0
MARGIN = 1.10
PICK_MM = 4.0
"""A vertex is under the mouse if it is this near: somewhat more than the triangles' sides."""
FOOT = 0.07
"""Part of the picture's height left free at its foot, for the bar of views."""


@dataclass(frozen=True, slots=True)
class Orbit:
    """Where the viewer stands, seen from what he looks at.

    Attributes:
        target: the point looked at, mm.
        distance: from it, mm.
        azimuth: degrees to the subject's left of straight ahead.
        elevation: degrees above straight ahead.
    """

    target: Vector3 = (0.0, 0.0, 0.0)
    distance: float = 900.0
    azimuth: float = 0.0
    elevation: float = 0.0

    @property
    def position(self) -> Vector3:
        outward = self._outward()
        x, y, z = (self.target[axis] + self.distance * float(outward[axis]) for axis in range(3))
        return x, y, z

    @property
    def up(self) -> Vector3:
        """Where the picture's top points; it stays defined when looking straight down."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return (
            -math.sin(azimuth) * math.sin(elevation),
            math.cos(elevation),
            -math.cos(azimuth) * math.sin(elevation),
        )

    def turned(self, right: float, up: float) -> "Orbit":
        """Turned by degrees; the viewer never goes over the top."""
        elevation = max(-STEEPEST, min(STEEPEST, self.elevation + up))
        return replace(self, azimuth=(self.azimuth + right) % 360.0, elevation=elevation)

    def zoomed(self, factor: float) -> "Orbit":
        """Closer by `factor`."""
        return replace(self, distance=max(NEAREST, min(FARTHEST, self.distance / factor)))

    def zoomed_at(self, factor: float, right: float, up: float, height: float) -> "Orbit":
        """Closer by `factor`, where what is `right` and `up` pixels off the middle stays there."""
        closer = self.zoomed(factor)
        kept = closer.distance / self.distance
        moved = self.panned((kept - 1.0) * right, (kept - 1.0) * up, height)
        return replace(moved, distance=closer.distance)

    def panned(self, right: float, up: float, height: float) -> "Orbit":
        """Moved sideways by pixels of a picture of `height` pixels."""
        scale = 2.0 * self.distance * math.tan(math.radians(VIEW_ANGLE / 2.0)) / max(height, 1.0)
        upward = np.array(self.up)
        rightward = np.cross(upward, self._outward())
        moved = np.array(self.target) - scale * (right * rightward + up * upward)
        x, y, z = (float(value) for value in moved)
        return replace(self, target=(x, y, z))

    def framed(self, points: NDArray, aspect: float, foot: float = FOOT) -> "Orbit":
        """Moved so that `points` `(P, 3)` fill a picture `aspect` times as wide as high.

        Args:
            foot: share of its height that is left free at its foot, or if negative at its head.
        """
        lower, upper = points.min(axis=0), points.max(axis=0)
        middle = (lower.astype(np.float64) + upper) / 2.0
        outward, upward = self._outward(), np.array(self.up)
        arms = np.asarray(points, np.float64) - middle
        tall = np.abs(arms @ upward) * (1.0 + abs(foot))
        wide = np.abs(arms @ np.cross(upward, outward)) / max(aspect, 0.1)
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0))
        # A point is in the picture if it is at most slope · (distance - depth) off the middle.
        distance = float((arms @ outward + MARGIN * np.maximum(tall, wide) / slope).max())
        x, y, z = (float(value) for value in middle - foot * distance * slope * upward)
        return replace(self, target=(x, y, z), distance=distance)

    def pick(self, points: NDArray, x: float, y: float, width: float, height: float) -> int | None:
        """The index of the nearest of `points` `(P, 3)` under pixel (x, y), if there is one."""
        outward, upward = self._outward(), np.array(self.up)
        arms = np.asarray(points, np.float64) - self.target
        depth = self.distance - arms @ outward
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0))
        scale = height / 2.0 / slope / np.maximum(depth, 1.0)
        right = scale * (arms @ np.cross(upward, outward)) - (x - width / 2.0)
        up = scale * (arms @ upward) - (height / 2.0 - y)
        under = np.flatnonzero(np.hypot(right, up) < scale * PICK_MM)
        return int(under[depth[under].argmin()]) if len(under) else None

    def ray(self, x: float, y: float, width: float, height: float) -> Ray:
        """From the viewer through pixel (x, y)."""
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0)) / max(height / 2.0, 0.5)
        outward, upward = self._outward(), np.array(self.up)
        rightward = np.cross(upward, outward)
        across = slope * ((x - width / 2.0) * rightward + (height / 2.0 - y) * upward)
        direction = across - outward
        return Ray(np.array(self.position), direction / np.linalg.norm(direction))

    def pulled(
        self, right: float, down: float, point: NDArray, height: float
    ) -> NDArray[np.float64]:
        """A motion of `point` `(3,)` by pixels of a picture of `height`, in mm parallel to it."""
        depth = self.distance - float((np.asarray(point) - self.target) @ self._outward())
        scale = 2.0 * depth * math.tan(math.radians(VIEW_ANGLE / 2.0)) / max(height, 1.0)
        upward = np.array(self.up)
        moved: NDArray[np.float64] = scale * (
            right * np.cross(upward, self._outward()) - down * upward
        )
        return moved

    def camera(self) -> Camera:
        """As a document keeps it."""
        return Camera(self.position, self.target, self.up)

    def _outward(self) -> NDArray[np.float64]:
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array(
            [
                math.sin(azimuth) * math.cos(elevation),
                math.sin(elevation),
                math.cos(azimuth) * math.cos(elevation),
            ]
        )


@dataclass(frozen=True, slots=True)
class Preset:
    """A direction to look from, and the one on the other side."""

    azimuth: float
    elevation: float
    mirrored_azimuth: float
    mirrored_elevation: float


PRESETS = {
    "front": Preset(0.0, 0.0, 180.0, 0.0),
    "side": Preset(90.0, 0.0, 270.0, 0.0),
    "three-quarter": Preset(35.0, 6.0, 325.0, 6.0),
    "top": Preset(0.0, STEEPEST, 0.0, -STEEPEST),
}


def preset_orbit(orbit: Orbit, name: str, mirrored: bool = False) -> Orbit:
    """`orbit` turned to the preset `name`, at the same distance."""
    preset = PRESETS[name]
    if mirrored:
        return replace(orbit, azimuth=preset.mirrored_azimuth, elevation=preset.mirrored_elevation)
    return replace(orbit, azimuth=preset.azimuth, elevation=preset.elevation)


def orbit_of_camera(camera: Camera) -> Orbit:
    """The orbit that stands where `camera` stands, with its head up."""
    offset = np.subtract(camera.position, camera.target)
    distance = float(np.linalg.norm(offset))
    if distance < 1e-6:
        return Orbit(target=camera.target)
    azimuth = math.degrees(math.atan2(offset[0], offset[2])) % 360.0
    elevation = math.degrees(math.asin(max(-1.0, min(1.0, offset[1] / distance))))
    distance = max(NEAREST, min(FARTHEST, distance))
    steepness = max(-STEEPEST, min(STEEPEST, elevation))
    return Orbit(camera.target, distance, azimuth, steepness)


def stand_on(camera: "vtkCamera", orbit: Orbit) -> None:
    """Look as `orbit` does; the view's angle stays as it is."""
    camera.SetPosition(orbit.position)
    camera.SetFocalPoint(orbit.target)
    camera.SetViewUp(orbit.up)
