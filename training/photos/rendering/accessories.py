"""Glasses, hats, and things that get in the way."""

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.hair import Shells, sphere
from training.photos.rendering.surface import Surface, grid_faces, plain_surface

Floats = NDArray[np.float32]
TUBE_SIDES = 6


def random_colour(rng: np.random.Generator) -> NDArray:
    """A linear colour of dyed stuff."""
    colour = np.exp(rng.uniform(np.log(0.01), np.log(0.6))) * np.exp(rng.normal(0, 0.4, 3))
    return np.clip(colour, 0.004, 0.85)


def tube(path: NDArray, radius: float, closed: bool) -> tuple[NDArray, NDArray]:
    """A tube of `radius` along `path` `(N, 3)`: vertices and triangles."""
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along = along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
    helper = np.where(np.abs(along[:, 1:2]) > 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    first = np.cross(along, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
    second = np.cross(along, first)
    angle = np.linspace(0, 2 * np.pi, TUBE_SIDES, endpoint=False)
    ring = np.cos(angle)[:, None] * first[:, None] + np.sin(angle)[:, None] * second[:, None]
    points = (path[:, None] + radius * ring).reshape(-1, 3)
    if closed:
        points = np.concatenate([points, points[:TUBE_SIDES]])
    return points, grid_faces(len(points) // TUBE_SIDES, TUBE_SIDES, True)


def glasses(marks: Floats, rng: np.random.Generator) -> list[Surface]:
    """Rims, bridge and temples on the landmarks `(68, 3)` of a head; now and then dark lenses."""
    colour = random_colour(rng) if rng.random() < 0.4 else np.full(3, rng.uniform(0.005, 0.05))
    radius = rng.uniform(0.6, 2.4)
    high, wide = rng.uniform(15, 23), rng.uniform(21, 27)
    power = rng.uniform(2.0, 4.5)
    dark = rng.random() < 0.3
    if dark:
        high, wide = high + 3, wide + 3
    front = float(marks[[27, 37, 44, 17, 26], 2].max()) + rng.uniform(3, 8)
    drop = rng.uniform(-3, 5)
    found, inner = [], []
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    for side, eye in ((-1, marks[36:42].mean(0)), (1, marks[42:48].mean(0))):
        cosine, sine = np.cos(angle), np.sin(angle)
        bulge = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1 / power)
        x = eye[0] + side * 2 + wide * bulge * cosine
        y = eye[1] - drop + high * bulge * sine
        z = front - 0.0035 * (x - marks[27, 0]) ** 2
        rim = np.stack([x, y, z], 1)
        found.append(_made(tube(rim, radius, True), colour))
        if dark:
            found.append(_lens(rim, rng))
        inner.append(rim[14 if side > 0 else 0])
        temple = np.array(
            [rim[0 if side > 0 else 14], [side * 78, y.mean() + 4, 30], [side * 82, y.mean(), -10]]
        )
        fine = np.stack([np.interp(np.linspace(0, 2, 9), range(3), c) for c in temple.T], 1)
        found.append(_made(tube(fine, max(radius, 1.2), False), colour))
    bridge = np.linspace(inner[0], inner[1], 7)
    bridge[:, 1] += 4 * np.sin(np.linspace(0, np.pi, 7)) + 3
    found.append(_made(tube(bridge, radius, False), colour))
    return found


def _made(parts: tuple[NDArray, NDArray], colour: NDArray) -> Surface:
    return plain_surface(parts[0], parts[1], colour, (0.25, 60.0, 0.0, 0.9))


def _lens(rim: NDArray, rng: np.random.Generator) -> Surface:
    middle = rim.mean(0)
    rings = [middle + share * (rim - middle) for share in (0.02, 0.5, 1.0)]
    shade = np.full(3, rng.uniform(0.004, 0.03)) * np.exp(rng.normal(0, 0.3, 3))
    return plain_surface(
        np.concatenate(rings), grid_faces(3, len(rim), True), shade, (0.5, 200.0, 0.0, 1.0)
    )


def hat(
    vertices: Floats,
    normals: Floats,
    shells: Shells,
    rng: np.random.Generator,
) -> list[Surface]:
    """A beanie, a cap with a peak, or a hood about a head's `vertices` `(V, 3)`."""
    kind = rng.integers(3)
    shell = shells.scalp
    points = vertices[shell.rows]
    colour = random_colour(rng)
    albedo = (colour * np.exp(0.12 * shell.noise[:, 36:37])).astype(np.float32)
    low = rng.uniform(-6, 10)
    height = np.interp(points[:, 2], [-90, 0, 60, 90], [10.0, 40.0, 70.0, 78.0]) + low
    rise = points[:, 1] - height if kind < 2 else shell.depth + 14
    lift = rng.uniform(5, 12) + (10 * rng.random() if kind < 2 else 22) * np.clip(rise / 60, 0, 1)
    points = points + lift[:, None].astype(np.float32) * normals[shell.rows]
    faces = shell.faces[(rise[shell.faces] > 0).all(1)]
    found = [plain_surface(points, faces, albedo, (0.01, 8.0, 0.1, 0.9))]
    if kind == 1:
        found.append(_peak(vertices, float(height.max()), colour, rng))
    return found


def _peak(vertices: Floats, height: float, colour: NDArray, rng: np.random.Generator) -> Surface:
    angle = np.linspace(-1.1, 1.1, 17)
    front = float(vertices[:, 2].max()) - 28
    reach = rng.uniform(45, 75)
    rows = []
    for share in np.linspace(0, 1, 7):
        x = (72 + 2 * share) * np.sin(angle)
        z = front - 62 * (1 - np.cos(angle)) - 8 + share * reach * np.cos(angle) ** 0.5
        y = height + 6 - 14 * share - 8 * share * np.sin(angle) ** 2
        rows.append(np.stack([x, y + 0 * x, z], 1))
    return plain_surface(
        np.concatenate(rows), grid_faces(7, 17, False), colour, (0.01, 8.0, 0.1, 0.8)
    )


def occluder(skin: NDArray, rng: np.random.Generator) -> list[Surface]:
    """A hand, a board or a microphone in front of a face, in the head's frame."""
    kind = rng.integers(3)
    place = np.array([rng.normal(0, 45), rng.normal(-25, 45), rng.uniform(125, 150)])
    if kind == 0:
        return _hand(place, skin, rng)
    if kind == 1:
        half = rng.uniform(15, 60, 2)
        spin = rng.uniform(0, 2 * np.pi)
        grid = np.stack(np.meshgrid(np.linspace(-1, 1, 6), np.linspace(-1, 1, 6)), -1)
        flat = grid.reshape(-1, 2) * half
        turned = flat @ np.array([[np.cos(spin), -np.sin(spin)], [np.sin(spin), np.cos(spin)]])
        points = np.concatenate([turned, np.zeros((36, 1))], 1) + place
        return [plain_surface(points, grid_faces(6, 6, False), random_colour(rng))]
    ball, faces = sphere(10, 14)
    place = np.array([rng.normal(0, 20), rng.uniform(-75, -45), rng.uniform(135, 155)])
    head = plain_surface(place + rng.uniform(13, 24) * ball, faces, np.full(3, 0.03))
    foot = np.array([rng.normal(0, 30), -170.0, 40.0])
    stick = np.linspace(place, place + foot, 8)
    return [head, _made(tube(stick, rng.uniform(6, 12), False), np.full(3, 0.02))]


def _hand(place: NDArray, skin: NDArray, rng: np.random.Generator) -> list[Surface]:
    spin = rng.normal(0, 0.8) + (np.pi if rng.random() < 0.15 else 0)
    up = np.array([np.sin(spin), np.cos(spin), 0.0])
    right = np.array([np.cos(spin), -np.sin(spin), 0.0])
    ball, faces = sphere(10, 16)
    palm = place + ball @ np.stack([42 * right, 46 * up, [0, 0, 13]])
    material = (0.025, 14.0, 0.28, 0.85)
    found = [plain_surface(palm, faces, skin, material)]
    for finger in range(4):
        root = place + (finger - 1.5) * 19 * right + 30 * up
        length = (62, 74, 70, 54)[finger]
        lean = (finger - 1.5) * rng.uniform(0.0, 0.2)
        tip = root + length * (up + lean * right) + [0, 0, rng.uniform(-22, 4)]
        path = np.linspace(root, tip, 7)
        found.append(plain_surface(*tube(path, 8.5, False), skin, material))
        found.append(plain_surface(tip + 8.5 * ball, faces, skin, material))
    wrist = np.linspace(place - 30 * up, place - 200 * up, 6)
    found.append(plain_surface(*tube(wrist, 27.0, False), skin, material))
    return found
