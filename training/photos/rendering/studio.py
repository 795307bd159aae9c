"""The studio: takes labelled photographs of random people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.photo.weak_perspective import WeakPerspective
from training.parts.sampler import CodeSampler
from training.photos.rendering.accessories import glasses, hat, occluder
from training.photos.rendering.albedo import Skin, paint_skin, skin_material
from training.photos.rendering.background import Backgrounds
from training.photos.rendering.camera import Camera, draw_camera, draw_pose
from training.photos.rendering.clothing import LARGEST_TWIST_DEG, PIVOT_BELOW_MM, draw_clothing
from training.photos.rendering.hair import Shells, hair_surfaces
from training.photos.rendering.head_mesh import HeadMesh
from training.photos.rendering.lighting import draw_lighting
from training.photos.rendering.natural_expressions import NaturalExpressions
from training.photos.rendering.occlusion import ambient_occlusion
from training.photos.rendering.person import Person, draw_person
from training.photos.rendering.photograph import SUPERSAMPLING, Exposure, draw
from training.photos.rendering.points import Places
from training.photos.rendering.rasteriser import vertex_normals
from training.photos.rendering.sensor import Sensor
from training.photos.rendering.skin_map import FIELDS, map_skin
from training.photos.rendering.surface import Surface, moved

Floats = NDArray[np.float32]

FACE_VERTICES = slice(0, 6706, 5)
"""The narrow face of the source, thinned: what a weak-perspective pose is fitted to."""
NEUTRAL, NATURAL = 0.5, 0.6
OPEN_MM = 1.2
"""Between the lips' inner edges, where teeth begin to show."""
HIDDEN_MM = 4.0
"""How far behind the nearest surface a point still counts as seen: the template and the source's
surface differ a little."""


@dataclass(frozen=True, slots=True)
class StudioSetting:
    """Shares of photographs: `frontal` near-frontal, `neutral` near-neutral expression, `natural`
    with an expression as people make them, the others with single shapes; with a hat, with an
    occluder; `size` px per side; `seed` of everything."""

    size: int = 176
    seed: int = 1
    frontal: float = 0.5
    neutral: float = NEUTRAL
    natural: float = NATURAL
    hats: float = 0.1
    occluders: float = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """Pixels `(S, S, 3)` and labels as in `PhotoSet`."""

    pixels: NDArray[np.uint8]
    code: Floats
    pose: WeakPerspective
    points: Floats
    visible: NDArray[np.bool_]
    person: int


class Studio:
    """Photographs people; every photograph depends on the seed, the person and its number only.

    Args:
        head: what is drawn; sampler: draws its codes; slices: of the codes' parts.
        places: the template's vertices whose pixels are labels.
    """

    def __init__(
        self,
        head: HeadMesh,
        sampler: CodeSampler,
        slices: dict[str, slice],
        places: Places,
        setting: StudioSetting,
    ) -> None:
        self._head, self._sampler, self._slices = head, sampler, slices
        self.places = places
        self._setting = setting
        self._natural = NaturalExpressions(sampler.names)
        self._map = map_skin(head)
        self._shells = Shells.of(head, self._map)
        self._outside = head.faces[(head.kinds[head.faces] < 4).all(1)]
        self._occlusion = ambient_occlusion(head.rest, head.faces)
        self._backgrounds, self._sensor = Backgrounds(setting.seed), Sensor(setting.seed)
        height = head.rest[:, 1]
        self._neck = np.flatnonzero((head.kinds == 0) & (height > -125) & (height < -100))

    def photograph(self, pairs: Sequence[tuple[int, int]]) -> list[Photograph]:
        """One photograph for each (person, number)."""
        seed = self._setting.seed
        rngs = [np.random.default_rng([seed, 1, *pair]) for pair in pairs]
        people = {
            number: draw_person(
                self._sampler, self._slices, FIELDS, np.random.default_rng([seed, 0, number])
            )
            for number in {pair[0] for pair in pairs}
        }
        skins = {number: paint_skin(self._head, self._map, who) for number, who in people.items()}
        codes = np.stack([people[number].code for number, _ in pairs])
        for code, rng in zip(codes, rngs, strict=True):
            code[self._slices["expression"]] = self._expression(rng)
        heads = self._head.vertices(codes)
        places = self.places.at(codes)
        return [
            self._take(number, people[number], skins[number], code, vertices, points, rng)
            for (number, _), code, vertices, points, rng in zip(
                pairs, codes, heads, places, rngs, strict=True
            )
        ]

    def _expression(self, rng: np.random.Generator) -> Floats:
        # Without natural ones, nothing is drawn for the choice: older sets stay as they were.
        if self._setting.natural and rng.random() < self._setting.natural:
            expression = self._natural.draw(rng)
        else:
            expression = self._sampler.draw_expressions(1, rng)[0]
        if rng.random() < self._setting.neutral:
            expression *= np.float32(rng.uniform(0, 0.35))
        return expression

    def _take(
        self,
        number: int,
        person: Person,
        skin: Skin,
        code: Floats,
        vertices: Floats,
        points: Floats,
        rng: np.random.Generator,
    ) -> Photograph:
        setting = self._setting
        camera = draw_camera(draw_pose(rng, setting.frontal), setting.size, rng)
        lighting = draw_lighting(rng)
        surfaces = self._surfaces(person, skin, vertices, camera, rng)
        exposure = draw(surfaces, camera, lighting)
        behind = self._backgrounds.draw(setting.size, rng)
        covered = exposure.picture[:, :, 3:]
        light = exposure.picture[:, :, :3] + (1 - covered) * behind * np.float32(
            rng.uniform(0.2, 1)
        )
        face = self._face_light(exposure)
        pixels = self._sensor.expose(light, face, rng)
        pose = camera.weak_perspective(vertices[FACE_VERTICES].astype(np.float64))
        seen = camera.project(points)
        return Photograph(
            pixels, code, pose, seen.astype(np.float32),
            self._visible(points, seen, camera, exposure), number,
        )  # fmt: skip

    def _surfaces(
        self,
        person: Person,
        skin: Skin,
        vertices: Floats,
        camera: Camera,
        rng: np.random.Generator,
    ) -> list[Surface]:
        """Everything in the camera's frame, the head first."""
        head, setting = self._head, self._setting
        normals = np.empty_like(vertices)
        vertex_normals(vertices, head.faces, normals)
        material = skin_material(head, self._map, self._occlusion, float(rng.lognormal(0, 0.6)))
        whole = np.zeros(0, np.float32)
        gap = vertices[head.landmarks[[62, 66]], 1]
        # What is inside a closed mouth need not be drawn.
        faces = head.faces if gap[0] - gap[1] > OPEN_MM else self._outside
        found = [
            Surface(vertices, normals + skin.relief, skin.albedo, material, whole, faces, True)
        ]
        hatted = rng.random() < setting.hats
        found += hair_surfaces(vertices, normals, self._map, self._shells, person, hatted, rng)
        if hatted:
            found += hat(vertices, normals, self._shells, rng)
        if person.glasses and rng.random() < 0.8:
            found += glasses(vertices[head.landmarks], rng)
        if rng.random() < setting.occluders:
            found += occluder(person.skin, rng)
        turn = camera.turn.astype(np.float32)
        shift = camera.to_camera(np.zeros((1, 3)))[0]
        found = [moved(surface, turn, shift) for surface in found]
        return [*found, self._clothing(person, vertices, camera, rng)]

    def _clothing(
        self, person: Person, vertices: Floats, camera: Camera, rng: np.random.Generator
    ) -> Surface:
        """Shoulders that turn less than the head does."""
        neck, mean = vertices[self._neck], self._head.rest[self._neck]
        middle = neck.mean(0) - (0, PIVOT_BELOW_MM, 0)
        middle[2] -= 20.0
        width = float(np.clip(np.ptp(neck[:, 0]) / np.ptp(mean[:, 0]), 0.85, 1.25))
        forward = camera.turn[:, 2]
        yaw = np.arctan2(forward[0], forward[2])
        twist = np.radians(LARGEST_TWIST_DEG)
        yaw -= np.clip(rng.uniform(0.1, 0.9) * yaw, -twist, twist)
        lean = np.arctan2(-camera.turn[0, 1], camera.turn[1, 1]) * rng.uniform(0.1, 0.7)
        turn = Rotation.from_euler("yz", [yaw, lean]).as_matrix()
        shift = camera.to_camera(middle[None].astype(np.float64))[0]
        return moved(draw_clothing(rng, person.skin), turn * width, shift)

    def _face_light(self, exposure: Exposure) -> float:
        middle = exposure.picture.shape[0] // 4
        part = exposure.picture[middle:-middle, middle:-middle]
        weight = part[:, :, 3]
        light = part[:, :, :3] @ np.array([0.3, 0.59, 0.11], np.float32)
        return float(light.sum() / max(weight.sum(), 1.0)) + 1e-4

    def _visible(
        self, points: Floats, seen: NDArray, camera: Camera, exposure: Exposure
    ) -> NDArray[np.bool_]:
        sample = np.floor(seen * SUPERSAMPLING).astype(int)
        side = len(exposure.depth)
        inside = ((sample >= 0) & (sample < side)).all(1)
        column, row = np.clip(sample, 0, side - 1).T
        depth = -camera.to_camera(points)[:, 2]
        return inside & (depth <= exposure.depth[row, column] + HIDDEN_MM)
