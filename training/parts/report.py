"""Accuracy figures of many faces in one summary."""

from collections.abc import Sequence

import numpy as np

from engine.models.protocol import REGIONS
from training.parts.evaluate import FaceAccuracy


def summarise_accuracy(results: Sequence[FaceAccuracy]) -> dict[str, float]:
    """Means over faces by name; distances to the exact surface unless named `sampled`."""
    figures = {
        "chamfer_mm": [r.chamfer_mm for r in results],
        "sampled_chamfer_mm": [r.sampled_chamfer_mm for r in results],
        "f_score_1mm": [r.f_score_1mm for r in results],
        "field_on_true_surface_mm": [r.on_surface_mm for r in results],
        "template_to_zero_set_p95_mm": [r.template_mm for r in results],
    }
    for region in REGIONS:
        figures[f"{region}_chamfer_mm"] = [r.regions[region][0] for r in results]
        figures[f"{region}_f_score_1mm"] = [r.regions[region][1] for r in results]
    summary = {name: round(float(np.mean(values)), 4) for name, values in figures.items()}
    summary["worst_chamfer_mm"] = round(max(r.chamfer_mm for r in results), 4)
    summary["faces_in_one_component"] = sum(r.components == 1 for r in results)
    summary["faces"] = len(results)
    return summary
