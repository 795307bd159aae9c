"""Expressions that turn instead of sliding along straight lines.

A blendshape moves each vertex on a line; jaws turn about a hinge and lids about the eye. Here
the shapes keep their ends and get arcs between: at full weight of one shape the mean face
comes out as the linear model has it, and between and together it does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.geometry.mesh import Mesh
from engine.geometry.regions import distance_along_edges
from engine.geometry.smooth_step import smooth_step
from engine.models.protocol import FaceCode, FaceModel
from training.spiral.head_topology import HeadTopology

Array = NDArray[np.float64]

HINGED = ("jaw left", "jaw right", "jaw open")
"""Shapes of the jaw that turn, in this order."""
LID_SHAPES = ("blink", "look down", "look in", "look out", "look up", "squint", "wide")
LID_MM = (17.0, 30.0)
"""From the eye's centre: up to here shapes run around the eye, from here on straight."""
RIGID_SHARE = 0.06
"""Of the vertices, those that a jaw shape moves most, count as bone."""
LIMIT = 1.4
"""Shapes together reach at most about this many times as far as the longest of them alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Hinge:
    """A jaw shape as a turn.

    Attributes:
        rotation: `(3,)` rotation vector at full weight; centre: `(3,)` a point on the axis.
        share: `(V,)` of the turn that each vertex takes part in.
        rest: `(V, 3)` what the turn leaves of the shape, linear in the weight.
    """

    rotation: Array
    centre: Array
    share: Array
    rest: Array

    def move(self, vertices: Array, weight: float) -> Array:
        """Displacement `(V, 3)` of `vertices` at `weight`."""
        arm = vertices - self.centre
        turned = Rotation.from_rotvec(weight * self.rotation).apply(arm) - arm
        return self.share[:, None] * turned + weight * self.rest


class ArticulatedHead:
    """The expressions of `model` on `topology`, linear or articulated."""

    def __init__(self, model: FaceModel, topology: HeadTopology) -> None:
        self._model = model
        self._kept = topology.kept
        mean = model.template.vertices[topology.kept].astype(np.float64)
        names = [direction.name.lower() for direction in model.parts[-1].directions]
        self._shapes = np.stack(
            [model.tangent("expression", k)[topology.kept] for k in range(len(names))]
        ).astype(np.float64)
        self._hinges = [
            (names.index(name), fit_hinge(mean, self._shapes[names.index(name)])) for name in HINGED
        ]
        self._lids = [
            _Lid(mean, self._shapes, names, side, eye.centre.astype(np.float64), balls)
            for side, eye, balls in zip(
                ("right", "left"), model.eyes(model.mean_code()), topology.eyeballs, strict=True
            )
        ]
        surface = Mesh(mean.astype(np.float32), topology.faces.astype(np.int32))
        self._balls = [(balls, _inner_share(surface, balls)) for balls in topology.eyeballs]
        jaw = {index for index, _ in self._hinges}
        lids = {index for lid in self._lids for index in lid.indices}
        self._straight = np.array([k for k in range(len(names)) if k not in jaw | lids])
        # How far the longest straight shape alone moves each vertex.
        self._reach = np.linalg.norm(self._shapes[self._straight], axis=2).max(axis=0)

    def linear(self, code: FaceCode) -> NDArray[np.float32]:
        """Vertices `(V, 3)` as the sum of the model's shapes has them."""
        moved = np.tensordot(code.expression, self._shapes, axes=1)
        summed: Array = self._neutral(code) + moved
        return summed.astype(np.float32)

    def _neutral(self, code: FaceCode) -> Array:
        """Vertices `(V, 3)` without the expression."""
        return self._model.preview(code.at_rest())[self._kept].astype(np.float64)

    def articulated(self, code: FaceCode) -> NDArray[np.float32]:
        """Vertices `(V, 3)` with turning jaw, lids and eyeballs, and correctives."""
        neutral = self._neutral(code)
        weights = code.expression.astype(np.float64)
        motion = np.tensordot(weights[self._straight], self._shapes[self._straight], axes=1)
        vertices = neutral + self._soften(motion)
        for lid, eye in zip(self._lids, self._model.eyes(code.at_rest()), strict=True):
            vertices += lid.move(neutral, weights, eye.centre.astype(np.float64))
        for index, hinge in self._hinges:
            # After the lips' own motion, which the jaw carries along.
            vertices += hinge.move(vertices, weights[index])
        for (balls, share), eye in zip(self._balls, self._model.eyes(code), strict=True):
            vertices[balls] = _turn_towards(vertices[balls], share, eye.centre, eye.gaze)
        return vertices.astype(np.float32)

    def _soften(self, motion: Array) -> Array:
        """The corrective of combined shapes: a sum that goes too far levels off."""
        far = np.linalg.norm(motion, axis=1) / np.maximum(LIMIT * self._reach, 1e-9)
        return motion / ((1.0 + far**6) ** (1.0 / 6.0))[:, None]


def fit_hinge(vertices: Array, shape: Array) -> Hinge:
    """The turn nearest to what `shape` `(V, 3)` does to bone at full weight (Kabsch 1976)."""
    length = np.linalg.norm(shape, axis=1)
    bone = length >= np.quantile(length, 1.0 - RIGID_SHARE)
    before, after = vertices[bone], (vertices + shape)[bone]
    rotation, _ = Rotation.align_vectors(after - after.mean(0), before - before.mean(0))
    matrix = rotation.as_matrix()
    shift = after.mean(0) - matrix @ before.mean(0)
    # (1 - R) c = t has a line of solutions, the axis; the one nearest to the origin.
    centre = np.linalg.pinv(np.eye(3) - matrix, rcond=1e-6) @ shift
    turned = (vertices - centre) @ matrix.T - (vertices - centre)
    along = np.einsum("vk,vk->v", shape, turned)
    share = np.clip(along / np.maximum((turned**2).sum(1), 1e-9), 0.0, 1.0)
    return Hinge(rotation.as_rotvec(), centre, share, shape - share[:, None] * turned)


class _Lid:
    """The shapes of one eye's lids as turns about the eye."""

    def __init__(
        self,
        mean: Array,
        shapes: Array,
        names: list[str],
        side: str,
        centre: Array,
        balls: NDArray[np.int64],
    ) -> None:
        self.indices = [names.index(f"eye {shape} {side}") for shape in LID_SHAPES]
        self._shapes = shapes[self.indices]
        arm = mean - centre
        radius = np.linalg.norm(arm, axis=1)
        self._around = smooth_step(radius, LID_MM[1], LID_MM[0])
        self._around[balls] = 0.0
        ends = arm + self._shapes
        self._turns = np.stack([_turns_between(arm, end) for end in ends])
        self._stretch = np.log(np.linalg.norm(ends, axis=2) / np.maximum(radius, 1e-9))

    def move(self, neutral: Array, weights: Array, centre: Array) -> Array:
        """Displacement `(V, 3)` of a face whose eye is at `centre`."""
        own = weights[self.indices]
        straight = np.tensordot(own, self._shapes, axes=1)
        arm = neutral - centre
        turns = Rotation.from_rotvec(np.tensordot(own, self._turns, axes=1))
        stretch = np.exp(np.tensordot(own, self._stretch, axes=1))[:, None]
        arc = stretch * turns.apply(arm) - arm
        share = self._around[:, None]
        moved: Array = share * arc + (1.0 - share) * straight
        return moved


def _turns_between(before: Array, after: Array) -> Array:
    """Rotation vectors `(N, 3)` of the shortest turns from `before` to `after`, row by row."""
    cross = np.cross(before, after)
    sine = np.linalg.norm(cross, axis=1)
    angle = np.arctan2(sine, np.einsum("nk,nk->n", before, after))
    return cross * (angle / np.maximum(sine, 1e-12))[:, None]


def _inner_share(surface: Mesh, balls: NDArray[np.int64]) -> Array:
    """`(N,)` 0 where an eyeball meets the lids, 1 in its middle."""
    outside = np.ones(len(surface.vertices), dtype=bool)
    outside[balls] = False
    depth = distance_along_edges(surface, outside)[balls]
    return smooth_step(depth, 0.0, max(0.6 * depth.max(initial=0.0), 1e-9))


def _turn_towards(points: Array, share: Array, centre: NDArray, gaze: NDArray) -> Array:
    forward = np.array([[0.0, 0.0, 1.0]])
    turn = _turns_between(forward, gaze[None].astype(np.float64))
    turned: Array = Rotation.from_rotvec(share[:, None] * turn).apply(points - centre) + centre
    return turned
