"""The end of the template's neck: where the plane of the cut lies, and the mesh on it.

The registered heads end below the neck in a rim with notches and thin flaps, where a field learned
from them is ragged. The template therefore ends in a plane above the rim. It keeps its vertices
and triangles: those that lay beyond the plane are laid out on it, so whatever names vertices by
number stays valid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from engine.errors import InputError
from engine.geometry.normals import face_areas, vertex_normals
from engine.geometry.topology import boundary_loops, unique_edges
from training.parts.template.template_mesh import Kind

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

CLEARANCE_MM = 8.0
"""The plane passes so far above the highest place of the rim."""
TILTS = np.radians(np.arange(0.0, 70.5, 0.5))
"""Angles between the plane and the floor that are tried, rising towards the nape."""
SNAP_MM = 2.0
"""Vertices this little above the plane are taken into it: triangles beside it stay well shaped."""
COLLAR_MM = 15.0
"""Up to here above the plane vertices of the skin follow it."""
STEEPEST = 0.1
"""Where the skin runs nearly along the plane (sin² of their angle) it is not followed further."""
ROUNDING_MM = 6.0
"""Width of the blend between skin and plane, see `engine.models.neck_cut`."""


@dataclass(frozen=True, slots=True, eq=False)
class NeckLayout:
    """The template's neck on the plane.

    Attributes:
        normal: `(3,)` of the plane, out of the head; offset: of it, normal · x = offset, mm.
        loop: `(R,)` vertices around the plane, each on the edge `ends` `(R, 2)` of the uncut
            mesh, `share` `(R,)` of the way from its first end to its second.
        disc: `(D,)` vertices on the plane within the loop.
        collar: `(C,)` vertices of the skin little above the plane.
        slide: `(R + C, 3)` of loop and collar: the way along the skin that leads 1 mm out of the
            head across the plane, fading out with the height above it.
        vertices: `(V, 3)` mm of the whole template.
    """

    normal: Array
    offset: float
    loop: Indices
    ends: Indices
    share: Array
    disc: Indices
    collar: Indices
    slide: Array
    vertices: Array


def lay_neck(vertices: Array, faces: Indices, kinds: NDArray, mirror: Indices) -> NeckLayout:
    """Cut the neck of a closed template `(V, 3)` whose cap has the kind `CAP`.

    Raises:
        InputError: it has no cap, or the plane does not cut it in one simple loop.
    """
    normal, offset = choose_plane(vertices, faces, kinds)
    beyond = vertices @ normal - offset
    loop, disc = _split(beyond, faces)
    ends, share = _crossings(vertices, beyond, loop, faces)
    on_edges = vertices[ends[:, 0]] + share[:, None] * (vertices[ends[:, 1]] - vertices[ends[:, 0]])
    outward = vertex_normals(vertices.astype(np.float32), faces.astype(np.int32)).astype(np.float64)
    at_loop = outward[ends].mean(1)
    at_loop /= np.linalg.norm(at_loop, axis=1, keepdims=True)
    collar = np.setdiff1d(np.flatnonzero((beyond > -COLLAR_MM) & (beyond <= 0.0)), loop)
    fade = np.concatenate([np.ones(len(loop)), 1.0 + beyond[collar] / COLLAR_MM])
    slide = fade[:, None] * _along_skin(np.concatenate([at_loop, outward[collar]]), normal)
    laid = vertices.copy()
    laid[loop] = on_edges + _inset(at_loop, normal)
    in_plane = laid[loop] + 0.25 * ROUNDING_MM * normal
    laid[disc] = _harmonic(in_plane, loop, disc, faces)
    flip = np.array([-1.0, 1.0, 1.0])
    rows = np.concatenate([loop, disc])
    laid[rows] = 0.5 * (laid[rows] + flip * laid[mirror[rows]])
    return NeckLayout(normal, offset, loop, ends, share, disc, collar, slide, laid)


def choose_plane(vertices: Array, faces: Indices, kinds: NDArray) -> tuple[Array, float]:
    """The plane that clears the cap's rim and takes the least skin: its normal and offset."""
    cap = kinds == Kind.CAP
    of_cap = cap[faces].any(1)
    rim = np.unique(faces[of_cap])
    rim = vertices[rim[~cap[rim]]]
    if not len(rim):
        raise InputError("The template's neck has no cap, so it cannot be cut.")
    areas = face_areas(vertices, faces)[~of_cap]
    middles = vertices[faces[~of_cap]].mean(1)
    best = (np.inf, np.zeros(3), 0.0)
    for tilt in TILTS:
        normal = np.array([0.0, -np.cos(tilt), -np.sin(tilt)])
        offset = float((rim @ normal).min()) - CLEARANCE_MM
        taken = float(areas[middles @ normal > offset].sum())
        if taken < best[0]:
            best = (taken, normal, offset)
    return best[1], best[2]


def _split(beyond: Array, faces: Indices) -> tuple[Indices, Indices]:
    """The loop around the part that is laid on the plane, in order, and what is within it."""
    edges = unique_edges(faces)
    edges = np.concatenate([edges, edges[:, ::-1]])
    below = np.zeros(len(beyond), bool)
    below[edges[beyond[edges[:, 1]] > 0.0, 0]] = True
    taken = (beyond > 0.0) | ((beyond > -SNAP_MM) & below)
    inner = faces[taken[faces].all(1)]
    loops = boundary_loops(inner)
    if len(loops) != 1 or len(np.unique(loops[0])) != len(loops[0]):
        raise InputError(
            f"The plane below the neck meets the template in {len(loops)} loops, expected one. "
            "Train the template network first."
        )
    disc = np.setdiff1d(np.flatnonzero(beyond > 0.0), loops[0])
    inside = np.setdiff1d(np.unique(inner), loops[0])
    if not np.array_equal(disc, inside):
        raise InputError("The template's neck does not end in one piece. Use a finer template.")
    return loops[0], disc


def _crossings(
    vertices: Array, beyond: Array, loop: Indices, faces: Indices
) -> tuple[Indices, Array]:
    """For every vertex of the loop the nearest place where an edge of its crosses the plane."""
    edges = unique_edges(faces)
    edges = np.concatenate([edges, edges[:, ::-1]])
    edges = edges[(beyond[edges[:, 0]] > 0.0) != (beyond[edges[:, 1]] > 0.0)]
    share = beyond[edges[:, 0]] / (beyond[edges[:, 0]] - beyond[edges[:, 1]])
    length = share * np.linalg.norm(vertices[edges[:, 1]] - vertices[edges[:, 0]], axis=1)
    order = np.lexsort((np.round(length, 5), edges[:, 0]))
    starts, first = np.unique(edges[order, 0], return_index=True)
    chosen = order[first[np.searchsorted(starts, loop)]]
    if not np.array_equal(edges[chosen, 0], loop):
        raise InputError("The plane below the neck grazes the template. Use a finer template.")
    return edges[chosen], share[chosen]


def _harmonic(around: Array, loop: Indices, disc: Indices, faces: Indices) -> Array:
    """Places `(D, 3)` of the disc's vertices, each the mean of its neighbours."""
    count = int(faces.max()) + 1
    place = np.full(count, -1)
    place[disc] = np.arange(len(disc))
    edges = unique_edges(faces)
    edges = np.concatenate([edges, edges[:, ::-1]])
    edges = edges[place[edges[:, 0]] >= 0]
    fixed = np.zeros((count, 3))
    fixed[loop] = around
    degree = np.bincount(place[edges[:, 0]], minlength=len(disc)).astype(np.float64)
    within = place[edges[:, 1]] >= 0
    links = (np.ones(within.sum()), (place[edges[within, 0]], place[edges[within, 1]]))
    graph: csr_array = coo_array(links, shape=(len(disc), len(disc))).tocsr()
    pull = np.zeros((len(disc), 3))
    np.add.at(pull, place[edges[~within, 0]], fixed[edges[~within, 1]])
    solved: Array = splu((diags_array(degree) - graph).tocsc()).solve(pull)
    return solved


def _inset(skin: Array, normal: Array) -> Array:
    """From the sharp edge onto the rounded one, `(R, 3)` mm, for the skin's normals `(R, 3)`."""
    # Solves d · skin = d · normal = −k / 4 for d in the span of both.
    return (-0.25 * ROUNDING_MM / (1.0 + skin @ normal))[:, None] * (skin + normal)


def _along_skin(skin: Array, normal: Array) -> Array:
    """The vector `(N, 3)` t in the skin, steepest towards the plane, with t · normal = 1."""
    across = skin @ normal
    tangent = normal - across[:, None] * skin
    return tangent / np.maximum(1.0 - across**2, STEEPEST)[:, None]
