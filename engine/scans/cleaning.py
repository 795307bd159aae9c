"""From whatever was in a file to a sound surface, with a note for everything that was changed."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.topology import remove_unreferenced_vertices
from engine.scans.inner_walls import without_inner_walls
from engine.scans.raw_surface import RawSurface
from engine.scans.thinning import MANY_VERTICES, joined, thin

FARTHEST = 1e12
"""Coordinates beyond this are taken for damage."""
FAR_OFF = 1000.0
"""A surface this many times its size away from the origin loses its detail in float32."""
FLOATING_SHARE = 0.002
"""Pieces with less than this share of the area are dust."""


def clean(raw: RawSurface) -> tuple[Mesh, tuple[str, ...]]:
    """A sound mesh, and sentences about what was done to get it.

    Raises:
        InputError: no triangle with an area is left.
    """
    notes = list(raw.notes)
    raw = _without_bad_vertices(raw, notes)
    _require_faces(raw)
    raw = _near_origin(raw, notes)
    raw = joined(raw)
    if len(raw.vertices) > MANY_VERTICES:
        before = len(raw.vertices)
        raw = thin(raw)
        notes.append(f"Thinned from {before:,} to {len(raw.vertices):,} vertices.")
    mesh = Mesh(raw.vertices, raw.faces, colors=raw.colors)
    mesh = _without_empty_faces(mesh, notes)
    mesh = _without_dust(mesh, notes)
    mesh = _facing_out(mesh, notes)
    mesh = without_inner_walls(mesh, notes)
    return mesh, tuple(notes)


def _without_bad_vertices(raw: RawSurface, notes: list[str]) -> RawSurface:
    """Only faces whose vertices are there and finite, and only their vertices."""
    count = len(raw.vertices)
    with np.errstate(invalid="ignore"):
        sound = (np.abs(raw.vertices) < FARTHEST).all(axis=1)
    if not sound.all():
        notes.append(f"{np.count_nonzero(~sound):,} vertices without a finite place were left out.")
    known: NDArray[np.bool_] = np.asarray(((raw.faces >= 0) & (raw.faces < count)).all(axis=1))
    if not known.all():
        notes.append(
            f"{np.count_nonzero(~known):,} triangles that name vertices that are not there were "
            "left out."
        )
        raw = raw.with_faces(known)
    if not sound.all():
        first, second, third = raw.faces.T
        raw = raw.with_faces(sound[first] & sound[second] & sound[third])
    used = np.zeros(count, np.bool_)
    used[raw.faces] = True
    if used.all():
        return raw
    places = np.cumsum(used) - 1
    return RawSurface(
        raw.vertices[used],
        places[raw.faces],
        None if raw.colors is None else raw.colors[used],
        raw.notes,
    )


def _require_faces(raw: RawSurface) -> None:
    if not len(raw.faces):
        raise InputError(
            "It has no triangle that could be used. A cloud of points must be made a surface in a "
            "meshing program first (in MeshLab: screened Poisson reconstruction)."
        )


def _near_origin(raw: RawSurface, notes: list[str]) -> RawSurface:
    middle = np.median(raw.vertices, axis=0).astype(np.float64)
    spread = float(np.median(np.abs(raw.vertices - middle))) or 1.0
    if np.abs(middle).max() < FAR_OFF * spread:
        return raw
    shift = np.round(middle)
    notes.append(
        "Moved by ({:.0f}, {:.0f}, {:.0f}): it lay too far from the origin.".format(*-shift)
    )
    moved = raw.vertices.astype(np.float64) - shift
    return RawSurface(moved, raw.faces, raw.colors, raw.notes)


def _without_empty_faces(mesh: Mesh, notes: list[str]) -> Mesh:
    """Without triangles that have no area, or are there twice."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    longest = np.square(corners - np.roll(corners, 1, axis=1)).sum(axis=2).max(axis=1)
    solid = np.linalg.norm(across, axis=1) > 1e-7 * longest
    ordered = np.sort(mesh.faces, axis=1).astype(np.int64)
    # At most 2²¹ vertices are left, so three of them fit one integer.
    _, first = np.unique(
        (ordered[:, 0] << 42) | (ordered[:, 1] << 21) | ordered[:, 2], return_index=True
    )
    once = np.zeros(len(mesh.faces), np.bool_)
    once[first] = True
    if not (solid & once).any():
        raise InputError("It has no triangle with an area. Check the file in another program.")
    if not (solid & once).all():
        notes.append(
            f"{np.count_nonzero(~(solid & once)):,} triangles without an area or given twice were "
            "left out."
        )
    return remove_unreferenced_vertices(
        Mesh(mesh.vertices, mesh.faces[solid & once], colors=mesh.colors)
    )


def _without_dust(mesh: Mesh, notes: list[str]) -> Mesh:
    """Without floating pieces too small to be part of a head."""
    labels = _pieces(mesh.faces, len(mesh.vertices))
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    areas = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    of_face = labels[mesh.faces[:, 0]]
    shares = np.bincount(of_face, areas, minlength=labels.max() + 1) / areas.sum()
    # A soup of triangles that do not touch is all dust, and then it is kept.
    dust = (shares < FLOATING_SHARE) & (shares > 0)
    if not dust.any() or shares[dust].sum() > 0.2:
        return mesh
    notes.append(
        f"{np.count_nonzero(dust):,} small floating pieces ({shares[dust].sum():.1%} of the "
        "surface) were left out."
    )
    kept = mesh.faces[~dust[of_face]]
    return remove_unreferenced_vertices(Mesh(mesh.vertices, kept, colors=mesh.colors))


def _pieces(faces: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    starts, ends = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    graph = coo_array((np.ones(len(starts), np.int8), (starts, ends)), shape=(count, count))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def _facing_out(mesh: Mesh, notes: list[str]) -> Mesh:
    """With the triangles' sense turned where the surface faces its own middle."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    weights = np.linalg.norm(normals, axis=1)
    centres = corners.mean(axis=1)
    middle = weights @ centres / weights.sum()
    if float(np.einsum("fd,fd->", normals, centres - middle)) >= 0:
        return mesh
    notes.append("The surface was inside out and was turned.")
    return Mesh(mesh.vertices, mesh.faces[:, ::-1], colors=mesh.colors)
