"""The pieces of a triangulated surface."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def largest_component(
    vertices: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """The vertices and faces of the component with most faces.

    On triangles of even size, as marching cubes makes them, that is the one of largest area.
    """
    links = (np.ones(2 * len(faces), np.int8), (faces[:, :2].ravel(), faces[:, 1:].ravel()))
    graph = coo_array(links, shape=(len(vertices), len(vertices)))
    count, labels = connected_components(graph.tocsr(), directed=False)
    if count == 1:
        return vertices, faces
    largest = np.argmax(np.bincount(labels[faces[:, 0]]))
    kept = labels == largest
    numbers = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    return vertices[kept], numbers[faces[kept[faces[:, 0]]]]
