"""A tiny registered data set: ellipsoids with bumps, linear in five codes."""

import numpy as np

from training.parts.handles import choose_handles
from training.parts.registered import RegisteredFaces

RADII = np.array([70.0, 100.0, 80.0])
SPOTS = {
    "nose": (0.0, -5.0),
    "eyes": (28.0, 25.0),
    "mouth": (0.0, -45.0),
    "head": (0.0, 70.0),
    "expression": (0.0, -60.0),
}
REACH = {"nose": 18.0, "eyes": 16.0, "mouth": 18.0, "head": 45.0, "expression": 30.0}
LANDMARK_SPOTS = {
    **{index: (0.0, 22.0 - 10.0 * (index - 27)) for index in range(27, 31)},
    **{index: (5.0 * (index - 33), -16.0) for index in range(31, 36)},
    **{index: (-40.0 + 5.0 * (index - 36), 25.0) for index in range(36, 42)},
    **{index: (15.0 + 5.0 * (index - 42), 25.0) for index in range(42, 48)},
}


def sphere(rows: int = 24, columns: int = 36) -> tuple[np.ndarray, np.ndarray]:
    """Unit vertices and outward triangles of a closed sphere with poles on the y axis."""
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.sin(around)),
            np.outer(np.cos(polar), np.ones(columns)),
            np.outer(np.sin(polar), np.cos(around)),
        ],
        axis=2,
    ).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]])
    top, bottom = len(ring), len(ring) + 1
    faces = []
    for c in range(columns):
        n = (c + 1) % columns
        faces.append((top, c, n))
        faces.append((bottom, (rows - 2) * columns + n, (rows - 2) * columns + c))
        for r in range(rows - 2):
            a, b = r * columns + c, r * columns + n
            faces += [(a, a + columns, b), (b, a + columns, b + columns)]
    return vertices, np.array(faces)


def synthetic_faces(handles: int = 90) -> RegisteredFaces:
    """Two coordinates per shape part, three expressions, six identity coefficients."""
    unit, faces = sphere()
    rest = unit * RADII
    bases = []
    for part, (x, y) in SPOTS.items():
        spots = [(x, y), (-x, y)] if part == "eyes" else [(x, y)]
        size = 3 if part == "expression" else 2
        bump = sum(
            np.exp(-(((rest[:, :2] - spot) / REACH[part]) ** 2).sum(1)) * (rest[:, 2] > 0)
            for spot in spots
        )
        bump[bump < 0.02] = 0.0
        directions = np.eye(3)[[2, 1, 0]][:size] * (4.0 if part == "expression" else 2.0)
        bases.append(bump[:, None, None] * directions.T[None])
    regions = np.stack([np.abs(b).max((1, 2)) / 2.0 for b in bases[:3]], axis=1)
    regions /= np.maximum(1.0, regions.sum(1, keepdims=True))
    marks = np.zeros(68, dtype=np.int64)
    for index in range(68):
        x, y = LANDMARK_SPOTS.get(index, (20.0 * np.cos(index), -45.0 + 8.0 * np.sin(index)))
        gap = np.abs(rest[:, :2] - (x, y)).sum(1) + 1000.0 * (rest[:, 2] < 0)
        marks[index] = int(gap.argmin())
    weights = np.concatenate([regions, 1 - regions.sum(1, keepdims=True)], axis=1)
    chosen = choose_handles(rest, weights, marks, np.arange(len(rest)), handles)
    rng = np.random.default_rng(0)
    mixing = np.linalg.qr(rng.standard_normal((8, 8)))[0][:, :6]
    return RegisteredFaces(
        rest=rest.astype(np.float32),
        basis=np.concatenate(bases, axis=2).astype(np.float32),
        sizes=np.array([2, 2, 2, 2, 3]),
        mixing=mixing.astype(np.float32),
        canonical=np.array([0.2, 0.0, 0.0], np.float32),
        faces=faces,
        groups=np.zeros(len(faces), dtype=np.int64),
        region_weights=weights.astype(np.float32),
        landmarks=marks,
        handles=chosen,
        eye_centres=np.array([0, 1]),
        expression_names="jawOpen\nmouthSmile_L\nmouthSmile_R",
    )
