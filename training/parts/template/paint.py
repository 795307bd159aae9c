"""A plain albedo for the template, painted from its landmarks: no photograph is used."""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from engine.geometry.normals import vertex_normals
from training.parts.template.mirror import WholeSurface
from training.parts.template.sizing import LIDS, ear_region, lines_distance
from training.parts.template.template_mesh import Kind

Array = NDArray[np.float64]

BROW_LINES = ((17, 18, 19, 20, 21), (26, 25, 24, 23, 22))
"""From the temple to the nose."""


@dataclass(frozen=True, slots=True)
class Palette:
    """sRGB colours, 0 to 255."""

    skin: tuple[int, int, int] = (222, 174, 148)
    pale: tuple[int, int, int] = (231, 189, 164)
    rosy: tuple[int, int, int] = (212, 132, 114)
    socket: tuple[int, int, int] = (186, 130, 112)
    lid: tuple[int, int, int] = (196, 128, 114)
    lash: tuple[int, int, int] = (74, 50, 42)
    lips: tuple[int, int, int] = (190, 104, 98)
    brow: tuple[int, int, int] = (88, 62, 48)
    mouth: tuple[int, int, int] = (132, 50, 50)
    throat: tuple[int, int, int] = (58, 18, 20)
    crevice: tuple[int, int, int] = (128, 70, 58)
    sclera: tuple[int, int, int] = (238, 235, 230)
    cap: tuple[int, int, int] = (176, 134, 114)


def paint(
    surface: WholeSurface, landmarks: Array, palette: Palette, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Vertex colours `(V, 3)` sRGB.

    Args:
        surface: the closed template.
        landmarks: `(68, 3)` mm, symmetric.
        palette: the colours.
        rng: of the skin's gentle variation.
    """
    points = surface.vertices
    shade = _openness(surface)
    color = _skin(points, landmarks, palette)
    color = _mix(color, palette.crevice, 0.85 * _fade_in(0.42 - shade, 0.3))
    color *= (1.0 + 0.014 * _variation(points, rng))[:, None]
    color = _mix(color, palette.brow, 0.72 * brow_weight(points, landmarks))
    color = _mix(color, palette.lips, 0.85 * _lip_weight(surface))
    color = _mix(color, palette.lid, 0.6 * _lid_margin(surface))
    color = _mix(color, palette.lash, 0.5 * _lashes(surface, landmarks))
    color *= (0.9 + 0.1 * shade)[:, None]
    color = _paint_mouth(color, surface, landmarks, palette)
    eyes = np.isin(surface.kinds, (Kind.RIGHT_EYE, Kind.LEFT_EYE))
    color[eyes] = np.array(palette.sclera) * (0.9 + 0.1 * shade[eyes])[:, None]
    color[surface.kinds == Kind.CAP] = palette.cap
    color = 0.5 * (color + color[surface.mirror])
    return np.clip(np.rint(color), 0, 255).astype(np.uint8)


def _skin(points: Array, landmarks: Array, palette: Palette) -> Array:
    color = np.tile(np.array(palette.skin, dtype=np.float64), (len(points), 1))
    brows = landmarks[[19, 24]].mean(0)
    forehead = _spot(points, brows + np.array([0.0, 34.0, -8.0]), (46.0, 26.0, 40.0))
    color = _mix(color, palette.pale, 0.55 * forehead)
    for side, lid, corner in ((-1.0, 41, 48), (1.0, 46, 54)):
        cheek = 0.5 * (landmarks[lid] + landmarks[corner]) + (9.0 * side, -3.0, -4.0)
        color = _mix(color, palette.rosy, 0.38 * _spot(points, cheek, (19.0, 17.0, 24.0)))
        wing = landmarks[31 if side < 0 else 35] + (3.0 * side, 2.0, -2.0)
        color = _mix(color, palette.rosy, 0.30 * _spot(points, wing, (8.0, 8.0, 9.0)))
    color = _mix(color, palette.rosy, 0.34 * _spot(points, landmarks[30], (11.0, 10.0, 12.0)))
    chin = landmarks[[8, 57]].mean(0)
    color = _mix(color, palette.rosy, 0.14 * _spot(points, chin, (16.0, 12.0, 18.0)))
    lids = lines_distance(points, landmarks, LIDS)
    color = _mix(color, palette.socket, 0.42 * np.exp(-((lids / 8.0) ** 2)))
    return _mix(color, palette.rosy, 0.42 * _ears(points, landmarks))


def _ears(points: Array, landmarks: Array) -> Array:
    """1 on the ears, fading out towards the head, `(V,)`."""
    ear = points[ear_region(points, landmarks)]
    if not len(ear):
        return np.zeros(len(points))
    low, high = np.abs(ear[:, 0]).min(), np.abs(ear[:, 0]).max()
    centre, radii = 0.5 * (ear.min(0) + ear.max(0)), 0.5 * np.ptp(ear, axis=0)
    across = (points[:, 1:] - centre[1:]) / radii[1:]
    rim = _fade_in(1.15 - np.linalg.norm(across, axis=1), 0.45)
    return rim * _fade_in(np.abs(points[:, 0]) - low - 1.0, 0.5 * (high - low))


def brow_weight(points: Array, landmarks: Array) -> Array:
    """Strength `(V,)` of the eyebrows: full along a tapering arc, soft at the rim."""
    best = np.zeros(len(points))
    for line in BROW_LINES:
        knots = landmarks[list(line)] - (0.0, 2.5, 0.0)
        arc = CubicSpline(np.linspace(0.0, 1.0, len(line)), knots)(np.linspace(0.04, 1.0, 60))
        distance = np.linalg.norm(points[:, None] - arc[None], axis=2)
        place = distance.argmin(1) / 59.0
        # Thin at the temple, fullest before the inner end.
        width = 1.6 + 3.0 * np.sin(np.pi * np.clip(0.12 + 0.68 * place, 0.0, 1.0))
        nearest = distance.min(1)
        best = np.maximum(best, _fade_in(width + 1.8 - nearest, 4.0) * (0.75 + 0.25 * place))
    return best


def _lip_weight(surface: WholeSurface) -> Array:
    """1 on the lips, half on their border, a trace beside it, `(V,)`."""
    lips = surface.faces[surface.face_kinds == Kind.LIPS]
    weight = np.zeros(len(surface.vertices))
    weight[np.unique(lips)] = 0.7
    weight[surface.kinds == Kind.LIPS] = 1.0
    return np.maximum(weight, 0.2 * _beside(surface, weight > 0.0))


def _beside(surface: WholeSurface, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Vertices `(V,)` that share a triangle with a chosen one, and are not chosen."""
    near = np.zeros(len(chosen), dtype=bool)
    near[surface.faces[chosen[surface.faces].any(1)]] = True
    return near & ~chosen


def _lid_margin(surface: WholeSurface) -> Array:
    """1 where the lids touch the eyeball, and a little on the ring beyond, `(V,)`."""
    eyes = np.isin(surface.face_kinds, (Kind.RIGHT_EYE, Kind.LEFT_EYE))
    margin = np.zeros(len(surface.vertices), dtype=bool)
    margin[surface.faces[eyes]] = True
    return margin + 0.35 * _beside(surface, margin)


def _lashes(surface: WholeSurface, landmarks: Array) -> Array:
    """1 along the upper lids' margin, fading out towards the eyes' corners, `(V,)`."""
    weight = np.zeros(len(surface.vertices))
    margin = _lid_margin(surface)
    for outer, inner, upper in ((36, 39, 37), (45, 42, 44)):
        corners = landmarks[[outer, inner]]
        height = max(landmarks[upper, 1] - corners[:, 1].mean(), 1e-6)
        along = corners[1] - corners[0]
        t = np.clip((surface.vertices - corners[0]) @ along / (along @ along), 0.0, 1.0)
        above = surface.vertices[:, 1] - (corners[0, 1] + t * along[1])
        near = np.linalg.norm(surface.vertices - corners.mean(0), axis=1) < np.linalg.norm(along)
        weight = np.maximum(weight, near * _fade_in(above / height - 0.1, 0.6))
    return weight * margin


def _paint_mouth(color: Array, surface: WholeSurface, landmarks: Array, palette: Palette) -> Array:
    """Red behind the lips, darker towards the throat."""
    mouth = surface.kinds == Kind.MOUTH
    depth = landmarks[[62, 66], 2].mean() - surface.vertices[:, 2]
    inner = np.tile(np.array(palette.lips, dtype=np.float64), (len(color), 1))
    inner = _mix(inner, palette.mouth, _fade_in(depth - 1.0, 8.0))
    inner = _mix(inner, palette.throat, _fade_in(depth - 10.0, 40.0))
    return np.where(mouth[:, None], inner, color)


def _openness(surface: WholeSurface) -> Array:
    """Share `(V,)` of the directions about the normal that see the outside, 0 to 1."""
    vertices = np.ascontiguousarray(surface.vertices, dtype=np.float64)
    faces = np.ascontiguousarray(surface.faces, dtype=np.int64)
    normals = vertex_normals(vertices, faces).astype(np.float64)
    hidden = igl.ambient_occlusion(vertices, faces, vertices + 0.05 * normals, normals, 192)
    open_share = 1.0 - np.asarray(hidden, dtype=np.float64).ravel()
    return np.clip(0.5 * (open_share + open_share[surface.mirror]), 0.0, 1.0)


def _variation(points: Array, rng: np.random.Generator) -> Array:
    """A smooth random field `(V,)` of unit size with waves of 12 to 60 mm."""
    total = np.zeros(len(points))
    count = 24
    for wavelength in np.geomspace(12.0, 60.0, count):
        direction = rng.standard_normal(3)
        direction /= np.linalg.norm(direction)
        phase = rng.uniform(0.0, 2.0 * np.pi)
        total += np.sin(2.0 * np.pi / wavelength * (points @ direction) + phase)
    return total / np.sqrt(0.5 * count)


def _spot(points: Array, centre: Array, radii: tuple[float, float, float]) -> Array:
    """A Gaussian `(V,)` about `centre` with a standard deviation along each axis."""
    return np.exp(-0.5 * (((points - centre) / np.array(radii)) ** 2).sum(1))


def _fade_in(value: Array, width: float) -> Array:
    """0 up to value 0, 1 from `width` on, smooth between."""
    t = np.clip(value / width, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _mix(color: Array, other: tuple[int, int, int], weight: Array) -> Array:
    """`color` `(V, 3)` moved towards `other` by `weight` `(V,)`."""
    return color + np.clip(weight, 0.0, 1.0)[:, None] * (np.array(other) - color)
