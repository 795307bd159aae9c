"""The ways to reconstruct a head that tables 1 and 2 compare."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from engine.errors import InputError
from engine.fitting import FitSettings, fit_scan
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel, SignedField
from engine.surface import extract_surface
from training.experiments.deep_sdf import AutoDecoder
from training.experiments.deep_sdf_fit import DeepSdfFit, deep_sdf_field, fit_deep_sdf
from training.experiments.fingerprint import fingerprint
from training.experiments.heads import Head, HeadMaker
from training.experiments.linear_model import LinearFit, LinearModel, fit_linear
from training.parts.evaluate import face_code


class Method(Protocol):
    """A way to reconstruct a head.

    Attributes:
        name: the row of the tables.
        key: short, for files; says which weights and settings were used.
        code_size: numbers that describe a head; 0 for none.
        needs_code: whether it only works on heads with a code of the source model.
    """

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def code_size(self) -> int: ...

    @property
    def needs_code(self) -> bool: ...

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        """The surface for `head`, of which only `scan` may be looked at unless
        `needs_code`; both lie in the model's frame."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class OwnCode:
    """The parts model given the code by which the head was made: no fit, its best case."""

    model: FaceModel
    maker: HeadMaker
    resolution: int
    name: str = "Parts, own code (no fit)"
    needs_code: bool = True

    @property
    def key(self) -> str:
        return f"parts-own/{self.model.info.identifier}/{self.resolution}"

    @property
    def code_size(self) -> int:
        return sum(part.size for part in self.model.parts)

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        if head.code is None:
            raise InputError(f"The head '{head.name}' has no code. Fit it to a scan instead.")
        return zero_set(self.model.field(face_code(self.maker.faces, head.code)), self.resolution)


@dataclass(frozen=True, slots=True, eq=False)
class FittedParts:
    """The parts model fitted to the scan, its pose known."""

    model: FaceModel
    resolution: int
    settings: FitSettings = field(default_factory=lambda: FitSettings(pose_free=False))
    name: str = "Parts (ours), fitted"
    needs_code: bool = False

    @property
    def key(self) -> str:
        return f"parts-fit/{self.model.info.identifier}/{self.settings.method}/{self.resolution}"

    @property
    def code_size(self) -> int:
        return sum(part.size for part in self.model.parts)

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        *_, last = fit_scan(self.model, scan, Similarity.identity(), self.settings)
        return zero_set(self.model.field(last.code), self.resolution)


@dataclass(frozen=True, slots=True, eq=False)
class FittedDeepSdf:
    """DeepSDF fitted to the scan."""

    network: AutoDecoder
    maker: HeadMaker
    resolution: int
    settings: DeepSdfFit = field(default_factory=DeepSdfFit)
    name: str = "DeepSDF-style, fitted"
    needs_code: bool = False

    @property
    def key(self) -> str:
        state = fingerprint(t.numpy() for t in self.network.state_dict().values())
        return f"deep-sdf/{state}/{self.settings.steps}/{self.resolution}"

    @property
    def code_size(self) -> int:
        return self.network.decoder.config.code_size

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        *_, code = fit_deep_sdf(self.network, scan, self.settings, rng)
        lower, upper = scan.vertices.min(0), scan.vertices.max(0)
        return zero_set(deep_sdf_field(self.network.decoder, code, lower, upper), self.resolution)


@dataclass(frozen=True, slots=True, eq=False)
class FittedLinear:
    """Principal components fitted to the scan by its surface."""

    model: LinearModel
    maker: HeadMaker
    settings: LinearFit = field(default_factory=LinearFit)
    needs_code: bool = False

    @property
    def name(self) -> str:
        return f"PCA {self.model.size}, fitted"

    @property
    def key(self) -> str:
        return f"pca-fit/{fingerprint((self.model.basis,))}/{self.settings.rounds}"

    @property
    def code_size(self) -> int:
        return self.model.size

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        *_, code = fit_linear(self.model, scan, self.settings, rng)
        return self.maker.make("", self.model.mesh(code).vertices).surface


@dataclass(frozen=True, slots=True, eq=False)
class ProjectedLinear:
    """Principal components by least squares on the true vertices, which no scan has."""

    model: LinearModel
    maker: HeadMaker
    needs_code: bool = False

    @property
    def name(self) -> str:
        return f"PCA {self.model.size}, true vertices given"

    @property
    def key(self) -> str:
        return f"pca-projected/{fingerprint((self.model.basis,))}"

    @property
    def code_size(self) -> int:
        return self.model.size

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        code = self.model.project(head.vertices)
        return self.maker.make("", self.model.mesh(code).vertices).surface


@dataclass(frozen=True, slots=True, eq=False)
class MeanHead:
    """The mean head at rest for everyone: what a method must beat."""

    maker: HeadMaker
    name: str = "Mean head"
    key: str = "mean"
    code_size: int = 0
    needs_code: bool = False

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        return self.maker.make("", self.maker.faces.rest).surface


def zero_set(surface: SignedField, resolution: int) -> Mesh:
    """The largest component of a field's zero set, as the editor shows it."""
    return extract_surface(surface, resolution, components="largest", refine=True).mesh
