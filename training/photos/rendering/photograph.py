"""Draws one photograph: surfaces in front of a camera, light, background and sensor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.camera import Camera
from training.photos.rendering.lighting import Lighting, half_vectors
from training.photos.rendering.occlusion import light_frame
from training.photos.rendering.rasteriser import fill_nearest
from training.photos.rendering.shading import VALUES, shade
from training.photos.rendering.surface import Surface

Floats = NDArray[np.float32]

SUPERSAMPLING = 2
SHADOW_SIDE = 150
SHADOW_BIAS_MM = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What the lens sees.

    Attributes:
        picture: `(S, S, 4)` linear light and the share of each pixel that is covered.
        depth: `(2 S, 2 S)` mm along the lens's axis, infinite where nothing is.
        names: `(2 S, 2 S)` triangle in the order of the surfaces, −1 for none.
    """

    picture: Floats
    depth: Floats
    names: NDArray[np.int32]


def draw(surfaces: Sequence[Surface], camera: Camera, lighting: Lighting) -> Exposure:
    """Draw surfaces given in the camera's frame."""
    scene = _Scene(surfaces, camera)
    side = SUPERSAMPLING * camera.size
    nearness = np.zeros((side, side), np.float32)
    names = np.full((side, side), -1, np.int32)
    for surface, start, first in zip(surfaces, scene.starts, scene.firsts, strict=True):
        stop = start + len(surface.vertices)
        fill_nearest(
            scene.screen[start:stop], surface.faces, surface.closed, surface.coverage, first,
            nearness, names,
        )  # fmt: skip
    shadow, frame, bias = _shadow(surfaces, lighting)
    picture = np.zeros((camera.size, camera.size, 4), np.float32)
    shade(
        names, scene.faces, scene.screen, scene.corners, lighting.directions,
        half_vectors(lighting.directions), lighting.colours, lighting.ambient, shadow, frame,
        bias, picture,
    )  # fmt: skip
    with np.errstate(divide="ignore"):
        return Exposure(picture, np.float32(1) / nearness, names)


class _Scene:
    """The surfaces' arrays, one after another; `corners` as in `shading.shade`."""

    def __init__(self, surfaces: Sequence[Surface], camera: Camera) -> None:
        counts = [len(surface.vertices) for surface in surfaces]
        self.starts = np.cumsum([0, *counts[:-1]])
        self.firsts = np.cumsum([0, *(len(surface.faces) for surface in surfaces[:-1])])
        self.corners = np.empty((sum(counts), VALUES), np.float32)
        for surface, start in zip(surfaces, self.starts, strict=True):
            rows = self.corners[start : start + len(surface.vertices)]
            rows[:, 0:3], rows[:, 3:6] = surface.vertices, surface.normals
            rows[:, 6:9], rows[:, 9:13] = surface.albedo, surface.material
        self.faces = np.concatenate(
            [s.faces + np.int32(start) for s, start in zip(surfaces, self.starts, strict=True)]
        )
        self.screen = project_samples(self.corners[:, :3], camera)


def project_samples(positions: Floats, camera: Camera) -> Floats:
    """x, y in samples and 1 / depth `(V, 3)` of points in the camera's frame."""
    depth = -positions[:, 2]
    inverse = np.where(depth > 1.0, 1 / np.maximum(depth, 1.0), 0).astype(np.float32)
    focal = np.float32(SUPERSAMPLING * camera.focal)
    principal = (SUPERSAMPLING * camera.principal).astype(np.float32)
    screen = np.empty((len(positions), 3), np.float32)
    screen[:, 0] = principal[0] + focal * positions[:, 0] * inverse
    screen[:, 1] = principal[1] - focal * positions[:, 1] * inverse
    screen[:, 2] = inverse
    return screen


def _shadow(surfaces: Sequence[Surface], lighting: Lighting) -> tuple[Floats, Floats, np.float32]:
    """The first light's shadow map, the map's frame, and the bias in it."""
    if not lighting.casts or not surfaces:
        return np.zeros((0, 0), np.float32), np.zeros((3, 4), np.float32), np.float32(0)
    # The map spans the first surface, the head; what lies beyond it is lit.
    points = surfaces[0].vertices[::4]
    frame = light_frame(points, lighting.directions[0].astype(np.float64), SHADOW_SIDE)
    nearness = np.zeros((SHADOW_SIDE, SHADOW_SIDE), np.float32)
    names = np.full((SHADOW_SIDE, SHADOW_SIDE), -1, np.int32)
    for surface in surfaces:
        seen = surface.vertices @ frame[:, :3].T + frame[:, 3]
        fill_nearest(
            np.ascontiguousarray(seen), surface.faces, surface.closed, surface.coverage, 0,
            nearness, names,
        )  # fmt: skip
    return nearness, frame, np.float32(SHADOW_BIAS_MM * np.linalg.norm(frame[2, :3]))
