"""Without what is inside: the second wall of a hollow print, the tissue of a medical scan.

Next to the skin, such surfaces take the skin's place wherever the nearest one is asked for.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_normals, vertex_normals
from engine.geometry.sampling import SurfaceSamples, interpolate, sample_surface
from engine.geometry.topology import select_faces
from engine.geometry.visibility import hidden_share

PROBES, PROBE_RAYS = 1000, 16
SAMPLES, RAYS = 20_000, 16
HIDDEN = 0.9
"""From a point inside, at least this share of the rays meets the surface again."""
USUAL_SHARE = 0.2
"""Mouths, nostrils and eyeballs hide less than this of a head; then nothing is touched."""
MOST_SHARE = 0.75
"""Where more seems hidden, the triangles face the wrong way, and nothing is known."""
NEIGHBOURS = 6
TURN = 0.04
"""A turn of the surface by one radian counts like this share of the scan's size as distance."""
SEED = 3


def without_inner_walls(mesh: Mesh, notes: list[str]) -> Mesh:
    """`mesh` without what cannot be seen from outside, where that is much of it."""
    rng = np.random.default_rng(SEED)
    probes = sample_surface(mesh, PROBES, rng)
    inside = np.mean(_hidden_at(mesh, probes, PROBE_RAYS) > HIDDEN)
    if not USUAL_SHARE <= inside <= MOST_SHARE:
        return mesh
    drawn = sample_surface(mesh, SAMPLES, rng)
    hidden = _hidden_at(mesh, drawn, RAYS)
    size = float(np.ptp(mesh.vertices, axis=0).max())
    normals = face_normals(mesh.vertices, mesh.faces)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    tree = cKDTree(np.hstack([drawn.points, TURN * size * normals[drawn.faces]]))
    nearest = tree.query(np.hstack([centres, TURN * size * normals]), NEIGHBOURS)[1]
    kept: NDArray[np.bool_] = hidden[nearest].mean(axis=1) <= HIDDEN
    notes.append(
        f"{1.0 - kept.mean():.0%} of the triangles cannot be seen from outside, as the inner wall "
        "of a hollow model, and were left out."
    )
    return select_faces(mesh, kept)


def _hidden_at(mesh: Mesh, samples: SurfaceSamples, rays: int) -> NDArray[np.float64]:
    normals = interpolate(mesh, samples, vertex_normals(mesh.vertices, mesh.faces))
    lengths = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return hidden_share(mesh, samples.points, normals / lengths, rays)
