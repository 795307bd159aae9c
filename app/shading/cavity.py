"""How deep a vertex lies in a crease, which darkens it: cheap ambient occlusion."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float32]

SCALE = 9.0
"""Curvature in 1/mm is multiplied by this before it saturates at ±1."""

SMOOTHING = 3


def concavity(vertices: Floats, normals: Floats, faces: NDArray[np.int32]) -> Floats:
    """Mean curvature as a shade `(V,)` in [-1, 1]: positive in creases, negative on ridges.

    Along an edge d from a vertex with normal n the curvature is 2 n·d / |d|²; the mean over
    the edges is smoothed over the surface, so that it shows creases and not triangles.

    Args:
        vertices, normals: `(V, 3)`, mm.
        faces: `(F, 3)`.
    """
    start = faces.T.ravel()
    end = faces[:, [1, 2, 0]].T.ravel()
    edge = vertices[end] - vertices[start]
    square = np.maximum(np.einsum("ij,ij->i", edge, edge), 1e-6)
    outward = np.einsum("ij,ij->i", normals[start], edge) / square
    inward = -np.einsum("ij,ij->i", normals[end], edge) / square
    count = np.maximum(np.bincount(start, minlength=len(vertices)), 1)
    curvature = np.bincount(start, outward, len(vertices)) + np.bincount(end, inward, len(vertices))
    shade = np.tanh(SCALE * curvature / count).astype(np.float32)
    mean = csr_array(
        (np.ones(len(start), np.float32), (start, end)), shape=(len(vertices), len(vertices))
    )
    for _ in range(SMOOTHING):
        shade = 0.5 * (shade + (mean @ shade) / count)
    return shade.astype(np.float32)
