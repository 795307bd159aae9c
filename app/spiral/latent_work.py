"""Codes and meshes of the latent space, computed on a worker thread; no Qt here."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.shading.cavity import concavity
from app.spiral.reconstruction import carry_face
from app.spiral.source import SpiralSource
from app.surfaces import template_shading
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress
from engine.project.document import NamedFace

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer
    from engine.models.spiral_autoencoder import SpiralModel

Floats = NDArray[np.float32]

CLAY = (206, 202, 196)
MOST_KNOWN = 32
FITTED = 0.8
"""Share of the progress after a fit."""


@dataclass(frozen=True, slots=True, eq=False)
class AtCode:
    """A code `(d,)` as it stands."""

    code: Floats


@dataclass(frozen=True, slots=True)
class AtRandom:
    """A code drawn from a seed; `strength` 1 is as varied as the training set."""

    seed: int
    strength: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class AtFaces:
    """The code of a face, or one between the codes of two.

    Attributes:
        faces: one, or two.
        fraction: 0 is the first face and 1 the second.
    """

    faces: tuple[NamedFace, ...]
    fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class AtMean:
    """The mean code, of the weights in `file` from now on if there is one."""

    file: Path | None = None
    choose: bool = False


Place = AtCode | AtRandom | AtFaces | AtMean


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A place in the latent space and its face.

    Attributes:
        spiral: the model that decoded it; file: where its weights are, None for the shipped.
        code: `(d,)`; values: the same along the principal directions, in σ.
        mesh: with its colours.
        normals: `(V, 3)`.
        seconds: of decoding alone.
    """

    place: Place
    spiral: "SpiralModel"
    file: Path | None
    code: Floats
    values: Floats
    mesh: Mesh
    normals: Floats
    seconds: float


class LatentDecoder:
    """Decodes places and remembers the codes of faces; for one worker thread at a time."""

    def __init__(self, source: SpiralSource) -> None:
        self._source = source
        self._warm: SpiralModel | None = None
        self._codes: dict[tuple[str, FaceCode, int], tuple[Floats, ResidualLayer | None]] = {}

    def show(self, place: Place, model: FaceModel, cancel: CancelToken) -> Shown:
        """The mesh at `place`.

        Raises:
            LineamentError: the weights cannot be read, or faces cannot be carried onto them.
            Cancelled: `cancel` was raised meanwhile.
        """
        if isinstance(place, AtMean) and place.choose:
            self._source.choose(place.file)
        spiral = self._source.get()
        code = self._code(spiral, place, model, cancel)
        cancel.check()
        if spiral is not self._warm:
            self._warm = spiral
            spiral.decode(code)  # loads the network: not part of the time
        started = time.perf_counter()
        vertices = spiral.decode(code)
        seconds = time.perf_counter() - started
        faces = spiral.template.faces
        normals = template_shading(spiral.template).at(vertices)
        shade = 1.0 - 0.25 * np.clip(concavity(vertices, normals, faces), -0.2, 1.0)
        colors = np.clip(shade[:, None] * np.array(CLAY, np.float32), 0, 255).astype(np.uint8)
        mesh = Mesh(vertices, faces, colors=colors)
        values, file = spiral.latent.values(code), self._source.file
        return Shown(place, spiral, file, code, values, mesh, normals, seconds)

    def _code(
        self, spiral: "SpiralModel", place: Place, model: FaceModel, cancel: CancelToken
    ) -> Floats:
        if isinstance(place, AtCode):
            return place.code
        if isinstance(place, AtRandom):
            return spiral.latent.random(np.random.default_rng(place.seed), place.strength)
        if isinstance(place, AtMean):
            return spiral.latent.mean
        codes = [self._encoded(spiral, face, model, cancel) for face in place.faces]
        return _between(codes, place.fraction)

    def _encoded(
        self, spiral: "SpiralModel", face: NamedFace, model: FaceModel, cancel: CancelToken
    ) -> Floats:
        key = spiral.info.identifier, face.code, id(face.residual)
        known = self._codes.get(key)
        if known is None:
            mesh = carry_face(spiral, model, face.code, face.residual, cancel)
            # With its layer: as long as that lives, no other has its id.
            known = spiral.encode(mesh.vertices), face.residual
            if len(self._codes) >= MOST_KNOWN:
                self._codes.clear()
            self._codes[key] = known
        return known[0]


@dataclass(frozen=True, slots=True, eq=False)
class ShowPlace:
    """A frozen request for the face at a place."""

    decoder: LatentDecoder
    place: Place
    model: FaceModel

    def __call__(self, cancel: CancelToken, progress: Progress) -> Shown:
        del progress
        return self.decoder.show(self.place, self.model, cancel)


@dataclass(frozen=True, slots=True, eq=False)
class MakeFace:
    """A frozen request for a face of the editor that looks like `mesh`, in the model's frame."""

    model: FaceModel
    mesh: Mesh
    name: str

    def __call__(self, cancel: CancelToken, progress: Progress) -> NamedFace:
        # Not at the top: the window must open before the fit's libraries are loaded.
        from engine.editing.residual import fit_residual
        from engine.fitting import FitSettings, fit_scan

        code = self.model.mean_code()
        settings = FitSettings(start_code=code, pose_free=False)
        for step in fit_scan(self.model, self.mesh, Similarity.identity(), settings, cancel):
            code = step.code
            progress(FITTED * step.fraction, f"Fitting the parts: {step.rms_mm:.2f} mm")
        progress(FITTED, "Keeping what the parts cannot express")
        residual = fit_residual(self.model, code, self.mesh, cancel=cancel)
        return NamedFace(self.name, code, residual=residual)


@dataclass(frozen=True, slots=True, eq=False)
class WriteMesh:
    """A frozen request to write `mesh` to `path`; returns the path."""

    mesh: Mesh
    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> Path:
        del cancel, progress
        from engine.geometry.formats import write_mesh

        write_mesh(self.path, self.mesh)
        return self.path


def _between(codes: Sequence[Floats], fraction: float) -> Floats:
    if len(codes) == 1:
        return codes[0]
    first, second = codes
    return ((1.0 - fraction) * first + fraction * second).astype(np.float32)
