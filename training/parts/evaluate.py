"""Accuracy of the parts model against the faces it was trained on the like of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.metrics import chamfer_distance, f_score, point_chamfer_distance
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.models.protocol import PARTS, REGIONS, FaceCode, FaceModel
from engine.progress import Progress, ignore_progress
from engine.surface import extract_surface
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.true_distance import true_signed_distance

Floats = NDArray[np.float32]

HIDDEN_MM = 0.3
"""Triangles deeper than this inside the union of skin and eyeballs are not surface."""


@dataclass(frozen=True, slots=True)
class FaceAccuracy:
    """One reconstructed face against its truth; distances to the exact surface in mm.

    `regions` maps nose, eyes, mouth and head to (chamfer, F-score at 1 mm).
    """

    chamfer_mm: float
    sampled_chamfer_mm: float
    f_score_1mm: float
    on_surface_mm: float
    template_mm: float
    components: int
    regions: Mapping[str, tuple[float, float]]


def held_out_codes(faces: RegisteredFaces, count: int, seed: int) -> Floats:
    """Joint codes `(count, K)` of whole identities with expressions, from a seed of its own."""
    rng = np.random.default_rng(seed)
    sampler = CodeSampler(faces)
    codes = sampler.draw_identities(count, rng)
    codes[:, faces.slices["expression"]] = sampler.draw_expressions(count, rng)
    return codes


def face_code(faces: RegisteredFaces, joint: Floats) -> FaceCode:
    """The parts of a joint code `(K,)`."""
    return FaceCode(**{part: joint[faces.slices[part]] for part in PARTS})


def evaluate_faces(
    model: FaceModel,
    faces: RegisteredFaces,
    codes: Floats,
    resolution: int,
    samples: int,
    outer: NDArray[np.bool_],
    progress: Progress = ignore_progress,
) -> list[FaceAccuracy]:
    """Reconstruct every code `(N, K)` by marching cubes and measure it.

    Args:
        samples: points drawn on each of both surfaces (the paper: 150,000).
        outer: `(F,)` triangles of the truth that count, see `outer_faces`.
    """
    results = []
    for index, joint in enumerate(codes):
        progress(index / len(codes), f"Measuring face {index + 1} of {len(codes)}")
        results.append(_evaluate(model, faces, joint, resolution, samples, outer, index))
    return results


def outer_faces(faces: RegisteredFaces, inside: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Triangles on the outside: no caps, and none whose corners all are among `inside`
    (the mouth's cavity, say, which cannot be seen when the lips are closed)."""
    mask: NDArray[np.bool_] = (faces.groups != 3) & ~np.isin(faces.faces, inside).all(1)
    return mask


def _evaluate(
    model: FaceModel,
    faces: RegisteredFaces,
    joint: Floats,
    resolution: int,
    samples: int,
    outer: NDArray[np.bool_],
    seed: int,
) -> FaceAccuracy:
    rng = np.random.default_rng(seed)
    code = face_code(faces, joint)
    vertices = faces.vertices(joint)
    centroids = vertices[faces.faces].mean(1)
    seen = true_signed_distance(faces, vertices, centroids) > -HIDDEN_MM
    truth = Mesh(vertices, faces.faces[seen].astype(np.int32))
    counted = outer[seen]
    field = model.field(code)
    found = extract_surface(field, resolution, components="all", refine=True)
    mesh = found.mesh
    true_points = sample_surface(truth, samples, rng, counted)
    own_points = sample_surface(mesh, samples, rng).points
    nearest = SurfaceIndex(truth).closest_points(own_points)
    kept = counted[nearest.faces]
    forward = nearest.distances[kept]
    backward = SurfaceIndex(mesh).closest_points(true_points.points).distances
    weights = faces.region_weights[truth.faces]
    own_region = _regions(
        weights,
        nearest.faces[kept],
        barycentric_coordinates(nearest.points[kept], truth, nearest.faces[kept]),
    )
    true_region = _regions(weights, true_points.faces, true_points.barycentric)
    regions = {}
    for row, name in enumerate(REGIONS):
        ours, theirs = forward[own_region == row], backward[true_region == row]
        regions[name] = (
            chamfer_distance(ours, theirs).symmetric_mm,
            f_score(ours, theirs, 1.0).score,
        )
    carried = model.template_surface(code)
    return FaceAccuracy(
        chamfer_distance(forward, backward).symmetric_mm,
        point_chamfer_distance(own_points[kept], true_points.points).symmetric_mm,
        f_score(forward, backward, 1.0).score,
        float(np.abs(field.evaluate(true_points.points.astype(np.float32))).mean()),
        float(np.percentile(np.abs(field.evaluate(carried)), 95)),
        _count_components(mesh),
        regions,
    )


def _regions(weights: Floats, rows: NDArray, barycentric: NDArray) -> NDArray[np.int64]:
    return np.einsum("nk,nkr->nr", barycentric, weights[rows]).argmax(1)


def _count_components(mesh: Mesh) -> int:
    from engine.geometry.topology import vertex_components

    return int(vertex_components(mesh.faces, len(mesh.vertices)).max()) + 1
