"""What is measured of a template."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.topology import boundary_edges, unique_edges
from training.parts.template.symmetric_field import Evaluate, SymmetricField
from training.parts.template.template_mesh import TemplateMesh
from training.parts.template.uv import UvMap


@dataclass(frozen=True, slots=True)
class TemplateQuality:
    """Figures of a template.

    Attributes:
        vertices, faces: how many.
        euler: V − E + F; 2 for a closed surface without tunnels.
        open_edges: edges with one face only.
        patches: tunnels and bridges of the network's surface that were mended.
        angle_p1, angle_p5, angle_median: of the triangles' smallest angles, degrees.
        sharp_share: of triangles with an angle below 25 degrees.
        distance_p95, distance_p99, distance_max: |S| at the vertices, mm, of the network
            as it is, neither made symmetric nor patched.
        symmetric_p99: of |S| made symmetric, in which the vertices were placed.
        symmetry: largest distance between a vertex's image and the vertex `mirror` names, mm.
        uv_folds: triangles outside the neck's cap turned over in the map.
        uv_stretch_median, uv_stretch_p95, uv_area_p95: see `UvMap`.
    """

    vertices: int
    faces: int
    euler: int
    open_edges: int
    patches: int
    angle_p1: float
    angle_p5: float
    angle_median: float
    sharp_share: float
    distance_p95: float
    distance_p99: float
    distance_max: float
    symmetric_p99: float
    symmetry: float
    uv_folds: int
    uv_stretch_median: float
    uv_stretch_p95: float
    uv_area_p95: float

    def as_dict(self) -> dict[str, float]:
        """Figures by name."""
        return asdict(self)


def measure_quality(
    template: TemplateMesh, evaluate: Evaluate, uv: UvMap, patches: int
) -> TemplateQuality:
    """Measure a template against the network it was made from."""
    vertices, faces = template.vertices, template.faces
    angles = smallest_angles(vertices.astype(np.float64), faces)
    distance = np.abs(evaluate(np.array(vertices)))
    symmetric = np.abs(SymmetricField(evaluate).values(vertices.astype(np.float64)))
    image = vertices[template.mirror] * np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    p1, p5, median = np.percentile(angles, [1, 5, 50])
    return TemplateQuality(
        vertices=len(vertices),
        faces=len(faces),
        euler=len(vertices) - len(unique_edges(faces)) + len(faces),
        open_edges=len(boundary_edges(faces)),
        patches=patches,
        angle_p1=float(p1),
        angle_p5=float(p5),
        angle_median=float(median),
        sharp_share=float((angles < 25.0).mean()),
        distance_p95=float(np.percentile(distance, 95)),
        distance_p99=float(np.percentile(distance, 99)),
        distance_max=float(distance.max()),
        symmetric_p99=float(np.percentile(symmetric, 99)),
        symmetry=float(np.linalg.norm(image - vertices, axis=1).max()),
        uv_folds=uv.folds,
        uv_stretch_median=uv.stretch_median,
        uv_stretch_p95=uv.stretch_p95,
        uv_area_p95=uv.area_p95,
    )


def smallest_angles(vertices: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """Smallest angle `(F,)` of each triangle in degrees."""
    corners = vertices[faces]
    side = np.roll(corners, -1, axis=1) - corners
    length = np.linalg.norm(side, axis=2)
    product = length * np.roll(length, 1, axis=1)
    cosine = -(side * np.roll(side, 1, axis=1)).sum(2) / np.maximum(product, 1e-12)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).min(1)
