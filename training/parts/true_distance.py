"""The true signed distance of a registered face, and pools of samples of it.

The face is the union of the closed skin and both eyeballs, so its distance is the
smallest of theirs: exact outside, a bound inside.
"""

from dataclasses import dataclass
from pathlib import Path

import igl
import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.progress import Progress, ignore_progress
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler

Floats = NDArray[np.float32]
SOLIDS = ((0, 3), (1,), (2,))
"""Groups of faces that enclose skin, right eye and left eye."""
MARGIN_MM = 45.0
LIP_MARGINS = (np.array([4, 4, 25]), np.array([4, 4, 6]))
LID_MARGINS = (np.array([4, 8, 12]), np.array([4, 8, 8]))


def true_signed_distance(faces: RegisteredFaces, vertices: Floats, points: Floats) -> Floats:
    """Signed distance `(N,)` in mm, negative inside, of points `(N, 3)` to one face `(V, 3)`."""
    corners = vertices.astype(np.float64)
    queries = points.astype(np.float64)
    distances = []
    for groups in SOLIDS:
        solid = faces.faces[np.isin(faces.groups, groups)]
        if len(solid):
            used, local = np.unique(solid, return_inverse=True)
            result = igl.signed_distance(
                queries,
                corners[used],
                local.reshape(-1, 3),
                sign_type=igl.SIGNED_DISTANCE_TYPE_FAST_WINDING_NUMBER,
            )
            distances.append(result[0])
    nearest: Floats = np.min(distances, axis=0).astype(np.float32)
    return nearest


@dataclass(frozen=True, slots=True)
class DistancePool:
    """Distances `(F, N)` at points `(F, N, 3)` around faces with joint codes `(F, K)`."""

    codes: Floats
    points: Floats
    distances: Floats

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, codes=self.codes, points=self.points, distances=self.distances)

    @staticmethod
    def load(file: Path) -> "DistancePool":
        try:
            with np.load(file, allow_pickle=False) as data:
                return DistancePool(data["codes"], data["points"], data["distances"])
        except (OSError, KeyError, ValueError) as error:
            raise InputError(
                f"{file} is not a pool of signed distances ({error}). "
                "Make one with `lineament-train prepare`."
            ) from error


def make_distance_pool(
    faces: RegisteredFaces,
    count: int,
    points_each: int,
    rng: np.random.Generator,
    progress: Progress = ignore_progress,
) -> DistancePool:
    """Sample `count` random faces with `points_each` points near and around each."""
    sampler = CodeSampler(faces)
    codes = sampler.draw(count, rng)
    points = np.empty((count, points_each, 3), np.float32)
    distances = np.empty((count, points_each), np.float32)
    for index, code in enumerate(codes):
        progress(index / count, f"Signed distances of face {index + 1} of {count}")
        vertices = faces.vertices(code)
        points[index] = scatter_points(faces, vertices, points_each, rng)
        distances[index] = true_signed_distance(faces, vertices, points[index])
    return DistancePool(codes, points, distances)


def scatter_points(
    faces: RegisteredFaces, vertices: Floats, count: int, rng: np.random.Generator
) -> Floats:
    """Points `(count, 3)`: near the surface, around it, in the mouth, about the eyes, anywhere."""
    near, around, mouth, eyes = (int(count * share) for share in (0.35, 0.2, 0.12, 0.08))
    triangles = faces.faces[faces.groups != 3]
    chosen = triangles[rng.integers(len(triangles), size=near + around)]
    corners = rng.dirichlet(np.ones(3), size=near + around)
    surface = np.einsum("nk,nkd->nd", corners, vertices[chosen])
    sigma = np.where(np.arange(near + around) < near, 1.5, 8.0)[:, None]
    surface += sigma * rng.standard_normal(surface.shape)
    lips = vertices[faces.landmarks[48:]]
    lids = vertices[faces.landmarks[36:48]]
    box = [
        _uniform(
            vertices.min(0) - MARGIN_MM,
            vertices.max(0) + MARGIN_MM,
            count - near - around - mouth - eyes,
            rng,
        ),
        _uniform(lips.min(0) - LIP_MARGINS[0], lips.max(0) + LIP_MARGINS[1], mouth, rng),
        _uniform(lids.min(0) - LID_MARGINS[0], lids.max(0) + LID_MARGINS[1], eyes, rng),
    ]
    scattered: Floats = np.concatenate([surface, *box]).astype(np.float32)
    return scattered


def _uniform(
    lower: Floats, upper: Floats, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    return rng.uniform(lower, upper, size=(count, 3))
