"""The surfaces from which Pixel2Mesh starts: the papers' own, and the mean face in their topology.

An ellipsoid of 156 vertices, 462 edges and 308 faces, and a semi-sphere of 141 vertices, 351 edges
and 210 faces with two rims, the inner one where a mouth is. Both are laid over a model's mean
face once; what is made here ships with a network's weights.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, eye_array
from scipy.sparse.linalg import spsolve
from scipy.spatial import ConvexHull, Delaunay, cKDTree

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.topology import boundary_loops, unique_edges
from engine.models.protocol import FaceModel
from engine.networks.mesh_levels import MeshLevel, StartMesh, make_levels
from engine.photo.face_region import face_region, head_region

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

ELLIPSOID_VERTICES = 156
ELLIPSOID_RADII = (0.558, 0.558, 1.116)
"""0.2, 0.2 and 0.4 m at 0.8 m under the paper's camera (focal length 250, image half 112 pixels),
in halves of the image's side."""
OUTER_RIM, INNER_RIM, BETWEEN = 48, 24, 69
SEMI_SPHERE_RADIUS = 0.7
HOLE = (0.0, -0.25, 0.08)
"""Centre and radius of the inner rim in the unit disc, of a semi-sphere without a face."""
LLOYD_STEPS = 60
HOLE_SHARE = 0.5
"""Radius of the inner rim on a face, as a share of the lips' in the disc."""
WIDE = 0.12
"""Triangles that seem larger than this (radians) from a head's middle meet every ray's test."""
SMOOTHINGS = 8
EYES, LIPS, INNER_LIPS = slice(36, 48), slice(48, 60), slice(60, 68)


def ellipsoid_start() -> StartMesh:
    """The ellipsoid in the middle of the image, as Wang et al. place it (section 3.2)."""
    points = _even_directions(ELLIPSOID_VERTICES)
    faces = _outward(ConvexHull(points).simplices, points)
    # The camera's y is down, which turns the faces' sense around.
    return StartMesh(faces[:, ::-1], ((points * ELLIPSOID_RADII).astype(np.float32),), posed=False)


def semi_sphere_start() -> StartMesh:
    """The semi-sphere in the middle of the image, its top towards the viewer (Liu et al.)."""
    plane, faces = _disc_layout(*HOLE)
    radius = np.linalg.norm(plane, axis=1)
    polar = np.pi / 2 * radius
    around = plane / np.maximum(radius, 1e-9)[:, None]
    points = np.column_stack([around * np.sin(polar)[:, None], np.cos(polar)])
    points[:, 1] *= -1.0
    return StartMesh(faces, ((SEMI_SPHERE_RADIUS * points).astype(np.float32),), posed=False)


def mean_head_start(model: FaceModel, levels: int) -> StartMesh:
    """The topology of the ellipsoid on the model's mean head, mm, on `levels` levels.

    Seen from a point nearer to the face than to the back of the head, so that even directions
    lie more densely on the face.
    """
    surface = head_region(model).mesh(model.template.vertices)
    marks = model.template.vertices[model.landmarks].astype(np.float64)
    height = 0.5 * (marks[EYES, 1].mean() + marks[LIPS, 1].mean())
    centre = np.array([marks[:, 0].mean(), height, marks[[0, 16], 2].mean()])
    directions = _even_directions(ELLIPSOID_VERTICES)
    faces = _outward(ConvexHull(directions).simplices, directions)
    finest = _subdivided(directions, faces, levels)
    finest = finest / np.linalg.norm(finest, axis=1, keepdims=True)
    vertices = _cast(surface, centre, finest)
    loose = (vertices[:, 1] < marks[:, 1].min()) | (vertices[:, 2] < centre[2])
    fine_level = make_levels(faces, len(directions), levels)[-1]
    vertices = _smoothed(surface, vertices, fine_level, loose)
    return _nested(faces, len(directions), vertices, levels)


def mean_face_start(model: FaceModel, levels: int) -> StartMesh:
    """The topology of the semi-sphere on the model's mean face, mm, on `levels` levels."""
    region = face_region(model)
    surface = region.mesh(model.template.vertices)
    flat = _flattened(surface)
    # A landmark on the rim of the eyes may have no place in the region: its neighbour does.
    rows = np.clip(np.searchsorted(region.vertices, model.landmarks), 0, len(flat) - 1)
    lips, inner = flat[rows[LIPS]], flat[rows[INNER_LIPS]]
    centre = inner.mean(0)
    radius = HOLE_SHARE * float(np.linalg.norm(lips - centre, axis=1).mean())
    plane, faces = _disc_layout(float(centre[0]), float(centre[1]), radius)
    finest = _subdivided(plane, faces, levels)
    return _nested(faces, len(plane), _lifted(surface, flat, finest), levels)


def _subdivided(points: Array, faces: Indices, levels: int) -> Array:
    """`points` `(V, D)` and the middles of edges, again and again, of the finest of `levels`."""
    for level in make_levels(faces, len(points), levels)[:-1]:
        points = np.concatenate([points, points[level.edges].mean(1)])
    return points


def _smoothed(surface: Mesh, vertices: Array, level: MeshLevel, loose: NDArray[np.bool_]) -> Array:
    """`vertices` `(V, 3)`, those in `loose` spread on the surface: rays graze the neck and ears."""
    index = SurfaceIndex(surface)
    rows, columns = np.concatenate([level.edges, level.edges[:, ::-1]]).T
    degree = np.bincount(rows, minlength=level.count)
    mean = coo_array((1.0 / degree[rows], (rows, columns)), shape=(level.count, level.count))
    moved = vertices.copy()
    for _ in range(SMOOTHINGS):
        moved[loose] = index.closest_points((mean.tocsr() @ moved)[loose]).points
    return moved


def _nested(faces: Indices, count: int, finest: Array, levels: int) -> StartMesh:
    """The start whose vertices on every level are the first of the `finest` `(V, 3)`."""
    counts = [level.count for level in make_levels(faces, count, levels)]
    return StartMesh(faces, tuple(finest[:n].astype(np.float32) for n in counts), posed=True)


@lru_cache(maxsize=2)
def _even_directions(count: int) -> Array:
    """Unit vectors `(count, 3)`, a Fibonacci spiral evened out by repulsion."""
    steps = np.arange(count)
    height = 1.0 - (2.0 * steps + 1.0) / count
    angle = steps * np.pi * (3.0 - np.sqrt(5.0))
    ring = np.sqrt(1.0 - height**2)
    points = np.column_stack([ring * np.sin(angle), height, ring * np.cos(angle)])
    for _ in range(LLOYD_STEPS):
        apart = points[:, None] - points[None]
        distance = np.linalg.norm(apart, axis=2)
        np.fill_diagonal(distance, np.inf)
        push = (apart / distance[..., None] ** 3).sum(1)
        push -= (push * points).sum(1, keepdims=True) * points
        points += push * (0.2 / count)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    points.setflags(write=False)
    return points


def _outward(faces: NDArray, points: Array) -> Indices:
    """`faces` turned counter-clockwise seen from outside a surface about the origin."""
    first, second, third = points[faces].transpose(1, 0, 2)
    inward = (np.cross(second - first, third - first) * first).sum(1) < 0
    turned = faces.astype(np.int64)
    turned[inward] = turned[inward][:, ::-1]
    return turned


@lru_cache(maxsize=4)
def _disc_layout(x: float, y: float, radius: float) -> tuple[Array, Indices]:
    """Points `(141, 2)` of the unit disc with a round hole, and faces `(210, 3)`.

    The rims are circles with nothing inside the inner and outside the outer one, so Delaunay's
    triangles have all their edges: 2 · 69 + 72 faces whatever the points between.
    """
    hole = np.array([x, y])
    outer, inner = _circle(OUTER_RIM), hole + radius * _circle(INNER_RIM)
    rims = np.concatenate([outer, inner])
    steps = np.linspace(-1.0, 1.0, 161)
    area = np.stack(np.meshgrid(steps, steps), axis=2).reshape(-1, 2)
    area = area[
        (np.linalg.norm(area, axis=1) < 1.0) & (np.linalg.norm(area - hole, axis=1) > radius)
    ]
    points = area[np.linspace(0, len(area) - 1, BETWEEN).astype(np.int64)]
    for _ in range(LLOYD_STEPS):
        nearest = cKDTree(np.concatenate([points, rims])).query(area)[1]
        counts = np.bincount(nearest, minlength=BETWEEN)[:BETWEEN]
        for axis in range(2):
            sums = np.bincount(nearest, area[:, axis], minlength=BETWEEN)[:BETWEEN]
            points[:, axis] = np.where(counts > 0, sums / np.maximum(counts, 1), points[:, axis])
    plane = np.concatenate([rims, points])
    faces = Delaunay(plane).simplices.astype(np.int64)
    is_inner = (faces >= OUTER_RIM) & (faces < OUTER_RIM + INNER_RIM)
    faces = faces[~is_inner.all(axis=1)]
    right, up = plane[faces[:, 1]] - plane[faces[:, 0]], plane[faces[:, 2]] - plane[faces[:, 0]]
    clockwise = right[:, 0] * up[:, 1] < right[:, 1] * up[:, 0]
    faces[clockwise] = faces[clockwise][:, ::-1]
    return plane, faces


def _circle(count: int) -> Array:
    angle = np.arange(count) * 2.0 * np.pi / count
    return np.column_stack([np.sin(angle), np.cos(angle)])


def _flattened(surface: Mesh) -> Array:
    """The surface in the unit disc `(V, 2)`: its longest rim on the circle by its length, every
    other vertex at the mean of its neighbours (Tutte).

    Where a template has many vertices it takes much room, so points that lie evenly in the disc
    lie densely on the eyes, the nose and the mouth.
    """
    vertices = surface.vertices.astype(np.float64)
    loops = boundary_loops(surface.faces)
    if not loops:
        raise InputError("A closed surface cannot be flattened. Take the face without its back.")
    rim = loops[0]
    steps = np.linalg.norm(vertices[np.roll(rim, -1)] - vertices[rim], axis=1)
    angle = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / steps.sum() * 2.0 * np.pi
    # The highest vertex of the middle goes to the top.
    middle = 0.5 * (vertices[rim, 0].min() + vertices[rim, 0].max())
    top = int(np.argmax(vertices[rim, 1] - np.abs(vertices[rim, 0] - middle)))
    angle = np.pi / 2 + (angle - angle[top])
    edges = unique_edges(surface.faces)
    count = len(vertices)
    rows, columns = np.concatenate([edges, edges[:, ::-1]]).T
    degree = np.bincount(rows, minlength=count)
    free = np.ones(count, bool)
    free[rim] = False
    kept = free[rows]
    mean = coo_array((1.0 / degree[rows[kept]], (rows[kept], columns[kept])), shape=(count, count))
    wanted = np.zeros((count, 2))
    wanted[rim] = np.column_stack([np.cos(angle), np.sin(angle)])
    flat: Array = spsolve((eye_array(count) - mean).tocsc(), wanted)
    return flat


def _lifted(surface: Mesh, flat: Array, plane: Array) -> Array:
    """Where points `plane` `(N, 2)` of the disc lie on the surface, `(N, 3)`."""
    sheet = Mesh(np.column_stack([flat, np.zeros(len(flat))]), surface.faces)
    found = SurfaceIndex(sheet).closest_points(np.column_stack([plane, np.zeros(len(plane))]))
    corners = barycentric_coordinates(found.points, sheet, found.faces)
    return np.einsum("nk,nkd->nd", corners, surface.vertices[surface.faces[found.faces]])


def _cast(surface: Mesh, centre: Array, directions: Array) -> Array:
    """The outermost points `(N, 3)` of a surface in unit `directions` `(N, 3)` from `centre`;
    where there is none, its vertex nearest in direction."""
    corners = surface.vertices[surface.faces].astype(np.float64) - centre
    sides = corners / np.linalg.norm(corners, axis=2, keepdims=True)
    middle = sides.mean(1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    reach = np.linalg.norm(sides - middle[:, None], axis=2).max(1)
    found = np.empty_like(directions)
    wide = reach > WIDE
    always = np.flatnonzero(wide)
    few = np.flatnonzero(~wide)
    near = cKDTree(middle[few]).query_ball_point(directions, WIDE)
    nearest = cKDTree(sides.reshape(-1, 3)).query(directions)[1]
    for row, direction in enumerate(directions):
        faces = np.concatenate([always, few[near[row]]])
        distance = _farthest_hit(corners[faces], direction)
        found[row] = (
            corners.reshape(-1, 3)[nearest[row]] if distance is None else distance * direction
        )
    return centre + found


def _farthest_hit(corners: Array, direction: Array) -> float | None:
    """How far along `direction` from the origin the last of triangles `(M, 3, 3)` is met."""
    first, right, up = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    # Möller and Trumbore: first + u right + v up = t direction.
    across = np.cross(direction, up)
    volume = (across * right).sum(1)
    safe = np.where(np.abs(volume) > 1e-12, volume, np.inf)
    u = -(across * first).sum(1) / safe
    other = np.cross(-first, right)
    v = (other * direction).sum(1) / safe
    t = (other * up).sum(1) / safe
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
    return float(t[hit].max()) if hit.any() else None
