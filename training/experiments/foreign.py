"""Heads that no combination of the source model's shapes makes, by warps that are not linear.

No scans of real people come with Lineament, so the second table is measured on these. Each
starts from a held-out identity and is

1. grown differently along x, y and z, tapered from the skull to the chin and skewed sideways,
2. opened at the jaw by a true *rotation* about a hinge (the source model only translates),
3. moved by a smooth random field, a sum of Gaussians 35 mm wide, that knows no part or side,
4. given relief of 7 to 12 mm wavelength, which only a scan has.

`departure_mm` says how far the result lies from the span of all of the source's shapes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.normals import vertex_normals
from training.experiments.heads import Head, HeadMaker, first_held_out_codes
from training.parts.registered import RegisteredFaces

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Warp:
    """How strong each warp is; standard deviations, or ranges from zero.

    Attributes:
        growth: of each axis, as a share; taper, skew: of x, per 100 mm of y.
        jaw_deg: the widest opening.
        field_mm: of the smooth field at a point; relief_mm: of the relief.
    """

    growth: float = 0.03
    taper: float = 0.03
    skew: float = 0.015
    jaw_deg: float = 9.0
    field_mm: float = 1.5
    relief_mm: float = 0.12


def foreign_heads(maker: HeadMaker, count: int, seed: int, warp: Warp | None = None) -> list[Head]:
    """Warped heads of held-out identities."""
    warp = warp or Warp()
    codes = first_held_out_codes(maker.faces, count, seed)
    heads = []
    for index, code in enumerate(codes):
        rng = np.random.default_rng([seed, index])
        vertices = warp_head(maker.faces, maker.faces.vertices(code), warp, rng)
        heads.append(maker.make(f"foreign {index}", vertices))
    return heads


def warp_head(
    faces: RegisteredFaces, vertices: NDArray, warp: Warp, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Vertices `(V, 3)` of a foreign head from those of one of the source's."""
    points = vertices.astype(np.float64)
    points = _open_jaw(faces, points, np.radians(rng.uniform(0.0, warp.jaw_deg)))
    centre = points.mean(0)
    local = points - centre
    height = local[:, 1] / 100.0
    taper, skew = rng.normal(0, warp.taper), rng.normal(0, warp.skew)
    grown = local * (1.0 + rng.normal(0, warp.growth, 3))
    grown[:, 0] = grown[:, 0] * (1.0 + taper * height) + 100.0 * skew * height**2
    warped = grown + centre
    warped = warped + _smooth_field(warped, 35.0, warp.field_mm, rng)
    normals = vertex_normals(warped.astype(np.float32), faces.faces.astype(np.int32))
    relief = _relief(faces, vertices, warp.relief_mm, rng)
    return (warped + relief[:, None] * normals).astype(np.float32)


def departure_mm(faces: RegisteredFaces, head: Head) -> float:
    """Root mean square distance of a head's vertices from the source's nearest combination."""
    used = np.unique(head.surface.faces[head.counted])
    basis = faces.basis[used].reshape(-1, faces.basis.shape[2]).astype(np.float64)
    target = (head.vertices[used] - faces.rest[used]).reshape(-1).astype(np.float64)
    gram = basis.T @ basis
    gram[np.diag_indices(len(gram))] += 1e-8 * np.trace(gram) / len(gram)
    left = target - basis @ np.linalg.solve(gram, basis.T @ target)
    return float(np.sqrt((left**2).reshape(-1, 3).sum(1).mean()))


def _open_jaw(faces: RegisteredFaces, points: Floats, angle: float) -> Floats:
    """Rotate what the source's jaw shape moves, by how much it moves it, about the hinge."""
    names = faces.expression_names.split("\n")
    if "jawOpen" not in names:
        return points
    column = faces.slices["expression"].start + names.index("jawOpen")
    motion = np.linalg.norm(faces.basis[:, :, column], axis=1)
    share = np.clip(motion / max(float(np.percentile(motion, 99)), 1e-9), 0.0, 1.0)
    marks = points[faces.landmarks]
    # Landmarks 0 and 16 are where the jaw's line begins at the ears.
    hinge = 0.5 * (marks[0] + marks[16])
    turn = angle * share
    y, z = (points - hinge)[:, 1], (points - hinge)[:, 2]
    opened = points.copy()
    opened[:, 1] = hinge[1] + np.cos(turn) * y - np.sin(turn) * z
    opened[:, 2] = hinge[2] + np.sin(turn) * y + np.cos(turn) * z
    return opened


def _smooth_field(
    points: Floats, width_mm: float, size_mm: float, rng: np.random.Generator
) -> Floats:
    low, high = points.min(0), points.max(0)
    volume = float(np.prod((high - low) / width_mm))
    count = max(8, int(2 * volume))
    centres = rng.uniform(low, high, (count, 3))
    weights = rng.standard_normal((count, 3))
    squared = ((points[:, None] - centres) ** 2).sum(2)
    field = np.exp(-squared / (2 * width_mm**2)) @ weights
    return size_mm * field / np.sqrt((field**2).mean())


def _relief(
    faces: RegisteredFaces, vertices: NDArray, size_mm: float, rng: np.random.Generator
) -> Floats:
    waves = 60
    directions = rng.standard_normal((waves, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    numbers = 2 * np.pi / rng.uniform(7.0, 12.0, waves)
    phases = (vertices.astype(np.float64) @ directions.T) * numbers + rng.uniform(0, 6.3, waves)
    relief: Floats = np.sin(phases).sum(1) * np.sqrt(2.0 / waves)
    skin = np.zeros(len(vertices), np.bool_)
    skin[np.unique(faces.faces[faces.groups == 0])] = True
    return size_mm * relief * skin
