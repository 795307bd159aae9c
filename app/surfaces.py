"""The surfaces the viewport shows, computed from a model; no Qt and no PyVista here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.spatial import KDTree

from app.eye_fit import fit_eyeball
from app.shading.shade import shade_surface
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import ShadingNormals
from engine.models.protocol import Eye, FaceCode, FaceModel

Floats = NDArray[np.float32]

NORMAL_REACH = 8.0
"""How far apart, in mm, opposite normals count when points are matched: lips that touch differ."""

LID_ABOVE_MM = 0.9
"""What is higher above an eyeball is a lid; the cornea's error stays below."""

SAME_MM = 1e-3

NEIGHBOURS = 3
PLAIN_SKIN = (224, 182, 158)


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """One face as triangles, with what it takes to move and to colour it.

    V vertices, F faces, T template vertices, R regions.

    Attributes:
        code: the face it shows.
        vertices, normals: `(V, 3)`, mm.
        faces: `(F, 3)`; the very same array for every template surface.
        weights: `(V, R)` of the regions.
        skin: `(V, 3)` uint8 natural colours.
        shade: `(V,)` factor of the colours.
        shading: makes the normals when it moves.
        carrier: `(V, T)` carries motions of the template's vertices to these; None if
            these are the template's.
        exact: it lies on the zero set; otherwise it is the linear preview.
        seconds: how long it took to compute.
    """

    code: FaceCode
    vertices: Floats
    normals: Floats
    faces: NDArray[np.int32]
    weights: Floats
    skin: NDArray[np.uint8]
    shade: Floats
    shading: ShadingNormals
    carrier: csr_array | None
    exact: bool
    seconds: float = 0.0

    def carry(self, motion: Floats) -> Floats:
        """The motion `(V, 3)` of this surface when the template moves by `motion` `(T, 3)`."""
        if self.carrier is None:
            return motion
        carried: Floats = self.carrier @ motion
        return carried


def on_template(
    model: FaceModel, code: FaceCode, vertices: Floats, exact: bool, shade: Floats | None = None
) -> Surface:
    """The template with its vertices `(V, 3)` moved.

    Args:
        shade: `(V,)` of a face much like this one, to save computing it.
    """
    faces = model.template.faces
    shading = template_shading(model.template)
    normals = shading.at(vertices)
    return Surface(
        code=code,
        vertices=vertices,
        normals=normals,
        faces=faces,
        weights=_weights(model),
        skin=_skin(model),
        shade=shade_surface(vertices, normals, faces) if shade is None else shade,
        shading=shading,
        carrier=None,
        exact=exact,
    )


def on_free_mesh(model: FaceModel, code: FaceCode, mesh: Mesh) -> Surface:
    """The zero set's own triangles, tied to the template's so that they can follow a slider."""
    shading = ShadingNormals(mesh.vertices, mesh.faces)
    normals = shading.at(mesh.vertices)
    template = on_template(model, code, model.preview(code), exact=False)
    carrier = _tie(template, mesh.vertices, normals)
    carrier = _off_the_eyeballs(model.eyes(code), template, carrier, mesh.vertices, normals)
    skin = carrier @ template.skin.astype(np.float32)
    return Surface(
        code=code,
        vertices=mesh.vertices,
        normals=normals,
        faces=mesh.faces,
        weights=carrier @ template.weights,
        skin=np.clip(np.round(skin), 0, 255).astype(np.uint8),
        shade=carrier @ template.shade,
        shading=shading,
        carrier=carrier,
        exact=True,
    )


@lru_cache(maxsize=2)
def template_shading(template: Mesh) -> ShadingNormals:
    """Found on the mean face; every face ends in the same triangles."""
    return ShadingNormals(template.vertices, template.faces)


def _weights(model: FaceModel) -> Floats:
    """Region weights `(T, R)`; one region of all if the template has none."""
    weights = model.template.region_weights
    return np.ones((len(model.template.vertices), 1), np.float32) if weights is None else weights


def _skin(model: FaceModel) -> NDArray[np.uint8]:
    """Natural colours `(T, 3)`; a plain skin tone if the template has none."""
    colors = model.template.colors
    if colors is not None:
        return colors
    return np.tile(np.array(PLAIN_SKIN, np.uint8), (len(model.template.vertices), 1))


def _off_the_eyeballs(
    eyes: Sequence[Eye], template: Surface, carrier: csr_array, vertices: Floats, normals: Floats
) -> csr_array:
    """`carrier` with closed lids tied to lids: the eyeball lies just behind, and turned alike."""
    tree = KDTree(template.vertices)
    rows = [_eyeball_rows(eye, tree) for eye in eyes]
    skin = np.setdiff1d(np.arange(len(template.vertices)), np.concatenate(rows))
    for eye, ball in zip(eyes, rows, strict=True):
        tied = np.flatnonzero(carrier[:, ball].sum(axis=1) > 0.0) if len(ball) else ball
        arms = vertices[tied] - eye.centre
        lengths = np.linalg.norm(arms, axis=1)
        fit = fit_eyeball(template.vertices, template.normals, eye)
        above = lengths - eye.radius - fit.offsets(arms / np.maximum(lengths, 1e-6)[:, None])
        lid = tied[above > LID_ABOVE_MM]
        if len(lid):
            kept = np.ones(len(vertices), np.float32)
            kept[lid] = 0.0
            retied = _tie(template, vertices[lid], normals[lid], skin).tocoo()
            shape = carrier.shape
            there = csr_array((retied.data, (lid[retied.row], retied.col)), shape=shape)
            carrier = csr_array(diags_array(kept) @ carrier + there)
    return carrier


def _eyeball_rows(eye: Eye, template: KDTree) -> NDArray[np.int64]:
    """The vertices of the template that lie on the eyeball."""
    if not len(eye.points):
        return np.empty(0, np.int64)
    distances, rows = template.query(eye.points, distance_upper_bound=SAME_MM)
    return np.unique(rows[np.isfinite(distances)]).astype(np.int64)


def _tie(
    template: Surface, vertices: Floats, normals: Floats, among: NDArray[np.int64] | None = None
) -> csr_array:
    """Weights `(V, T)` of the template vertices nearest in place and direction.

    Args:
        among: rows of the template's vertices to choose from; all if None.
    """
    places = _places(template.vertices, template.normals)
    tree = KDTree(places if among is None else places[among])
    distances, nearest = tree.query(_places(vertices, normals), k=NEIGHBOURS, workers=-1)
    nearest = nearest if among is None else among[nearest]
    weights = 1.0 / (distances + 0.1)
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.arange(0, NEIGHBOURS * len(vertices) + 1, NEIGHBOURS)
    return csr_array(
        (weights.ravel().astype(np.float32), nearest.ravel(), rows),
        shape=(len(vertices), len(template.vertices)),
    )


def _places(vertices: Floats, normals: Floats) -> Floats:
    return np.concatenate([vertices, NORMAL_REACH * normals], axis=1)
