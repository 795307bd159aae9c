"""The heads that reconstructions are measured on: a true surface, and what a scan of it shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.neck_plane import FacePlane
from training.experiments.fingerprint import fingerprint
from training.parts.evaluate import HIDDEN_MM, held_out_codes, outer_faces
from training.parts.prepare_ict import MOUTH_VERTICES
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.true_distance import true_signed_distance

Floats = NDArray[np.float32]

UNIT_SPHERE_SHARE = 0.01
"""The paper's threshold of the F-score, of the radius of the sphere that holds a head."""

NECK_MM = 5.0
"""So far above the plane that ends the neck heads begin to count."""

FULL_COUNT = 20
"""Heads of a full table; fewer are the first of these."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One head.

    Attributes:
        name: for example `own 3`.
        vertices: `(V, 3)` mm of the registered topology.
        surface: its outer triangles with region weights; `counted` `(F,)` are those that
            count: no cavity of the mouth, no closed neck.
        code: joint code `(K,)` if the head is one of the source model's own.
    """

    name: str
    vertices: Floats
    surface: Mesh
    counted: NDArray[np.bool_]
    code: Floats | None = None

    @property
    def identifier(self) -> str:
        """A hash of the shape and of what counts."""
        return fingerprint((self.vertices, self.surface.faces, self.counted))

    def scan(self, rng: np.random.Generator) -> Mesh:
        """What a scanner would see: the counted triangles, vertices in random order.

        Without region weights, so that nothing but the shape is given away.
        """
        faces = self.surface.faces[self.counted]
        used, local = np.unique(faces, return_inverse=True)
        order = rng.permutation(len(used))
        place = np.empty_like(order)
        place[order] = np.arange(len(used))
        shuffled = place[local.reshape(-1, 3)][rng.permutation(len(faces))]
        return Mesh(self.surface.vertices[used[order]], shuffled.astype(np.int32))


class HeadMaker:
    """Makes heads of one topology.

    Args:
        neck: the plane that ends the neck of the canonical face; nothing beyond it counts.
    """

    def __init__(self, faces: RegisteredFaces, neck: FacePlane | None = None) -> None:
        self.faces = faces
        self._counted = counted_faces(faces, neck)

    def make(self, name: str, vertices: Floats, code: Floats | None = None) -> Head:
        """The head whose registered vertices `(V, 3)` are given."""
        faces = self.faces
        seen = self.seen(vertices)
        surface = Mesh(
            vertices, faces.faces[seen].astype(np.int32), region_weights=faces.region_weights
        )
        return Head(name, vertices, surface, self._counted[seen], code)

    def seen(self, vertices: Floats) -> NDArray[np.bool_]:
        """Triangles `(F,)` of the topology that are not inside the head."""
        centroids = vertices[self.faces.faces].mean(1)
        return true_signed_distance(self.faces, vertices, centroids) > -HIDDEN_MM

    def own(self, count: int, seed: int) -> list[Head]:
        """Whole held-out identities with expressions, by the source model itself."""
        codes = first_held_out_codes(self.faces, count, seed)
        return [self.make(f"own {i}", self.faces.vertices(c), c) for i, c in enumerate(codes)]

    def composite(self, count: int, seed: int) -> list[Head]:
        """Heads with parts of several people and extreme parts, as in training."""
        drawn = CodeSampler(self.faces).draw(max(count, FULL_COUNT), np.random.default_rng(seed))
        codes = drawn[:count]
        return [self.make(f"composite {i}", self.faces.vertices(c), c) for i, c in enumerate(codes)]

    @property
    def unit_threshold_mm(self) -> float:
        """The paper's F-score threshold, for the mean head at rest."""
        used = np.unique(self.faces.faces[self._counted])
        rest = self.faces.rest[used]
        middle = 0.5 * (rest.min(0) + rest.max(0))
        return UNIT_SPHERE_SHARE * float(np.linalg.norm(rest - middle, axis=1).max())


def first_held_out_codes(faces: RegisteredFaces, count: int, seed: int) -> Floats:
    """Joint codes `(count, K)`: the first of those that `lineament-train evaluate` measures."""
    return held_out_codes(faces, max(count, FULL_COUNT), seed)[:count]


def counted_faces(faces: RegisteredFaces, neck: FacePlane | None = None) -> NDArray[np.bool_]:
    """Triangles `(F,)` that count: the outside that a scanner sees, and no closed neck.

    With the plane `neck`, only what lies above it by more than `NECK_MM`: what is nearest to
    the face that it makes must not count either.
    """
    counted = outer_faces(faces, MOUTH_VERTICES)
    # The vertex that closes the neck comes right before the two that close the eyes.
    hub = int(faces.eye_centres[0]) - 1
    counted &= ~(faces.faces == hub).any(1)
    if neck is None:
        return counted
    beyond = neck.beyond(faces.vertices(faces.canonical_code()))
    return counted & (beyond[faces.faces] < -NECK_MM).all(1)
