"""Reconstructions by the local-field variants, for tables 3 and 4."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import SignedField
from training.experiments.fingerprint import fingerprint
from training.experiments.heads import Head
from training.experiments.landmark_sets import landmark_vertices
from training.experiments.local_fields_data import Moving, face_triangles
from training.experiments.local_fields_training import TrainedFields
from training.experiments.methods import zero_set
from training.parts.registered import RegisteredFaces
from training.parts.true_distance import true_signed_distance

Floats = NDArray[np.float32]

CHUNK = 4096
MARGIN_MM = 8.0
LIPSCHITZ = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class FieldsMethod:
    """A trained variant given the code of the head; S is the template's exact distance."""

    trained: TrainedFields
    faces: RegisteredFaces
    resolution: int
    needs_code: bool = True

    @property
    def name(self) -> str:
        return self.trained.variant.name

    @property
    def key(self) -> str:
        state = fingerprint(t.numpy() for t in self.trained.network.state_dict().values())
        return f"fields/{self.trained.variant.key}/{state}/{self.resolution}"

    @property
    def code_size(self) -> int:
        return sum(self.trained.network.config.code_sizes)

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        if head.code is None:
            raise InputError(f"The head '{head.name}' has no code, which this method needs.")
        used = np.unique(head.surface.faces[head.counted])
        seen = head.vertices[used]
        box = (seen.min(0) - MARGIN_MM, seen.max(0) + MARGIN_MM)
        distance = SignedField(self._distances(head.code), *box, LIPSCHITZ)
        return zero_set(distance, self.resolution)

    def to_template(self, code: Floats, points: Floats) -> Floats:
        """Template points `(N, 3)` of points `(N, 3)` about the head with joint code `(K,)`."""
        moving = Moving(self.faces)
        rows = landmark_vertices(self.faces, self.trained.variant)
        landmarks, split = moving.positions(rows, code[None]), moving.split(code[None])
        result = np.empty((len(points), 3), np.float32)
        with torch.inference_mode():
            for start in range(0, len(points), CHUNK):
                chunk = torch.from_numpy(np.array(points[start : start + CHUNK], np.float32))
                found = self.trained.network(chunk[None], split, landmarks)
                result[start : start + CHUNK] = found[0].numpy()
        return result

    def _distances(self, code: Floats) -> "_Distances":
        return _Distances(self, code)


class _Distances:
    """Φ `(N,)` of one head at points `(N, 3)`, mm."""

    def __init__(self, method: FieldsMethod, code: Floats) -> None:
        faces = method.faces
        self._method, self._code = method, code
        self._template = faces.vertices(faces.canonical_code())

    def __call__(self, points: Floats) -> Floats:
        places = self._method.to_template(self._code, points)
        return true_signed_distance(self._method.faces, self._template, places)


def face_only(faces: RegisteredFaces, heads: list[Head]) -> list[Head]:
    """The heads with only the face counted, on which the variants are trained."""
    wanted = {tuple(row) for row in faces.faces[face_triangles(faces)].tolist()}
    return [
        replace(
            head,
            counted=head.counted
            & np.array([tuple(r) in wanted for r in head.surface.faces.tolist()]),
        )
        for head in heads
    ]


def correspondence_mm(method: FieldsMethod, head: Head) -> float:
    """Mean distance of the face's vertices from their own places on the template."""
    if head.code is None:
        raise InputError(f"The head '{head.name}' has no code, which this method needs.")
    used = np.unique(head.surface.faces[head.counted])
    template = method.faces.vertices(method.faces.canonical_code())[used]
    found = method.to_template(head.code, head.vertices[used])
    return float(np.linalg.norm(found - template, axis=1).mean())
