"""Isotropic remeshing of the half surface by a sizing field.

Botsch & Kobbelt, "A remeshing approach to multiresolution modeling" (2004): split long
edges, collapse short ones, flip towards an even valence, relax in the tangent plane and
project back; with the adaptive lengths of Dunyach et al. (2013).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.normals import vertex_normals
from engine.progress import Progress, ignore_progress
from training.parts.template.editable_mesh import CURVE, INTERIOR, EditableMesh
from training.parts.template.extract import HalfSurface
from training.parts.template.labels import LabelledSurface
from training.parts.template.sizing import SizingField
from training.parts.template.symmetric_field import SymmetricField

Array = NDArray[np.float64]

TAUBIN = (0.5, -0.53)
LONGEST, SHORTEST = 4.0 / 3.0, 4.0 / 5.0
"""An edge is split above, and collapsed below, these multiples of the length wanted."""


@dataclass(frozen=True, slots=True)
class RemeshChoice:
    """How long the remesher works.

    Attributes:
        rounds: of split, collapse, flip, relax and project.
        polish: rounds of flips by angle and relaxation that follow.
    """

    rounds: int = 14
    polish: int = 8


def remesh(
    labelled: LabelledSurface,
    field: SymmetricField,
    sizes: SizingField,
    choice: RemeshChoice,
    progress: Progress = ignore_progress,
) -> LabelledSurface:
    """An even mesh of the same half surface; its rim stays exactly on x = 0."""
    surface = labelled.surface
    mesh = EditableMesh(surface.vertices, surface.faces, labelled.labels)
    for number in range(choice.rounds):
        progress(number / (choice.rounds + choice.polish), f"{len(mesh.vertices)} vertices")
        _split_long(mesh, sizes)
        _collapse_short(mesh, sizes)
        mesh.flip(by_angle=False)
        _smooth_borders(mesh)
        _relax(mesh, sizes, field, newton_steps=1)
    for number in range(choice.polish):
        progress((choice.rounds + number) / (choice.rounds + choice.polish), "Polishing")
        mesh.flip(by_angle=True)
        _relax(mesh, sizes, field, newton_steps=1)
    rim = mesh.vertices[:, 0] == 0.0
    mesh.vertices = field.project(mesh.vertices, rim, steps=4)
    return LabelledSurface(HalfSurface(mesh.vertices, mesh.faces), mesh.labels)


def _edge_lengths(mesh: EditableMesh, edges: NDArray[np.int64]) -> Array:
    difference = mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]]
    return np.linalg.norm(difference, axis=1)


def _split_long(mesh: EditableMesh, sizes: SizingField) -> None:
    edges = mesh.edges()
    wanted = sizes.at(mesh.vertices)[edges].mean(1)
    long = _edge_lengths(mesh, edges) > LONGEST * wanted
    if long.any():
        mesh.split(edges[long])


def _collapse_short(mesh: EditableMesh, sizes: SizingField) -> None:
    edges = mesh.edges()
    wanted = sizes.at(mesh.vertices)
    length = _edge_lengths(mesh, edges)
    ratio = length / wanted[edges].mean(1)
    short = np.flatnonzero(ratio < SHORTEST)
    order = short[np.argsort(ratio[short])]
    mesh.collapse(((a, b) for a, b in edges[order].tolist()), LONGEST * wanted)


def _relax(
    mesh: EditableMesh, sizes: SizingField, field: SymmetricField, newton_steps: int
) -> None:
    """Move every vertex towards its triangles' centres in the tangent plane, then project."""
    normals = vertex_normals(mesh.vertices, mesh.faces).astype(np.float64)
    move = _towards_centres(mesh, sizes)
    move -= (move * normals).sum(1, keepdims=True) * normals
    move[mesh.kinds != INTERIOR] = 0.0
    _along_curves(mesh, move)
    rim = mesh.vertices[:, 0] == 0.0
    move[rim, 0] = 0.0
    mesh.vertices = field.project(mesh.vertices + move, rim, steps=newton_steps)


def _towards_centres(mesh: EditableMesh, sizes: SizingField) -> Array:
    """Vector `(V, 3)` to the mean of the triangles' centres, weighted by area over length²."""
    corners = mesh.vertices[mesh.faces]
    centres = corners.mean(1)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    weight = np.linalg.norm(cross, axis=1) / sizes.at(centres) ** 2
    count = len(mesh.vertices)
    index, repeated = mesh.faces.ravel(), np.repeat(weight, 3)
    total = np.bincount(index, weights=repeated, minlength=count)
    goal = np.stack(
        [
            np.bincount(index, weights=repeated * np.repeat(centres[:, axis], 3), minlength=count)
            for axis in range(3)
        ],
        axis=1,
    )
    return goal / np.maximum(total, 1e-12)[:, None] - mesh.vertices


def _along_curves(mesh: EditableMesh, move: Array) -> None:
    """Space vertices on curves half way between their neighbours."""
    curve = _curve_neighbours(mesh)
    here, a, b = (mesh.vertices[i] for i in (curve.own, curve.first, curve.second))
    tangent = b - a
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
    goal = 0.5 * (a + b) - here
    move[curve.own] = 0.7 * (goal * tangent).sum(1, keepdims=True) * tangent


def _smooth_borders(mesh: EditableMesh) -> None:
    """Take the zigzag out of the borders between labels; the rim on x = 0 stays.

    Taubin's filter: a smoothing step and a larger one back, so that loops do not shrink.
    """
    curve = _curve_neighbours(mesh)
    border = mesh.vertices[curve.own, 0] > 0.0
    own, first, second = curve.own[border], curve.first[border], curve.second[border]
    for factor in TAUBIN:
        p = mesh.vertices
        mesh.vertices[own] += factor * (0.5 * (p[first] + p[second]) - p[own])


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """Vertices `(C,)` on curves and the two neighbours of each along its curve."""

    own: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]


def _curve_neighbours(mesh: EditableMesh) -> _Curve:
    edges = np.concatenate([mesh.curve_edges, mesh.curve_edges[:, ::-1]])
    edges = edges[mesh.kinds[edges[:, 0]] == CURVE]
    pairs = edges[np.argsort(edges[:, 0], kind="stable")].reshape(-1, 2, 2)
    return _Curve(pairs[:, 0, 0], pairs[:, 0, 1], pairs[:, 1, 1])
