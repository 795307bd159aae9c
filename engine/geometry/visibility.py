"""What of a surface can be seen from outside, and where it only is closed off."""

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.regions import dilate_by_rings
from engine.geometry.topology import boundary_edges, unique_edges

Mask = NDArray[np.bool_]

HIDDEN_SHARE = 0.93
"""A point is hidden where more of the rays that leave its surface meet the surface again."""
LIFT = 2e-4
"""Rays start this share of the surface's size above it, so as not to meet their own face."""
FACING_DOWN = -0.3
"""The end of a neck is what faces down more than this, connected to the lowest vertex."""
END_RINGS = 2


def hidden_points(
    mesh: Mesh, points: NDArray, normals: NDArray, rays: int = 24
) -> NDArray[np.bool_]:
    """Which of `points` `(N, 3)` with unit `normals` `(N, 3)` `mesh` hides from outside.

    The inside of a mouth, an eyeball behind a closed lid, teeth behind lips: nearly every ray
    from there meets the surface again.
    """
    hidden: Mask = hidden_share(mesh, points, normals, rays) > HIDDEN_SHARE
    return hidden


def hidden_share(
    mesh: Mesh, points: NDArray, normals: NDArray, rays: int = 24
) -> NDArray[np.float64]:
    """The share `(N,)` of rays from `points` `(N, 3)` about `normals` that meet `mesh` again."""
    origins = np.asarray(points, np.float64)
    directions = np.asarray(normals, np.float64)
    if not len(origins):
        return np.zeros(0)
    vertices = mesh.vertices.astype(np.float64)
    lift = LIFT * float(np.ptp(vertices, axis=0).max())
    share = igl.ambient_occlusion(
        vertices, mesh.faces.astype(np.int64), origins + lift * directions, directions, rays
    )
    return np.asarray(share, np.float64).ravel()


def hidden_vertices(mesh: Mesh, rays: int = 24) -> Mask:
    """Which vertices `(V,)` of `mesh` the mesh itself hides from outside."""
    return hidden_points(mesh, mesh.vertices, vertex_normals(mesh.vertices, mesh.faces), rays)


def open_faces(faces: NDArray) -> Mask:
    """The faces `(F,)` with a corner on an open edge: rims of holes and of the whole mesh."""
    rim = np.unique(boundary_edges(faces))
    touched: Mask = np.any(np.isin(faces, rim), axis=1)
    return touched


def neck_end(mesh: Mesh, chin: float = np.inf) -> Mask:
    """The vertices `(V,)` that close a head's neck at the bottom, where a real one goes on.

    Everything that faces down and hangs together with the lowest vertex, below the height
    `chin` in mm (y is up).
    """
    downward = vertex_normals(mesh.vertices, mesh.faces)[:, 1] < FACING_DOWN
    downward &= mesh.vertices[:, 1] < chin
    lowest = int(np.argmin(mesh.vertices[:, 1]))
    downward[lowest] = True
    edges = unique_edges(mesh.faces)
    edges = edges[downward[edges].all(axis=1)]
    count = len(mesh.vertices)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    return dilate_by_rings(mesh.faces, labels == labels[lowest], END_RINGS)
