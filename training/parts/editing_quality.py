"""How well the model edits: leakage of a part, and the preview against the exact surface."""

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import REGIONS, FaceModel
from engine.networks.parts import WINDOWED

Floats = NDArray[np.float32]

DIRECTIONS = 10
UNTOUCHED = 1e-3
"""Template vertices with less of a part's region weight than this lie outside it; the weight
itself falls off over 12 to 14 mm, which is the dilation."""


def measure_leakage(model: FaceModel) -> dict[str, float]:
    """By part, the 95th percentile motion of the exact surface outside it, in mm per 1σ.

    The motion along the normal is |ΔΦ| at a point of the surface, over the first
    `DIRECTIONS` directions of nose, eyes and mouth.
    """
    mean = model.mean_code()
    weights = model.template.region_weights
    if weights is None:
        raise ValueError("A face model's template has region weights.")
    surface = model.template_surface(mean)
    figures = {}
    for part in WINDOWED:
        outside = surface[weights[:, REGIONS.index(part)] < UNTOUCHED]
        before = model.field(mean).evaluate(outside)
        changes = [
            np.abs(model.field(mean.with_value(part, k, 1.0)).evaluate(outside) - before)
            for k in range(DIRECTIONS)
        ]
        figures[f"{part}_leakage_p95_mm"] = round(float(np.percentile(changes, 95)), 4)
    return figures


def measure_preview(model: FaceModel, rng: np.random.Generator, faces: int = 5) -> float:
    """95th percentile distance in mm of the previewed surface from the exact one after a drag.

    A drag starts at a random face's exact surface and moves one direction of each part by
    1σ (an expression by its full weight) along the tangent, as the editor previews it.
    """
    errors = []
    for _ in range(faces):
        code = model.mean_code()
        for part in model.parts[:4]:
            code = code.with_part(part.name, rng.standard_normal(part.size).astype(np.float32))
        start = model.template_surface(code)
        for part in model.parts:
            index = int(rng.integers(DIRECTIONS))
            moved = code.with_value(part.name, index, float(code.part(part.name)[index]) + 1.0)
            preview = start + model.tangent(part.name, index)
            errors.append(np.abs(model.field(moved).evaluate(preview.astype(np.float32))))
    return round(float(np.percentile(np.concatenate(errors), 95)), 4)
