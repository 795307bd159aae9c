"""Loading and measuring on a worker thread, one item at a time; no Qt here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.comparison.items import ComparedItem, load_mesh
from app.comparison.surface_files import NamedSurface
from engine.errors import Cancelled, InputError, LineamentError
from engine.evaluation.alignment import AlignmentRequest, AlignMethod, AlignMode, move_mesh
from engine.evaluation.fields import (
    FIELD_KINDS,
    FieldKind,
    Reference,
    ScalarField,
    measure_field,
    same_topology,
    vertex_areas,
)
from engine.evaluation.pair import PairComparison, PairSettings, compare_pair
from engine.evaluation.surface_report import ReportSettings
from engine.geometry.mesh import Mesh
from engine.geometry.regions import dominant_regions, transfer_region_weights
from engine.geometry.shading_normals import shading_normals
from engine.models.protocol import REGIONS, FaceModel
from engine.progress import CancelToken, Progress

REPORT = ReportSettings(samples=60_000, region_samples=6_000, points=False)
"""Enough for three figures, and done in a second."""


@dataclass(frozen=True, slots=True)
class AlignChoice:
    """How the user wants an item aligned; `region` is one of `REGIONS`, or None for the whole."""

    mode: AlignMode = "none"
    method: AlignMethod = "auto"
    region: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Drawable:
    """A mesh with normals `(V, 3)`, ready to be drawn."""

    mesh: Mesh
    normals: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One item against the reference.

    Attributes:
        comparison: the figures.
        drawable: the surface where the alignment took it.
        fields: what could be measured at its vertices.
        areas: `(V,)` mm² that each vertex stands for.
        regions: `(V,)` column of `REGIONS` of each vertex, None where it cannot be told.
    """

    comparison: PairComparison
    drawable: Drawable
    fields: dict[FieldKind, ScalarField]
    areas: NDArray[np.float64]
    regions: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """The outcome of `LoadItem`: a surface, or why there is none."""

    item: ComparedItem
    surface: NamedSurface | None
    drawable: Drawable | None
    error: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LoadItem:
    """A frozen request for the mesh of an item."""

    item: ComparedItem
    model: FaceModel

    def __call__(self, cancel: CancelToken, progress: Progress) -> Loaded:
        progress(0.0, f"Loading {self.item.name}")
        try:
            surface = load_mesh(self.item, self.model, cancel)
        except Cancelled:
            raise
        except LineamentError as error:
            return Loaded(self.item, None, None, str(error))
        return Loaded(self.item, surface, make_drawable(surface.mesh))


@dataclass(frozen=True, slots=True, eq=False)
class PairKey:
    """What a measurement depends on; the same arrays, the same measurement."""

    surface: NamedSurface
    reference: NamedSurface
    align: AlignChoice

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, PairKey)
            and self.surface is other.surface
            and self.reference is other.reference
            and self.align == other.align
        )

    def __hash__(self) -> int:
        return hash((id(self.surface), id(self.reference), self.align))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The outcome of `MeasurePair`: figures, or why there are none."""

    key: PairKey
    measured: Measured | None
    error: str | None = None


class Measurer:
    """Measures pairs and keeps the reference's search tree; one worker thread at a time."""

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._reference: Reference | None = None

    def measure(self, key: PairKey, cancel: CancelToken) -> Measured:
        """Everything of one pair.

        Raises:
            InputError: the surfaces or the alignment do not fit each other.
            Cancelled: `cancel` was raised meanwhile.
        """
        reference = self._prepared(key.reference.mesh)
        surface = key.surface.mesh
        request = self._align_request(surface, reference.mesh, key.align)
        settings = PairSettings(request, REPORT, 0)
        weights = key.reference.mesh.region_weights
        names = _measurable(REGIONS if weights is not None else (), surface, weights)
        pair = compare_pair(
            surface,
            reference,
            settings,
            names,
            (key.surface.name, key.reference.name),
            cancel=cancel,
        )
        moved = move_mesh(surface, pair.alignment.similarity)
        kinds = FIELD_KINDS if same_topology(moved, reference.mesh) else FIELD_KINDS[:2]
        fields = {kind: measure_field(kind, moved, reference, cancel) for kind in kinds}
        own = surface.region_weights
        if key.reference.painted or own is None:
            # What was drawn on the reference holds on every surface.
            own = transfer_region_weights(reference.index, moved.vertices, cancel) if names else own
        regions = None if own is None else dominant_regions(own)
        return Measured(pair, make_drawable(moved), fields, vertex_areas(moved), regions)

    def _align_request(
        self, surface: Mesh, reference: Mesh, choice: AlignChoice
    ) -> AlignmentRequest:
        if choice.mode == "none" or choice.method != "landmarks":
            return align_request(surface, choice)
        template, spots = self._model.template, self._model.landmarks
        if not (same_topology(surface, template) and same_topology(reference, template)):
            raise InputError(
                "The landmarks are known only on faces of the model. Align by ICP, or fit a face "
                "to the scan first."
            )
        points = surface.vertices[spots], reference.vertices[spots]
        return AlignmentRequest(choice.mode, "landmarks", landmarks=points)

    def _prepared(self, mesh: Mesh) -> Reference:
        if self._reference is None or self._reference.mesh is not mesh:
            self._reference = Reference(mesh)
        return self._reference


@dataclass(frozen=True, slots=True, eq=False)
class MeasurePair:
    """A frozen request for the measurement of one pair."""

    key: PairKey
    measurer: Measurer

    def __call__(self, cancel: CancelToken, progress: Progress) -> Outcome:
        progress(0.5, f"Measuring {self.key.surface.name}")
        try:
            return Outcome(self.key, self.measurer.measure(self.key, cancel))
        except Cancelled:
            raise
        except LineamentError as error:
            return Outcome(self.key, None, str(error))


def align_request(surface: Mesh, choice: AlignChoice) -> AlignmentRequest:
    """The engine's request; a region needs the surface to have regions.

    Raises:
        InputError: the surface has none.
    """
    if choice.region is None or choice.mode == "none":
        return AlignmentRequest(choice.mode, choice.method)
    if surface.region_weights is None:
        raise InputError(
            "The regions of this surface are not known, so none can steer the alignment. Align "
            "by the whole face."
        )
    mask = dominant_regions(surface.region_weights) == REGIONS.index(choice.region)
    return AlignmentRequest(choice.mode, choice.method, mask)


def make_drawable(mesh: Mesh) -> Drawable:
    """`mesh` with its normals."""
    return Drawable(mesh, shading_normals(mesh.vertices, mesh.faces))


def _measurable(names: tuple[str, ...], surface: Mesh, weights: NDArray | None) -> tuple[str, ...]:
    """The regions, or none where the surface is only a piece of a face.

    `compare_surfaces` refuses a region that one of the surfaces does not have at all.
    """
    if weights is None or surface.region_weights is None:
        return ()
    own = np.unique(dominant_regions(surface.region_weights))
    there = np.unique(dominant_regions(weights))
    return names if len(own) == len(there) == len(names) else ()
