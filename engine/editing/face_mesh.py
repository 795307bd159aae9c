"""A face as a mesh of either topology, with regions, colours and a scan's detail."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.editing.topology_choice import Topology
from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.textured_mesh import FaceTexture
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress
from engine.surface import extract_surface

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

RESOLUTIONS = (64, 512)
"""Least and greatest number of cells along the free surface's longest side."""


def face_mesh(
    model: FaceModel,
    code: FaceCode,
    topology: Topology,
    resolution: int,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
    residual: "ResidualLayer | None" = None,
    texture: FaceTexture | None = None,
) -> Mesh:
    """The face as a mesh in mm with region weights and colours.

    Args:
        topology: `template`, the same vertices for every face, with UV; or `free`, marching
            cubes on the model's signed distance, coloured through the correspondence.
        resolution: cells along the longest side of the free surface, 64 to 512.
        residual: a scan's detail, put on top of the face.
        texture: colours from photographs in place of the model's.

    Raises:
        InputError: there is no such topology or resolution.
        Cancelled: `cancel` was raised meanwhile.
    """
    if residual is not None:
        bare = face_mesh(model, code, topology, resolution, cancel, progress, texture=texture)
        return with_detail(model, code, bare, residual, cancel)
    if topology == "template":
        progress(0.0, "Fitting the template")
        mesh = model.template.with_vertices(model.template_surface(code, cancel))
        progress(1.0, "Fitting the template")
        return mesh if texture is None else replace(mesh, colors=texture.colors)
    if topology != "free":
        raise InputError(f"The topology must be 'free' or 'template', got '{topology}'.")
    least, greatest = RESOLUTIONS
    if not least <= resolution <= greatest:
        raise InputError(f"The resolution must be {least} to {greatest}, got {resolution}.")
    surface = extract_surface(
        model.field(code),
        resolution,
        cancel,
        lambda fraction, text: progress(0.8 * fraction, text),
        refine=True,
    )
    progress(0.8, "Colouring the surface")
    colors = None if texture is None else texture.colors
    return painted(model, code, surface.mesh, cancel, colors)


def with_detail(
    model: FaceModel,
    code: FaceCode,
    mesh: Mesh,
    residual: "ResidualLayer",
    cancel: CancelToken | None = None,
) -> Mesh:
    """`mesh`, a surface of `code`, moved by a layer of the template's vertices.

    A vertex of the free surface moves as the nearest point of the template surface does.
    """
    template = model.template
    if template.region_weights is None:
        raise InputError("The model's template has no regions, so it can have no scan detail.")
    bare = template.with_vertices(model.template_surface(code, cancel))
    detailed = residual.apply(bare.vertices, template.faces, template.region_weights)
    if mesh.faces.shape == template.faces.shape and np.array_equal(mesh.faces, template.faces):
        return mesh.with_vertices(detailed)
    found = SurfaceIndex(bare).closest_points(mesh.vertices, cancel)
    corners = barycentric_coordinates(found.points, bare, found.faces)
    motion = (detailed - bare.vertices)[template.faces[found.faces]]
    return mesh.with_vertices(mesh.vertices + np.einsum("nk,nkd->nd", corners, motion))


def painted(
    model: FaceModel,
    code: FaceCode,
    mesh: Mesh,
    cancel: CancelToken | None = None,
    colors: NDArray[np.uint8] | None = None,
) -> Mesh:
    """`mesh`, a surface of `code`, with the template's region weights and colours.

    Each vertex takes those of the template's point it corresponds to on the mean face. `colors`
    `(V, 3)` of the template's vertices replace its own.
    """
    at_rest = model.correspond(code, mesh.vertices)
    template = model.template
    found = SurfaceIndex(template).closest_points(at_rest, cancel)
    corners = barycentric_coordinates(found.points, template, found.faces)
    triangles = template.faces[found.faces]

    def carried(values: NDArray) -> NDArray[np.float32]:
        return np.einsum("nk,nkc->nc", corners, values[triangles]).astype(np.float32)

    painted_mesh = mesh
    if template.region_weights is not None:
        painted_mesh = replace(painted_mesh, region_weights=carried(template.region_weights))
    paint = template.colors if colors is None else colors
    if paint is not None:
        shades = np.clip(np.round(carried(paint)), 0, 255).astype(np.uint8)
        painted_mesh = replace(painted_mesh, colors=shades)
    return painted_mesh
