"""An analytic head with a mouth, eyeballs and a cut neck, and a registered mesh of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from engine.geometry.topology import boundary_loops
from training.parts.registered import RegisteredFaces

Array = NDArray[np.float64]

HEAD = np.array([70.0, 100.0, 85.0])
POCKET, POCKET_RADII = np.array([0.0, -35.0, 62.0]), np.array([22.0, 10.0, 30.0])
EYES = np.array([[-28.0, 25.0, 68.0], [28.0, 25.0, 68.0]])
EYE_RADIUS = 14.0
NECK = -80.0


def head_distance(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """About the signed distance `(N,)` of the whole head at `points` `(N, 3)`, mm."""
    p = points.astype(np.float64)
    skin = np.maximum(_skin(p), NECK - p[:, 1])
    return np.minimum(skin, _balls(p)).astype(np.float32)


def _skin(p: Array) -> Array:
    return np.maximum(_ellipsoid(p, HEAD), -_ellipsoid(p - POCKET, POCKET_RADII))


def _balls(p: Array) -> Array:
    return np.min([np.linalg.norm(p - eye, axis=1) for eye in EYES], axis=0) - EYE_RADIUS


def _ellipsoid(p: Array, radii: Array) -> Array:
    inner = np.linalg.norm(p / radii, axis=1)
    outer = np.linalg.norm(p / radii**2, axis=1)
    return inner * (inner - 1.0) / np.maximum(outer, 1e-9)


def registered_head() -> RegisteredFaces:
    """The head as a data set of one face, with 68 landmarks and a fan that closes the neck."""
    skin = _march(_skin, HEAD + 6.0, 3.0)
    vertices, faces = skin
    faces = faces[(vertices[faces][:, :, 1] > NECK).all(1)]
    loop = boundary_loops(faces)[0]
    hub = len(vertices)
    vertices = np.concatenate([vertices, vertices[loop].mean(0, keepdims=True)])
    fan = np.stack([np.roll(loop, -1), loop, np.full(len(loop), hub)], axis=1)
    parts, groups = [faces, fan], [0, 0]
    centres = []
    ball_vertices, ball_faces = _march(
        lambda p: np.linalg.norm(p, axis=1) - EYE_RADIUS, np.full(3, EYE_RADIUS + 3.0), 2.0
    )
    for group, eye in enumerate(EYES, start=1):
        parts.append(ball_faces + len(vertices))
        groups.append(group)
        vertices = np.concatenate([vertices, ball_vertices + eye])
    for eye in EYES:
        centres.append(len(vertices))
        vertices = np.concatenate([vertices, eye[None]])
    _, landmarks = cKDTree(vertices[:hub]).query(landmark_points())
    near = np.exp(-0.5 * ((vertices[:, None] - POCKET) ** 2).sum(2) / 30.0**2)
    weights = np.concatenate([0.3 * near, 0.2 * near, 0.4 * near, 1.0 - 0.9 * near], axis=1)
    return RegisteredFaces(
        rest=vertices.astype(np.float32),
        basis=np.zeros((len(vertices), 3, 5), np.float32),
        sizes=np.ones(5, np.int64),
        mixing=np.zeros((4, 1), np.float32),
        canonical=np.zeros(1, np.float32),
        faces=np.concatenate(parts),
        groups=np.concatenate([np.full(len(p), g) for p, g in zip(parts, groups, strict=True)]),
        region_weights=weights.astype(np.float32),
        landmarks=landmarks.astype(np.int64),
        handles=landmarks.astype(np.int64),
        eye_centres=np.array(centres),
        expression_names="jawOpen",
    )


def _march(field, reach, spacing):
    """Marching cubes of a field on a grid symmetric about the origin."""
    steps = np.ceil(np.asarray(reach) / spacing).astype(int)
    axes = [spacing * np.arange(-n, n + 1) + 1e-3 * (k > 0) for k, n in enumerate(steps)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    volume = field(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="descent")
    origin = np.array([axis[0] for axis in axes])
    return vertices.astype(np.float64) * spacing + origin, faces.astype(np.int64)


def landmark_points() -> Array:
    """Where the 68 landmarks lie, `(68, 3)` mm; x of the right side is negative."""
    jaw = [
        (66.0 * np.sin(a), 20.0 - 85.0 * np.cos(a), 5.0 + 55.0 * np.cos(a))
        for a in np.linspace(-np.pi / 2, np.pi / 2, 17)
    ]
    brows = [(x, 48.0, 60.0) for x in (-45, -38, -30, -21, -12, 12, 21, 30, 38, 45)]
    nose = [(0.0, y, 85.0) for y in (18, 10, 2, -6)]
    nostrils = [(x, -14.0, 84.0) for x in (-10, -5, 0, 5, 10)]
    eyes = [
        (eye[0] + 11.0 * np.cos(angle), eye[1] + 11.0 * np.sin(angle), 76.0)
        for eye in EYES
        for angle in np.radians((180, 120, 60, 0, -60, -120))
    ]
    mouth = _ring(30.0, 17.0, (180, 145, 110, 90, 70, 35, 0, -35, -70, -90, -110, -145))
    inner = _ring(18.0, 8.4, (180, 130, 90, 50, 0, -50, -90, -130))
    points = np.array([*jaw, *brows, *nose, *nostrils, *eyes, *mouth, *inner], dtype=np.float64)
    # Onto the head along the ray from its middle.
    return points / np.linalg.norm(points / HEAD, axis=1, keepdims=True)


def _ring(width: float, height: float, angles: tuple[int, ...]) -> list[tuple[float, float, float]]:
    result = []
    for angle in angles:
        a = np.radians(angle)
        result.append((width * np.cos(a), -35.0 + height * np.sin(a), 79.0))
    return result
