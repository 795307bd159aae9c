"""Hair as shells over the scalp and as curtains that hang from it; beards; headgear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.head_mesh import HeadMesh
from training.photos.rendering.person import Person
from training.photos.rendering.skin_map import STREAKS, SkinMap
from training.photos.rendering.surface import Surface, grid_faces, plain_surface

Floats = NDArray[np.float32]

CURTAIN_ROWS, CURTAIN_COLUMNS = 26, 56
CURTAIN_CENTRE, CURTAIN_FRONT = 5.0, 46.0
"""z of the axis about which curtains hang, and how far they reach in front of it, mm."""
HAIR_MATERIAL = (0.05, 12.0, 0.15, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Shell:
    """The head's triangles that can carry hair, by themselves: R vertices.

    Attributes:
        rows: `(R,)` vertices of the head; faces: `(F, 3)` into `rows`.
        depth: `(R,)` `SkinMap.scalp` or `SkinMap.beard` of them.
        noise, streaks: of `SkinMap`, at these vertices.
    """

    rows: NDArray[np.int64]
    faces: NDArray[np.int32]
    depth: Floats
    noise: Floats
    streaks: Floats

    def grain(self, rng: np.random.Generator, first: int, last: int) -> Floats:
        """Random noise `(R,)` of unit variance from the fields `first` … `last`."""
        return np.asarray(self.noise[:, first:last] @ _weights(last - first, rng), np.float32)

    def strands(self, rng: np.random.Generator) -> Floats:
        return np.asarray(self.streaks @ _weights(STREAKS, rng), np.float32)


def _weights(count: int, rng: np.random.Generator) -> Floats:
    weights: Floats = rng.standard_normal(count, np.float32) / np.float32(np.sqrt(count))
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class Shells:
    """Where hair and where a beard can grow."""

    scalp: Shell
    beard: Shell

    @staticmethod
    def of(head: HeadMesh, skin_map: SkinMap) -> "Shells":
        skin = head.faces[(head.kinds[head.faces] == 0).all(1)]
        return Shells(
            _make_shell(skin[(skin_map.scalp[skin] > -22).any(1)], skin_map.scalp, skin_map),
            _make_shell(skin[(skin_map.beard[skin] > 0.05).any(1)], skin_map.beard, skin_map),
        )


def _make_shell(faces: NDArray, depth: Floats, skin_map: SkinMap) -> Shell:
    rows, packed = np.unique(faces, return_inverse=True)
    return Shell(
        rows, packed.reshape(-1, 3).astype(np.int32), depth[rows],
        np.ascontiguousarray(skin_map.noise[rows]), np.ascontiguousarray(skin_map.streaks[rows]),
    )  # fmt: skip


def hair_surfaces(
    vertices: Floats,
    normals: Floats,
    skin_map: SkinMap,
    shells: Shells,
    person: Person,
    flat: bool,
    rng: np.random.Generator,
) -> list[Surface]:
    """The hair of a person on a head `vertices`, `normals` `(V, 3)` in the head's frame;
    `flat` under a hat."""
    style = person.hairstyle
    thick = {"bald": 0.0, "buzz": 2.0, "tied": 6.0, "curly": 20.0}.get(style, person.hair_mm)
    if flat:
        thick = min(thick, 2.0)
    found = []
    if thick:
        found.append(_cap(vertices, normals, shells.scalp, person, thick, rng))
    if style in ("bob", "long", "medium"):
        reach = {"medium": -25.0, "bob": -75.0, "long": -230.0}[style]
        found.append(_curtain(vertices, skin_map, person, reach, thick, rng))
    if style == "tied":
        found.append(_bun(vertices, person, rng))
    if person.beard_mm:
        found.append(_beard(vertices, normals, shells.beard, person, rng))
    return found


def _streaks(colour: Floats, grain: Floats) -> Floats:
    return np.asarray(colour * np.exp(0.35 * grain[:, None]), np.float32)


def _cap(
    vertices: Floats,
    normals: Floats,
    shell: Shell,
    person: Person,
    thick: float,
    rng: np.random.Generator,
) -> Surface:
    points = vertices[shell.rows]
    coarse, fine = shell.grain(rng, 4, 18), shell.grain(rng, 32, 48)
    depth = shell.depth - person.hairline + 4 * coarse + 2.5 * fine
    fringe = rng.uniform(0, 26) * (rng.random() < 0.4) * (person.hairstyle not in ("buzz", "tied"))
    depth += fringe * ((points[:, 2] > 60) & (points[:, 1] > 50))
    # Hair stands higher on the crown than at the nape.
    high = 0.55 + 0.6 * np.clip((points[:, 1] - 20) / 100, 0, 1)
    wild = {"curly": 0.32, "short": 0.14, "buzz": 0.05}.get(person.hairstyle, 0.09)
    volume = 1 + wild * coarse + wild * fine
    if person.hairstyle in ("short", "medium", "bob", "long"):
        volume += _combed(points, shell, person, rng)
    lift = 1.2 + thick * high * np.clip(depth / 14, 0, 1) * np.clip(volume, 0.15, 3)
    colour = _streaks(person.hair, shell.strands(rng) + 0.5 * fine + 0.4 * coarse)
    points = points + lift[:, None].astype(np.float32) * normals[shell.rows]
    coverage = np.clip(depth / 6 + 0.15, 0, 1)
    return plain_surface(points, shell.faces, colour, HAIR_MATERIAL, coverage)


def _combed(points: Floats, shell: Shell, person: Person, rng: np.random.Generator) -> Floats:
    """What combing adds to the volume: strands, a parting to one side, a quiff."""
    change = 0.12 * shell.strands(rng)
    top = np.clip((points[:, 1] - 60) / 50, 0, 1)
    if rng.random() < 0.5:
        side, place = rng.choice([-1, 1]), rng.uniform(5, 40)
        change += top * (0.5 * np.tanh((side * points[:, 0] + place) / 12) - 0.25)
    if person.hairstyle == "short" and rng.random() < 0.5:
        change += rng.uniform(0.3, 1.2) * top * np.clip((points[:, 2] - 10) / 60, 0, 1)
    return np.asarray(change, np.float32)


def _beard(
    vertices: Floats, normals: Floats, shell: Shell, person: Person, rng: np.random.Generator
) -> Surface:
    points = vertices[shell.rows]
    fine = shell.grain(rng, 28, 48)
    depth = shell.depth * (1 + 0.15 * fine)
    if rng.integers(3) == 0:
        # A goatee.
        depth *= np.clip(1.4 - np.abs(points[:, 0]) / 30, 0, 1)
    chin = np.clip((-25 - points[:, 1]) / 40, 0, 1)
    lift = 0.8 + person.beard_mm * (0.4 + chin) * np.clip(depth, 0, 1)
    points = points + lift[:, None].astype(np.float32) * normals[shell.rows]
    coverage = np.clip((depth - 0.15) / 0.5, 0, 1)
    return plain_surface(points, shell.faces, _streaks(person.hair, fine), HAIR_MATERIAL, coverage)


def _curtain(
    vertices: Floats,
    skin_map: SkinMap,
    person: Person,
    reach: float,
    thick: float,
    rng: np.random.Generator,
) -> Surface:
    """Hair that falls from the skull around the back down to height `reach`, open towards the
    face."""
    scalp = vertices[skin_map.scalp > 6]
    top, half, back = scalp[:, 1].max(), np.abs(scalp[:, 0]).max(), scalp[:, 2].min()
    covers = person.hairstyle != "medium" and rng.random() < 0.65
    opening = np.radians(rng.uniform(32, 62) if covers else rng.uniform(88, 115))
    angle = np.linspace(opening, 2 * np.pi - opening, CURTAIN_COLUMNS)
    heights = np.linspace(top - 8, reach + rng.normal(0, 15), CURTAIN_ROWS)[:, None]
    share = np.clip((top - heights) / (top - 20), 0, 1)
    # The skull's outline as an ellipse above the ears, straight below them.
    width = np.sqrt(np.clip(1 - (1 - share) ** 2.2, 0.02, 1))
    flare = rng.uniform(-0.18, 0.25) * np.clip((10 - heights) / 120, 0, 1.5)
    across = (half + 2 + 0.3 * thick) * width * (1 + flare)
    if covers:
        # Wide enough to lie over the ears.
        across = np.maximum(across, np.interp(heights, [-40, 0, 60, 100], [0, 97, 95, 0]))
    deep = (CURTAIN_CENTRE - back + 2 + 0.6 * thick) * width * (1 + 0.5 * flare)
    phase = rng.uniform(0, 6.3, 3)
    ripple = np.sin(7 * angle + phase[0] + 0.02 * heights)
    ripple += np.sin(17 * angle + phase[1] + 0.05 * np.sin(phase[2]) * heights)
    x = (across + rng.uniform(0.5, 4.0) * ripple) * np.sin(angle)
    z = np.where(np.cos(angle) > 0, CURTAIN_FRONT, deep) * np.cos(angle) + CURTAIN_CENTRE
    points = np.stack([x, np.broadcast_to(heights, x.shape), z], -1).reshape(-1, 3)
    strands = np.sin(np.outer((11, 23, 37), angle) + rng.uniform(0, 6.3, (3, 1))).sum(0)
    albedo = _streaks(person.hair, np.tile(0.6 * strands.astype(np.float32), CURTAIN_ROWS))
    faces = grid_faces(CURTAIN_ROWS, CURTAIN_COLUMNS, False)
    return plain_surface(points, faces, albedo, HAIR_MATERIAL, _fraying(strands))


def _fraying(strands: NDArray) -> Floats:
    """Coverage of a curtain's vertices: its sides and its lower end thin out by strands."""
    column = np.arange(CURTAIN_COLUMNS)
    sides = np.minimum(column, column[::-1]) / 3.0 + 0.15
    end = np.arange(CURTAIN_ROWS)[::-1, None] / 4.0 + 0.3 * strands + 0.1
    return np.asarray(np.clip(np.minimum(sides, end), 0, 1).ravel(), np.float32)


def _bun(vertices: Floats, person: Person, rng: np.random.Generator) -> Surface:
    radius = rng.uniform(16, 34)
    centre = np.array([rng.normal(0, 4), rng.uniform(20, 140), -75.0])
    centre[2] += max(centre[1] - 90, 0) * 1.1
    points, faces = sphere(12, 18)
    return plain_surface(centre + radius * points, faces, person.hair, HAIR_MATERIAL)


def sphere(rows: int, columns: int) -> tuple[NDArray, NDArray]:
    """A unit sphere as a grid: vertices and triangles."""
    height = np.linspace(0, np.pi, rows)[:, None]
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    points = np.stack(
        [
            np.sin(height) * np.cos(angle),
            np.cos(height) + 0 * angle,
            np.sin(height) * np.sin(angle),
        ],
        axis=-1,
    )
    return points.reshape(-1, 3), grid_faces(rows, columns, True)
