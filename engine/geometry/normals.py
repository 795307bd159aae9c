"""Normals of faces and vertices."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from engine.errors import InputError
from engine.geometry.array_checks import require_faces

Floats = NDArray[np.float32]


def face_area_vectors(vertices: NDArray, faces: NDArray) -> Floats:
    """Half the cross product of two sides of each face, `(F, 3)`.

    Its direction is the face's normal and its length the face's area in mm².
    """
    _require_vertices(vertices)
    first, second, third = np.ascontiguousarray(require_faces(faces, len(vertices)).T)
    ups, rights = [], []
    for axis in range(3):
        # A column at a time: three times as fast as gathering rows of three.
        column = np.ascontiguousarray(vertices[:, axis], dtype=np.float32)
        corner = column.take(first)
        rights.append(column.take(second) - corner)
        ups.append(column.take(third) - corner)
    vectors = np.empty((len(first), 3), np.float32)
    for axis in range(3):
        y, z = (axis + 1) % 3, (axis + 2) % 3
        vectors[:, axis] = 0.5 * (rights[y] * ups[z] - rights[z] * ups[y])
    return vectors


def face_areas(vertices: NDArray, faces: NDArray) -> Floats:
    """Area of each face `(F,)` in mm²."""
    areas: Floats = np.linalg.norm(face_area_vectors(vertices, faces), axis=1)
    return areas


def face_normals(vertices: NDArray, faces: NDArray) -> Floats:
    """Unit normal of each face `(F, 3)`; zero where a face has no area.

    Args:
        vertices: `(V, 3)`.
        faces: `(F, 3)`, counter-clockwise seen from outside.

    Raises:
        InputError: the arrays have other shapes or do not fit each other.
    """
    return normalized(face_area_vectors(vertices, faces))


def vertex_normals(vertices: NDArray, faces: NDArray) -> Floats:
    """Unit normal of each vertex `(V, 3)`: the mean of its faces' weighted by their area.

    Zero where a vertex belongs to no face, or only to faces without area.

    Args:
        vertices: `(V, 3)`.
        faces: `(F, 3)`, counter-clockwise seen from outside.

    Raises:
        InputError: the arrays have other shapes or do not fit each other.
    """
    vectors = face_area_vectors(vertices, faces)
    # Three entries in each column, so the incidence of vertices and faces is CSC as it lies.
    incidence = csc_array(
        (
            np.ones(np.size(faces), np.float32),
            np.ascontiguousarray(faces).ravel(),
            np.arange(0, np.size(faces) + 1, 3),
        ),
        shape=(len(vertices), len(vectors)),
    )
    return normalized(incidence @ vectors)


def _require_vertices(vertices: NDArray) -> None:
    if np.ndim(vertices) != 2 or np.shape(vertices)[1] != 3:
        raise InputError(f"Expected vertices of shape (V, 3), got {np.shape(vertices)}.")


def normalized(vectors: Floats) -> Floats:
    """Vectors `(N, 3)` brought to the length 1; zero where they have none."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    unit: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit
