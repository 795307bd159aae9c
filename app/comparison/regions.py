"""Regions for a surface from a file: from the template, wherever the surface lies."""

from dataclasses import replace

from app.comparison.surface_files import NamedSurface
from engine.errors import InputError
from engine.evaluation.template_regions import with_template_regions
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceModel
from engine.progress import CancelToken


def with_regions(
    surface: NamedSurface, model: FaceModel, cancel: CancelToken | None = None
) -> NamedSurface:
    """`surface` with the regions of the model's template.

    A mesh that does not lie in the model's frame is laid into it first, as a scan is.

    Raises:
        InputError: it does not look like a head.
        Cancelled: `cancel` was raised meanwhile.
    """
    mesh = surface.mesh
    try:
        marked = with_template_regions(mesh, model.template, cancel=cancel)
    except InputError:
        marked = _by_scan_alignment(mesh, model, cancel)
    return replace(surface, mesh=marked)


def _by_scan_alignment(mesh: Mesh, model: FaceModel, cancel: CancelToken | None) -> Mesh:
    from engine.scans import align_scan

    similarity = None
    for step in align_scan(mesh, model, cancel=cancel):
        similarity = step.similarity
    if similarity is None:
        raise InputError("The surface could not be laid on the template to find its regions.")
    placed = mesh.with_vertices(similarity.apply(mesh.vertices))
    marked = with_template_regions(placed, model.template, aligned=True, cancel=cancel)
    return Mesh(mesh.vertices, mesh.faces, mesh.uv, mesh.colors, marked.region_weights)
