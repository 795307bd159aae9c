"""A face model in closed form: no weights, no torch, exact to compare with.

The head is a star-shaped surface around `CENTRE`. In the scaled space
q = (p - CENTRE) / RADII a unit direction d meets it at |q| = 1 + h(d), where
h = base(d) + a + CURVATURE · a² and a = Σ value_k · bump_k(d). So `template_surface` lies on
the zero set of `field` exactly, and `preview` differs by the small quadratic term.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.protocol import (
    PARTS,
    Direction,
    Eye,
    FaceCode,
    ModelInfo,
    PartInfo,
    SignedField,
)
from engine.progress import CancelToken

Floats = NDArray[np.float32]

CENTRE = np.array([0.0, 5.0, 10.0])
RADII = np.array([76.0, 112.0, 92.0])
CURVATURE = 0.6
LOWER = np.array([-150.0, -230.0, -150.0], np.float32)
UPPER = np.array([150.0, 190.0, 170.0], np.float32)

EXPRESSIONS = (
    "Jaw open",
    "Smile left",
    "Smile right",
    "Blink left",
    "Blink right",
    "Brows up",
    "Lips pucker",
    "Cheek puff",
)
SIZES = {"nose": 12, "eyes": 12, "mouth": 12, "head": 14}
EYE_X, EYE_Y = 31.0, 22.0

_SPOTS = {
    "nose": ((0.0, -8.0), (0.0, 8.0), (9.0, -14.0)),
    "eyes": ((EYE_X, EYE_Y), (EYE_X, EYE_Y + 12.0), (EYE_X - 12.0, EYE_Y), (EYE_X + 13.0, EYE_Y)),
    "mouth": ((0.0, -45.0), (0.0, -53.0), (20.0, -48.0)),
    "head": ((0.0, -95.0), (0.0, 75.0), (62.0, -20.0), (66.0, 30.0), (45.0, -60.0)),
}
_EXPRESSION_SPOTS = (
    (0.0, -88.0, 24.0, 0.10),
    (24.0, -44.0, 11.0, 0.05),
    (-24.0, -44.0, 11.0, 0.05),
    (EYE_X, EYE_Y, 9.0, 0.04),
    (-EYE_X, EYE_Y, 9.0, 0.04),
    (0.0, EYE_Y + 18.0, 20.0, 0.04),
    (0.0, -48.0, 12.0, 0.08),
    (45.0, -35.0, 18.0, 0.08),
)


@dataclass(frozen=True, slots=True)
class Bump:
    """A smooth hill of the surface: exp(-|d - centre|² / 2 width²), in scaled space.

    Attributes:
        centres: unit directions `(N, 3)`; their hills are added.
        width: of the hill.
        height: at its top, as a fraction of the radius.
    """

    centres: NDArray[np.float64]
    width: float
    height: float

    def values(self, directions: NDArray) -> NDArray[np.float64]:
        """Heights `(P,)` at unit `directions` `(P, 3)`."""
        total = np.zeros(len(directions))
        for centre in self.centres:
            square = ((directions - centre) ** 2).sum(axis=1)
            total += np.exp(-square / (2.0 * self.width**2))
        return self.height * total


def face_point(x: float, y: float, back: bool = False) -> NDArray[np.float64]:
    """The unit direction `(3,)` of scaled space through (x, y) mm on the front of the head."""
    scaled = np.array([x / RADII[0], (y - CENTRE[1]) / RADII[1], 0.0])
    depth = np.sqrt(max(1.0 - float((scaled**2).sum()), 0.01))
    scaled[2] = -depth if back else depth
    unit: NDArray[np.float64] = scaled / np.linalg.norm(scaled)
    return unit


def _pair(x: float, y: float, width: float, height: float) -> Bump:
    """A hill of `width` mm at (x, y), and its mirror image if it is off the middle."""
    spots = [(x, y)] if x == 0.0 else [(x, y), (-x, y)]
    return Bump(np.array([face_point(*spot) for spot in spots]), width / 90.0, height)


def _base_bumps() -> list[Bump]:
    neck = Bump(np.array([[0.0, -0.985, -0.17]]) / np.linalg.norm([0.985, 0.17]), 0.33, 0.55)
    return [
        _pair(0.0, -12.0, 8.5, 0.16),
        _pair(0.0, 2.0, 7.5, 0.10),
        _pair(0.0, 16.0, 7.0, 0.05),
        _pair(8.0, -16.0, 5.5, 0.05),
        _pair(EYE_X, EYE_Y, 13.0, -0.10),
        _pair(EYE_X, EYE_Y + 17.0, 11.0, 0.03),
        _pair(14.0, -43.0, 10.0, 0.035),
        _pair(0.0, -41.0, 7.0, 0.05),
        _pair(0.0, -53.0, 7.0, 0.06),
        _pair(0.0, -78.0, 15.0, 0.07),
        _pair(42.0, -8.0, 20.0, 0.04),
        Bump(np.array([[0.99, 0.0, -0.15], [-0.99, 0.0, -0.15]]), 0.12, 0.13),
        neck,
    ]


def _part_bumps(part: str) -> list[Bump]:
    if part == "expression":
        return [
            Bump(np.array([face_point(x, y)]), width / 90.0, height)
            for x, y, width, height in _EXPRESSION_SPOTS
        ]
    rng = np.random.default_rng(PARTS.index(part))
    spots = _SPOTS[part]
    width = 26.0 if part == "head" else 8.0
    bumps = []
    for k in range(SIZES[part]):
        x, y = spots[k % len(spots)]
        jitter = rng.uniform(-3.0, 3.0, size=2) * (x != 0.0)
        height = 0.035 * 0.88**k * (1.0 if k % 2 == 0 else -1.0)
        bumps.append(_pair(x + jitter[0], y + jitter[1], width * (1.0 - 0.02 * k), height))
    return bumps


def _sphere(rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.int32], Floats]:
    """Unit directions `(V, 3)`, faces `(F, 3)` and UV `(V, 2)`; poles on the y axis."""
    theta = np.pi * np.arange(1, rows) / rows
    phi = 2.0 * np.pi * np.arange(columns) / columns
    t, p = (grid.ravel() for grid in np.meshgrid(theta, phi, indexing="ij"))
    ring = np.stack([np.sin(t) * np.sin(p), np.cos(t), np.sin(t) * np.cos(p)], axis=1)
    directions = np.concatenate([ring, [[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]])
    uv = np.concatenate([np.stack([p / (2 * np.pi), 1 - t / np.pi], 1), [[0.5, 1.0], [0.5, 0.0]]])
    top, bottom = len(ring), len(ring) + 1
    here = np.arange(columns)
    beside = (here + 1) % columns
    first, last = 0, (rows - 2) * columns
    faces = [
        np.stack([np.full(columns, top), here, beside], axis=1),
        np.stack([np.full(columns, bottom), last + beside, last + here], axis=1),
    ]
    for row in range(first, rows - 2):
        a, b = row * columns + here, row * columns + beside
        faces += [np.stack([a, a + columns, b], 1), np.stack([b, a + columns, b + columns], 1)]
    return directions, np.concatenate(faces).astype(np.int32), uv.astype(np.float32)


class SyntheticModel:
    """An analytic `FaceModel`.

    Args:
        rows, columns: of the template's sphere; V = (rows - 1) · columns + 2.
    """

    def __init__(self, rows: int = 44, columns: int = 60) -> None:
        self._bumps = {part: _part_bumps(part) for part in PARTS}
        self._base = _base_bumps()
        self._directions, faces, uv = _sphere(rows, columns)
        # More vertices at the front, where the face is.
        self._directions = _drawn_to_front(self._directions)
        self._heights = {
            part: np.stack([bump.values(self._directions) for bump in bumps])
            for part, bumps in self._bumps.items()
        }
        weights = _region_weights(self._directions)
        self._rest = np.ones(len(self._directions))
        for bump in self._base:
            self._rest += bump.values(self._directions)
        self._template = Mesh(
            self._place(self._rest), faces, uv, _skin(weights, self._directions), weights
        )
        self._landmarks = _landmarks(self._directions)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("Synthetic head", "5" * 64, "cpu", {"chamfer_mm": 0.0})

    @property
    def parts(self) -> tuple[PartInfo, ...]:
        shapes = tuple(
            PartInfo(
                part,
                tuple(Direction(f"{part.title()} {k + 1}", -3.0, 3.0, 1.0) for k in range(size)),
            )
            for part, size in SIZES.items()
        )
        names = tuple(Direction(name, 0.0, 1.0, 0.3) for name in EXPRESSIONS)
        return (*shapes, PartInfo("expression", names))

    @property
    def template(self) -> Mesh:
        return self._template

    @property
    def landmarks(self) -> NDArray[np.int32]:
        return self._landmarks

    def mean_code(self) -> FaceCode:
        return FaceCode(**{part: np.zeros(len(self._bumps[part]), np.float32) for part in PARTS})

    def preview(self, code: FaceCode) -> Floats:
        """Template vertices `(V, 3)`, linear in `code`."""
        return self._place(self._rest + self._linear(code))

    def tangent(self, part: str, index: int) -> Floats:
        """Motion `(V, 3)` in mm per unit."""
        motion = RADII * self._directions * self._heights[part][index][:, None]
        return motion.astype(np.float32)

    def template_surface(self, code: FaceCode, cancel: CancelToken | None = None) -> Floats:
        """Template vertices `(V, 3)` on the zero set of `field(code)`."""
        if cancel is not None:
            cancel.check()
        linear = self._linear(code)
        return self._place(self._rest + linear + CURVATURE * linear**2)

    def field(self, code: FaceCode) -> SignedField:
        """The face as an approximate signed distance, zero on the surface exactly."""
        smallest = float(RADII.min())

        def evaluate(points: Floats) -> Floats:
            length, directions = self._polar(points)
            # Heights fade towards the centre, where directions change quickly.
            fade = np.clip((length - 0.15) / 0.45, 0.0, 1.0)
            height = self._height(code, directions)
            return (smallest * (length - 1.0 - fade * height)).astype(np.float32)

        return SignedField(evaluate, LOWER, UPPER, lipschitz=4.5)

    def influence(self, part: str, faces: Sequence[FaceCode], points: Floats) -> NDArray[np.bool_]:
        """Points `(N, 3)` whose value changes by more than 0.001 mm."""
        del part
        first, *others = (self.field(code).evaluate(points) for code in faces)
        change = np.abs(np.array(others) - first).max(axis=0)
        moved: NDArray[np.bool_] = change > 1e-3
        return moved

    def correspond(self, code: FaceCode, points: Floats) -> Floats:
        """Where `points` `(N, 3)` lie on the mean face at rest."""
        length, directions = self._polar(points)
        height = self._height(code, directions)
        at_rest = length - height + self._height(self.mean_code(), directions)
        return (CENTRE + RADII * directions * at_rest[:, None]).astype(np.float32)

    def eyes(self, code: FaceCode) -> tuple[Eye, Eye]:
        """Eyeballs that stand 2 mm out of the surface."""
        right, left = (self._eye(code, x) for x in (-EYE_X, EYE_X))
        return right, left

    def _eye(self, code: FaceCode, x: float) -> Eye:
        direction = face_point(x, EYE_Y)[None]
        surface = CENTRE + RADII * direction[0] * (1.0 + self._height(code, direction)[0])
        centre = surface - np.array([0.0, 0.0, 10.0])
        rng = np.random.default_rng(0)
        ahead = rng.normal(size=(80, 3)) * (0.25, 0.25, 0.0) + (0.0, 0.0, 1.0)
        points = centre + 12.0 * ahead / np.linalg.norm(ahead, axis=1)[:, None]
        gaze = np.array([0.0, 0.0, 1.0], np.float32)
        return Eye(centre.astype(np.float32), 12.0, gaze, points.astype(np.float32))

    def _linear(self, code: FaceCode) -> NDArray[np.float64]:
        total = np.zeros(len(self._directions))
        for part in PARTS:
            total += code.part(part) @ self._heights[part]
        return total

    def _height(self, code: FaceCode, directions: NDArray) -> NDArray[np.float64]:
        base = np.zeros(len(directions))
        for bump in self._base:
            base += bump.values(directions)
        linear = np.zeros(len(directions))
        for part in PARTS:
            for value, bump in zip(code.part(part), self._bumps[part], strict=True):
                if value:
                    linear += float(value) * bump.values(directions)
        return base + linear + CURVATURE * linear**2

    def _place(self, lengths: NDArray[np.float64]) -> Floats:
        placed = CENTRE + RADII * self._directions * lengths[:, None]
        return placed.astype(np.float32)

    def _polar(self, points: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """|q| `(N,)` and the unit direction `(N, 3)` of points `(N, 3)`."""
        scaled = (np.asarray(points, np.float64) - CENTRE) / RADII
        length = np.linalg.norm(scaled, axis=1)
        return length, scaled / np.maximum(length, 1e-9)[:, None]


def _drawn_to_front(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    drawn = directions + np.array([0.0, 0.0, 0.45]) * (1.0 - directions[:, 1:2] ** 2)
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn, axis=1)[:, None]
    return unit


def _region_weights(directions: NDArray) -> Floats:
    """Smooth weights `(V, 4)` of `REGIONS` that add up to one."""
    shapes = (_pair(0.0, -2.0, 13.0, 1.4), _pair(EYE_X, EYE_Y, 13.0, 1.4), _pair(0, -47, 16.0, 1.4))
    face = np.stack([np.minimum(bump.values(directions), 1.0) for bump in shapes], axis=1)
    face /= np.maximum(face.sum(axis=1, keepdims=True), 1.0)
    weights = np.concatenate([face, 1.0 - face.sum(axis=1, keepdims=True)], axis=1)
    return weights.astype(np.float32)


def _skin(weights: NDArray, directions: NDArray) -> NDArray[np.uint8]:
    skin, lips = np.array([222.0, 178.0, 152.0]), np.array([188.0, 104.0, 98.0])
    red = np.clip(2.0 * _pair(0.0, -47.0, 8.0, 1.0).values(directions) - 0.6, 0.0, 1.0)[:, None]
    colors = skin * (1.0 - red) + lips * red - 12.0 * weights[:, 1:2]
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)


def _landmarks(directions: NDArray) -> NDArray[np.int32]:
    """The vertices `(68,)` nearest to a rough Multi-PIE layout."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 17)
    spots = [(66.0 * np.sin(a), 5.0 - 85.0 * np.cos(a)) for a in turn]
    spots += [(x, 40.0) for x in (-46, -38, -30, -22, -14, 14, 22, 30, 38, 46)]
    spots += [(0.0, y) for y in (18, 9, 0, -9)] + [(x, -17.0) for x in (-10, -5, 0, 5, 10)]
    ring = np.pi * np.arange(6) / 3.0
    for x in (-EYE_X, EYE_X):
        spots += [(x - 12.0 * np.cos(a), EYE_Y + 5.0 * np.sin(a)) for a in ring]
    for width, height, count in ((24.0, 10.0, 12), (17.0, 4.0, 8)):
        lip = 2.0 * np.pi * np.arange(count) / count
        spots += [(-width * np.cos(a), -47.0 + height * np.sin(a)) for a in lip]
    wanted = np.array([face_point(x, y) for x, y in spots])
    nearest = ((wanted[:, None] - directions[None]) ** 2).sum(axis=2).argmin(axis=1)
    return nearest.astype(np.int32)
