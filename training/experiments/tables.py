"""Tables 1 to 4 of Gu & Pears, on the heads that Lineament has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.models.parts_model import PartsModel
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from training.experiments.deep_sdf import DeepSdfTraining, train_deep_sdf
from training.experiments.deep_sdf_fit import DeepSdfFit
from training.experiments.foreign import departure_mm, foreign_heads
from training.experiments.heads import Head, HeadMaker
from training.experiments.landmark_sets import VARIANTS
from training.experiments.linear_model import train_linear
from training.experiments.local_fields_method import FieldsMethod, correspondence_mm, face_only
from training.experiments.local_fields_training import FieldsTraining, train_fields
from training.experiments.measure import Sampling
from training.experiments.methods import (
    FittedDeepSdf,
    FittedLinear,
    FittedParts,
    MeanHead,
    Method,
    OwnCode,
    ProjectedLinear,
)
from training.experiments.reconstruction import TrueSurface, measure_method
from training.experiments.records import Records
from training.experiments.table_files import Table, TableRow, mean_row, write_table
from training.parts.registered import RegisteredFaces
from training.parts.true_distance import DistancePool

RECORDS_FILE = "measurements.jsonl"


@dataclass(frozen=True, slots=True)
class TableSettings:
    """How tables are made.

    Attributes:
        count: heads of each table; seed: of the heads.
        resolution: of marching cubes.
        samples, part_samples: see `Sampling`.
        linear_heads: training heads of the linear baselines; few_components: of the short one.
        deep_sdf, deep_sdf_fit: training and fitting of that baseline.
        fields: training of the local-field variants.
        runs: folder of their checkpoints.
    """

    runs: Path
    count: int = 20
    seed: int = 90_001
    resolution: int = 256
    samples: int = 150_000
    part_samples: int = 8_000
    linear_heads: int = 2_000
    few_components: int = 64
    deep_sdf: DeepSdfTraining = field(default_factory=DeepSdfTraining)
    deep_sdf_fit: DeepSdfFit = field(default_factory=DeepSdfFit)
    fields: FieldsTraining = field(default_factory=FieldsTraining)


class TableMaker:
    """Makes the tables one by one into a folder."""

    def __init__(
        self,
        faces: RegisteredFaces,
        load_pool: Callable[[], DistancePool],
        model: FaceModel,
        settings: TableSettings,
        folder: Path,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._faces, self._load_pool, self._model = faces, load_pool, model
        self._settings, self._folder = settings, folder
        self._progress, self._cancel = progress, cancel
        neck = model.canonical_plane() if isinstance(model, PartsModel) else None
        self._maker = HeadMaker(faces, neck)
        self._records = Records(folder / RECORDS_FILE)
        self._threshold_mm = self._maker.unit_threshold_mm
        self._sampling = Sampling(settings.samples, settings.part_samples, self._threshold_mm)

    def make(self, number: int) -> Path:
        """Write table `number`, 1 to 4, and return its Markdown file."""
        return {1: self._own, 2: self._foreign, 3: self._fields, 4: self._fields_of_composites}[
            number
        ]()

    def _own(self) -> Path:
        s = self._settings
        heads = self._maker.own(s.count, s.seed)
        rows = [self._row(method, heads) for method in self._methods()]
        notes = [
            f"{s.count} held-out heads of the source model: whole identities with expressions, "
            f"seed {s.seed}. Every method but those marked sees only the outer surface of each "
            "head as a scan without landmarks, in the model's frame.",
            "The source's heads are *linear combinations*, so principal components are exact on "
            f"them by construction once there are as many as the codes ({self._code_size}). Their "
            "row with true vertices says only that; the foreign heads of table 2 are the test.",
            *self._common_notes(),
        ]
        return self._write(1, "held-out heads of the source model", rows, notes)

    def _foreign(self) -> Path:
        s = self._settings
        heads = foreign_heads(self._maker, s.count, s.seed + 1)
        away = np.mean([departure_mm(self._faces, head) for head in heads])
        rows = [self._row(method, heads) for method in self._methods() if not method.needs_code]
        notes = [
            f"{s.count} foreign heads, seed {s.seed + 1}: held-out heads that are warped so that "
            "no combination of the source's shapes gives them (other proportions, a jaw that "
            "turns about its hinge, a smooth random field, fine relief; "
            f"`training/experiments/foreign.py`). In the mean they lie {away:.2f} mm (root mean "
            "square over vertices) from the nearest combination. They are not scans of real "
            "people: none come with Lineament.",
            *self._common_notes(),
        ]
        return self._write(2, "foreign heads", rows, notes)

    def _fields(self) -> Path:
        s = self._settings
        heads = face_only(self._faces, self._maker.own(s.count, s.seed))
        title = "landmarks that drive local fields, held-out heads"
        notes = [f"{s.count} held-out heads with expressions as in table 1, seed {s.seed}."]
        return self._fields_table(3, title, heads, notes)

    def _fields_of_composites(self) -> Path:
        s = self._settings
        heads = face_only(self._faces, self._maker.composite(s.count, s.seed + 2))
        title = "landmarks that drive local fields, composite heads"
        notes = [
            f"{s.count} composite heads, seed {s.seed + 2}: parts of several people, some pushed "
            "to 3σ, with expressions, as they are drawn in training (but with another seed)."
        ]
        return self._fields_table(4, title, heads, notes)

    def _fields_table(
        self, number: int, title: str, heads: list[Head], notes: Sequence[str]
    ) -> Path:
        s = self._settings
        rows = []
        for variant in VARIANTS:
            folder = s.runs / f"fields-{variant.key}"
            trained = train_fields(
                self._faces, variant, s.fields, folder, self._progress, self._cancel
            )
            method = FieldsMethod(trained, self._faces, s.resolution // 2)
            more = {
                "to its place on the template, mm": float(
                    np.mean([correspondence_mm(method, head) for head in heads])
                ),
                "parameters, thousands": trained.parameters / 1000.0,
                "training step, ms": trained.step_ms,
            }
            rows.append(self._row(method, heads, more))
        notes = [
            *notes,
            f"A reduced comparison: only the face (within 22 mm of the 68 landmarks) is trained "
            f"and measured; each variant has {s.fields.steps} steps of {s.fields.faces} faces and "
            f"{s.fields.points} points, the same for all, from nothing. Codes are given, not "
            "fitted; the template's distance is exact, so only the deformations differ.",
            "Eq. 7 as in `training/experiments/local_fields.py`: local sine fields about landmarks "
            "that are known exactly from the code, blended by a learned softmax; every network of "
            "the cascade has five. It has more parameters and its steps cost more.",
        ]
        return self._write(number, title, rows, notes)

    def _methods(self) -> list[Method]:
        s, faces, maker = self._settings, self._faces, self._maker
        rng = np.random.default_rng(s.seed)
        many = train_linear(faces, self._code_size, s.linear_heads, rng)
        few = train_linear(faces, s.few_components, s.linear_heads, rng)
        network = train_deep_sdf(
            self._load_pool(),
            self._code_size,
            s.deep_sdf,
            s.runs / "deep-sdf",
            self._progress,
            self._cancel,
        )
        return [
            TrueSurface(),
            MeanHead(maker),
            FittedDeepSdf(network, maker, s.resolution, s.deep_sdf_fit),
            FittedLinear(few, maker),
            FittedLinear(many, maker),
            ProjectedLinear(many, maker),
            OwnCode(self._model, maker, s.resolution),
            FittedParts(self._model, s.resolution),
        ]

    @property
    def _code_size(self) -> int:
        return int(self._faces.sizes.sum())

    def _common_notes(self) -> list[str]:
        s = self._settings
        return [
            f"{s.samples:,} points on the whole of each surface and on the remainder, "
            f"{s.part_samples:,} on nose, eyes and mouth. Two samplings of one surface differ by "
            "their spacing: the first row shows by how much. The cavity of the mouth and the end "
            f"of the neck do not count. {self._threshold_mm:.2f} mm is 0.01 of the sphere that "
            "holds the mean head.",
            f"The DeepSDF-style baseline is ours: one code, one sine decoder, "
            f"{s.deep_sdf.steps:,} steps on one core. Its training was far shorter than the parts "
            "model's, and neither had the hours of the published ones, so their rows do not say "
            "which *method* is better at equal effort. Its code is as long as all parts' together.",
            f"PCA is trained on {s.linear_heads:,} random heads drawn as for the parts model and "
            "keeps its topology, which a scan does not have; a fit finds pairs of closest points.",
        ]

    def _row(
        self, method: Method, heads: Sequence[Head], more: dict[str, float] | None = None
    ) -> TableRow:
        found = measure_method(
            method, heads, self._sampling, self._records, self._progress, self._cancel
        )
        return mean_row(method.name, method.code_size, found.figures, found.seconds, more)

    def _write(
        self, number: int, title: str, rows: Sequence[TableRow], notes: Sequence[str]
    ) -> Path:
        table = Table(number, title, rows, notes, self._threshold_mm)
        return write_table(table, self._folder)
