"""Scans of the synthetic head, of another topology than the model's template."""

import numpy as np

from engine.fitting import FitSettings, FitStep, fit_scan
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(36, 48)
FINE = SyntheticModel(61, 87)


def face_code(seed: int, strength: float = 1.0) -> FaceCode:
    """A random face with two expressions."""
    rng = np.random.default_rng(seed)
    code = MODEL.mean_code()
    for part in MODEL.parts[:4]:
        code = code.with_part(part.name, strength * rng.standard_normal(part.size))
    return code.with_value("expression", 1, 0.7).with_value("expression", 6, 0.5)


def scan_of(code: FaceCode) -> Mesh:
    """The exact surface of `code` in mm."""
    return Mesh(FINE.template_surface(code), FINE.template.faces)


def last_step(scan: Mesh, start: Similarity, settings: FitSettings | None = None) -> FitStep:
    *_, last = fit_scan(MODEL, scan, start, settings)
    return last


def mean_distance(step: FitStep, scan: Mesh, rows: np.ndarray | slice = slice(None)) -> float:
    """From the fitted template's vertices `rows` to the scan, mm."""
    placed = Mesh(step.similarity.apply(scan.vertices), scan.faces)
    vertices = MODEL.template_surface(step.code)[rows]
    return float(SurfaceIndex(placed).closest_points(vertices).distances.mean())


def seen_rows() -> np.ndarray:
    """Template vertices of the front, where no prior has to stand in for data."""
    vertices = MODEL.template.vertices
    return np.flatnonzero((vertices[:, 2] > 20.0) & (vertices[:, 1] > -70.0))
