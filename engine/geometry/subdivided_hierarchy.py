"""The hierarchy of the coarse-to-fine network: a topology, its subdivision, and coarser levels.

Cheng et al., "Faster, Better and More Detailed: 3D Face Reconstruction with Graph Convolutional
Networks" (ACCV 2020), supplement: 53,215 vertices, then a quarter five times. Here the finest
level is the midpoint subdivision of a template, so every level but that keeps template vertices.
"""

import numpy as np

from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import MeshHierarchy, Step, build_hierarchy
from engine.geometry.spirals import spirals
from engine.geometry.subdivision import Subdivision, subdivide_faces

HOPS = (2, 2, 2, 1, 1, 1)
"""Of the spirals on each level, finest first. No convolution runs on the coarsest."""
LENGTHS = (19, 19, 19, 7, 7, 7)
"""A vertex with one or two rings of six and twelve neighbours."""
COARSER_STEPS = 4


def subdivided_hierarchy(template: Mesh, reference: int) -> MeshHierarchy:
    """Levels of about 4 V, V, V / 4, … V / 256 vertices for a template of V.

    Args:
        reference: the template vertex towards which spirals start.

    Raises:
        InputError: the template is too small or `reference` out of range.
    """
    coarser = build_hierarchy(
        template, reference, steps=COARSER_STEPS, hops=HOPS[1:], lengths=LENGTHS[1:]
    )
    finer = subdivide_faces(template.faces, len(template.vertices))
    rings = spirals(finer.carry(template.vertices), finer.faces, reference, HOPS[0], LENGTHS[0])
    step = subdivision_step(finer, len(template.vertices))
    return MeshHierarchy((rings, *coarser.spirals), (step, *coarser.steps))


def subdivision_step(finer: Subdivision, vertex_count: int) -> Step:
    """From a subdivision down to the `vertex_count` vertices it was made of, and up again."""
    own = np.repeat(np.arange(vertex_count)[:, None], 3, axis=1)
    corners = np.concatenate([own, finer.ends[:, [0, 1, 1]]])
    weights = np.zeros(corners.shape, np.float32)
    weights[:vertex_count, 0] = 1.0
    weights[vertex_count:, :2] = 0.5
    return Step(np.arange(vertex_count), corners, weights)
