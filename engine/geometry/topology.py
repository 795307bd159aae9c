"""How the faces of a mesh hang together."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from engine.errors import InputError
from engine.geometry.array_checks import require_faces, require_mask
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas

Indices = NDArray[np.int64]


def directed_edges(faces: NDArray) -> Indices:
    """The sides of all faces as they run, `(3F, 2)`: corner 1 to 2, 2 to 3, 3 to 1."""
    array = np.asarray(faces, dtype=np.int64)
    return array[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)


def unique_edges(faces: NDArray) -> Indices:
    """Every edge once, `(E, 2)`, smaller vertex first, sorted."""
    ordered = np.sort(directed_edges(faces), axis=1)
    return _from_keys(np.unique(_as_keys(ordered)))


def boundary_edges(faces: NDArray) -> Indices:
    """Edges `(B, 2)` that belong to one face only, running as that face runs."""
    directed = directed_edges(faces)
    _, place, count = np.unique(
        _as_keys(np.sort(directed, axis=1)), return_inverse=True, return_counts=True
    )
    return directed[count[place] == 1]


def boundary_loops(faces: NDArray) -> list[Indices]:
    """The rims of a surface, longest first: vertices `(L,)` in the order the faces run.

    Where two rims touch in a vertex they are two loops, each with that vertex. Faces
    that disagree on their sense can leave a rim in pieces, each an open chain.
    """
    following: dict[int, list[int]] = {}
    for start, end in boundary_edges(faces).tolist():
        following.setdefault(start, []).append(end)
    loops: list[list[int]] = []
    while following:
        path = [next(iter(following))]
        place = {path[0]: 0}
        while (vertex := _take_next(following, path[-1])) is not None:
            if vertex not in place:
                place[vertex] = len(path)
                path.append(vertex)
                continue
            loop, path = path[place[vertex] :], path[: place[vertex] + 1]
            loops.append(loop)
            for left in loop[1:]:
                del place[left]
        if len(path) > 1:
            loops.append(path)
    return [np.array(loop, dtype=np.int64) for loop in sorted(loops, key=len, reverse=True)]


def _take_next(following: dict[int, list[int]], vertex: int) -> int | None:
    ends = following.get(vertex)
    if not ends:
        return None
    end = ends.pop()
    if not ends:
        del following[vertex]
    return end


def vertex_components(faces: NDArray, vertex_count: int) -> NDArray[np.int32]:
    """A label `(V,)` per vertex, the same for vertices that a path of edges joins.

    Labels count from 0; a vertex of no face is a component of its own.
    """
    edges = unique_edges(require_faces(faces, vertex_count))
    graph = coo_array(
        (np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])),
        shape=(vertex_count, vertex_count),
    )
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def keep_largest_component(mesh: Mesh) -> Mesh:
    """The connected component with the largest surface area, without the other vertices.

    Vertices and faces keep their order. A mesh without faces comes back empty.
    """
    if not len(mesh.faces):
        return remove_unreferenced_vertices(mesh)
    labels = vertex_components(mesh.faces, len(mesh.vertices))[mesh.faces[:, 0]]
    areas = np.bincount(labels, face_areas(mesh.vertices, mesh.faces))
    return select_faces(mesh, labels == int(np.argmax(areas)))


def select_faces(mesh: Mesh, mask: NDArray[np.bool_]) -> Mesh:
    """The faces where `mask` `(F,)` is true, and only their vertices, in their old order."""
    chosen = mesh.faces[require_mask(mask, len(mesh.faces), "faces")]
    return remove_unreferenced_vertices(
        Mesh(mesh.vertices, chosen, mesh.uv, mesh.colors, mesh.region_weights)
    )


def remove_unreferenced_vertices(mesh: Mesh) -> Mesh:
    """The mesh without vertices of no face; the others keep their order and attributes."""
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[mesh.faces] = True
    return select_vertices(mesh, np.flatnonzero(used), (np.cumsum(used) - 1)[mesh.faces])


def merge_equal_vertices(mesh: Mesh) -> Mesh:
    """The mesh with vertices at exactly the same place made one: joins a soup of triangles.

    The first vertex at a place stays, with its attributes, and the order of first
    vertices is kept. Faces that lose a corner by it are removed.
    """
    # Adding zero turns -0.0 into 0.0, which have different bytes.
    rows = np.ascontiguousarray(mesh.vertices + np.float32(0)).view("V12").ravel()
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    kept = np.sort(first)
    faces = np.searchsorted(kept, first[place])[mesh.faces]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return select_vertices(mesh, kept, faces[whole])


def select_vertices(mesh: Mesh, kept: NDArray[np.integer], faces: NDArray[np.integer]) -> Mesh:
    """The vertices `kept` `(K,)` with their attributes, and `faces` `(F, 3)` that index them."""

    def rows(array: NDArray | None) -> NDArray | None:
        return None if array is None else array[kept]

    return Mesh(
        mesh.vertices[kept],
        faces.reshape(-1, 3).astype(np.int32),
        rows(mesh.uv),
        rows(mesh.colors),
        rows(mesh.region_weights),
    )


def is_watertight(faces: NDArray) -> bool:
    """Whether every edge is shared by exactly two faces that run along it in opposite senses.

    A surface without faces is not watertight.
    """
    directed = directed_edges(faces)
    if not len(directed):
        return False
    forward = np.sort(_as_keys(directed))
    backward = np.sort(_as_keys(directed[:, ::-1]))
    # Each directed edge once, and its opposite there: two faces, and their sides agree.
    return bool((np.diff(forward) > 0).all() and np.array_equal(forward, backward))


def euler_number(faces: NDArray) -> int:
    """V - E + F over the vertices that faces name: 2 for a sphere, 0 for a torus, 1 for a disc."""
    return len(np.unique(faces)) - len(unique_edges(faces)) + len(faces)


def _as_keys(edges: Indices) -> Indices:
    """One integer per edge that sorts as the pair does."""
    if edges.size and (edges.min() < 0 or edges.max() >= 2**31):
        raise InputError("Faces must name vertices from 0 to 2³¹ - 1.")
    return (edges[:, 0] << 32) | edges[:, 1]


def _from_keys(keys: Indices) -> Indices:
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1)
