"""Registered meshes of known people: what the spiral autoencoder is trained on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_faces
from engine.geometry.mesh import Mesh
from engine.models.template_transfer import TemplateOrigin

MESHES_FILE = "meshes.npy"
TOPOLOGY_FILE = "topology.npz"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredSet:
    """M meshes of one topology in millimetres; vertex k is the same place on each.

    Attributes:
        name: what the set is, for people.
        vertices: `(M, V, 3)` float32.
        faces: `(F, 3)`.
        identities, expressions: M names each, of the person and of what they do.
        landmarks: `(L,)` vertices that matter most, or none.
        reference: the vertex towards which spirals start.
        origin: how the topology lies on a face model's template; None where it does not.
    """

    name: str
    vertices: NDArray[np.float32]
    faces: NDArray[np.int64]
    identities: tuple[str, ...]
    expressions: tuple[str, ...]
    landmarks: NDArray[np.int64]
    reference: int
    origin: TemplateOrigin | None = None

    def __post_init__(self) -> None:
        if self.vertices.ndim != 3 or self.vertices.shape[2] != 3 or not len(self.vertices):
            raise InputError(
                f"Expected meshes of shape (M, V, 3) with M ≥ 1, got {self.vertices.shape}."
            )
        count = self.vertices.shape[1]
        require_faces(self.faces, count)
        if not len(self.identities) == len(self.expressions) == len(self.vertices):
            raise InputError(
                f"{len(self.vertices)} meshes have {len(self.identities)} names of people and "
                f"{len(self.expressions)} of expressions. Give one of each per mesh."
            )
        named = np.append(self.landmarks, self.reference)
        if named.min() < 0 or named.max() >= count:
            raise InputError(
                f"Landmarks and reference name vertices {named.min()} to {named.max()}, "
                f"but the meshes have {count}."
            )

    @property
    def mean(self) -> NDArray[np.float32]:
        """The mean mesh `(V, 3)`."""
        return self.vertices.mean(axis=0, dtype=np.float64).astype(np.float32)

    def mean_mesh(self) -> Mesh:
        """The mean as a `Mesh`, on which the hierarchy is built."""
        return Mesh(self.mean, self.faces.astype(np.int32))

    def save(self, folder: Path) -> None:
        """Write the set into `folder`; the meshes last, so that half a set is never read."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MESHES_FILE).unlink(missing_ok=True)
        origin: dict[str, Any] = {} if self.origin is None else dict(self.origin.tensors())
        np.savez(
            folder / TOPOLOGY_FILE,
            version=FORMAT_VERSION,
            name=self.name,
            faces=self.faces,
            identities=np.array(self.identities),
            expressions=np.array(self.expressions),
            landmarks=self.landmarks,
            reference=self.reference,
            **origin,
        )
        np.save(folder / MESHES_FILE, np.ascontiguousarray(self.vertices, np.float32))

    @staticmethod
    def load(folder: Path) -> "RegisteredSet":
        """Read what `save` wrote.

        Raises:
            InputError: the folder holds no prepared set, or a damaged one.
        """
        try:
            vertices = np.load(folder / MESHES_FILE, allow_pickle=False)
            with np.load(folder / TOPOLOGY_FILE, allow_pickle=False) as data:
                return RegisteredSet(
                    str(data["name"]),
                    vertices,
                    data["faces"],
                    tuple(data["identities"].tolist()),
                    tuple(data["expressions"].tolist()),
                    data["landmarks"],
                    int(data["reference"]),
                    TemplateOrigin.from_tensors(data),
                )
        except (OSError, KeyError, ValueError) as error:
            raise InputError(
                f"{folder} holds no prepared set of registered meshes ({error}). "
                "Make one with `lineament-train spiral prepare`."
            ) from error
