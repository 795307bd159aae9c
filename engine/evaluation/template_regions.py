"""Regions for any surface, carried from the template by correspondence."""

import numpy as np

from engine.errors import InputError
from engine.evaluation.alignment import AlignmentRequest, align_pair
from engine.evaluation.fields import Reference, same_topology
from engine.geometry.mesh import Mesh
from engine.geometry.regions import transfer_region_weights
from engine.progress import CancelToken

FAR_SHARE = 0.15
"""A surface whose median point is this share of the template's size away is no face in place."""


def with_template_regions(
    mesh: Mesh, template: Mesh, aligned: bool = False, cancel: CancelToken | None = None
) -> Mesh:
    """`mesh` with the region weights `(V, R)` of the corresponding points of `template`.

    With the template's topology vertex k corresponds to vertex k. Otherwise the template is laid
    onto the mesh by ICP, with scale, and the nearest point corresponds; so borders lie as
    exactly as the mean face fits, a few millimetres. A mesh with weights keeps them.

    Args:
        aligned: the mesh is in the template's frame already.

    Raises:
        InputError: the template has no regions, or the mesh does not lie near it even then.
        Cancelled: `cancel` was raised meanwhile.
    """
    weights = template.region_weights
    if weights is None:
        raise InputError("The template has no region weights, so it has no regions to carry over.")
    if mesh.region_weights is not None and mesh.region_weights.shape[1] == weights.shape[1]:
        return mesh
    if same_topology(mesh, template):
        carried = weights
    else:
        source = Reference(template)
        points = mesh.vertices
        if not aligned:
            found = align_pair(mesh, source, AlignmentRequest("similarity", "icp"), cancel)
            points = found.similarity.apply(points)
        _require_near(points, source, cancel)
        carried = transfer_region_weights(source.index, points, cancel)
    return Mesh(mesh.vertices, mesh.faces, mesh.uv, mesh.colors, carried)


def _require_near(points: np.ndarray, source: Reference, cancel: CancelToken | None) -> None:
    distances = source.index.closest_points(points, cancel).distances
    size = float(np.linalg.norm(np.ptp(source.mesh.vertices, axis=0)))
    if np.median(distances) > FAR_SHARE * size:
        raise InputError(
            f"The surface lies {np.median(distances):.3g} mm from the template, so its regions "
            "cannot be told. Check that it is a head in millimetres, facing forward, y up."
        )
