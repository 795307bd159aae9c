"""`lineament-train photos evaluate`: every method beside the baseline, on labelled photographs."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.assets import load_model
from engine.errors import InputError
from engine.models.protocol import FaceModel
from engine.photo.detection import FaceDetector
from engine.photo.methods import MEAN, METHODS, available_methods, load_method, weights_file
from engine.photo.reconstruction import PhotoMethod
from engine.progress import CancelToken, Progress
from training.console import cancel_on_interrupt, progress_line
from training.photos.detections import Detections, Detector, detect_faces
from training.photos.evaluation import (
    EvaluationSettings,
    MethodFigures,
    evaluate_method,
    sampling_floor,
)
from training.photos.evaluation_files import SetFigures, write_evaluation
from training.photos.face_truth import FaceTruth
from training.photos.identity import (
    TOGETHER,
    Gallery,
    IdentityFigures,
    joint_cases,
    single_cases,
)
from training.photos.photo_set import PhotoSet, load_photo_set


@dataclass(frozen=True, slots=True)
class SizedMethod:
    """A method and the size of its weights."""

    method: PhotoMethod
    megabytes: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is shared by the sets of one run."""

    methods: tuple[SizedMethod, ...]
    detector: Detector | None
    truth: FaceTruth
    settings: EvaluationSettings
    progress: Progress
    cancel: CancelToken

    def run(self, name: str, photos: PhotoSet, rows: Sequence[int]) -> SetFigures:
        """Every method on the photographs `rows` of a set.

        Raises:
            InputError: the set was made for another model.
            Cancelled: it was cancelled.
        """
        detections = detect_faces(
            photos, rows, self.detector, self.settings.seed, self.progress, self.cancel
        )
        figures: list[MethodFigures] = []
        identity: dict[str, tuple[IdentityFigures, ...]] = {}
        gallery = self._gallery(photos, detections)
        for sized in self.methods:
            found = evaluate_method(
                sized.method,
                sized.megabytes,
                photos,
                detections,
                self.truth,
                self.settings,
                self.progress,
                self.cancel,
            )
            figures.append(found)
            if gallery is not None and found.codes and sized.method.name != MEAN:
                identity[found.name] = self._identity(
                    sized.method, found, gallery, photos, detections
                )
        return SetFigures(
            name,
            len(detections.rows),
            detections.missed,
            "jittered" if self.detector is None else "mtcnn",
            tuple(figures),
            sampling_floor(photos, detections.rows, self.truth, self.settings),
            identity,
        )

    def _gallery(self, photos: PhotoSet, detections: Detections) -> Gallery | None:
        gallery = Gallery(photos, detections.rows, self.truth, self.settings.seed)
        return gallery if len(gallery) > 1 else None

    def _identity(
        self,
        method: PhotoMethod,
        found: MethodFigures,
        gallery: Gallery,
        photos: PhotoSet,
        detections: Detections,
    ) -> tuple[IdentityFigures, ...]:
        single = single_cases(photos, found.codes, self.truth)
        joint = joint_cases(method, photos, detections, self.truth, self.progress, self.cancel)
        both = gallery.figures(single, 1), gallery.figures(joint, TOGETHER)
        return tuple(entry for entry in both if entry is not None)


def run_evaluate(options: argparse.Namespace) -> None:
    """Evaluate what was asked for and write the figures into `options.output`.

    Raises:
        InputError: an option does not fit, or the data cannot be read.
    """
    if options.data is None and options.aflw is None:
        raise InputError("Name photographs with labels: --data, --aflw or both.")
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    model = load_model(options.device)
    settings = EvaluationSettings(options.samples, options.mover_samples, options.seed)
    evaluation = Evaluation(
        load_methods(
            options.methods,
            weight_files(options.weights),
            model,
            options.device,
            options.five_points == "network",
        ),
        FaceDetector(options.device) if options.detector == "mtcnn" else None,
        FaceTruth(model),
        settings,
        progress_line(),
        cancel_on_interrupt(),
    )
    make_folder(options.output)
    sets: list[SetFigures] = []
    file = options.output
    for name, photos in _sets(options, model):
        rows = spread_rows(photos.people, options.count)
        sets.append(evaluation.run(name, photos, rows))
        facts = {"model": model.info.identifier, "device": model.info.device, "seed": options.seed}
        file = write_evaluation(sets, evaluation.truth.units, facts, options.output)
    print("\n" + file.read_text(encoding="utf-8"))


def _sets(options: argparse.Namespace, model: FaceModel) -> list[tuple[str, PhotoSet]]:
    sets = []
    if options.data is not None:
        sets.append(("renders", load_photo_set(options.data)))
    if options.aflw is not None:
        from training.photos.aflw_source import read_aflw

        sets.append(("aflw", read_aflw(options.aflw, model)))
    return sets


def load_methods(
    names: Sequence[str] | None,
    files: Mapping[str, Path],
    model: FaceModel,
    device: str,
    placed: bool = True,
) -> tuple[SizedMethod, ...]:
    """The baseline and the methods `names`, by default all that have weights.

    Args:
        placed: as `load_method` has it.

    Raises:
        InputError: there is no such method.
        WeightsError: its weights are missing or damaged.
    """
    chosen = list(names) if names else [*dict.fromkeys([*available_methods(), *files])]
    loaded = [SizedMethod(load_method(MEAN, model, device), 0.0)]
    for name in dict.fromkeys(chosen):
        if name == MEAN:
            continue
        method = load_method(name, model, device, files.get(name), placed)
        file = files.get(name) or weights_file(name)
        loaded.append(SizedMethod(method, file.stat().st_size / 1e6))
    return tuple(loaded)


def weight_files(given: Sequence[str] | None, methods: Sequence[str] = METHODS) -> dict[str, Path]:
    """Files by method, from `METHOD=FILE`.

    Raises:
        InputError: written otherwise, or there is no such method.
    """
    files: dict[str, Path] = {}
    for text in given or ():
        name, mark, path = text.partition("=")
        if not mark or name not in methods or not path:
            raise InputError(f"'{text}' is not METHOD=FILE with a method of {', '.join(methods)}.")
        files[name] = Path(path)
    return files


def spread_rows(people: NDArray[np.int64], wanted: int | None) -> tuple[int, ...]:
    """`wanted` photographs of a set, or all: every one of some people, spread over the set.

    Args:
        people: `(N,)` whom each photograph shows.
    """
    if wanted is None or wanted >= len(people):
        return tuple(range(len(people)))
    known = np.unique(people)
    count = max(1, round(len(known) * wanted / len(people)))
    chosen = known[np.linspace(0, len(known) - 1, count).round().astype(int)]
    return tuple(int(row) for row in np.flatnonzero(np.isin(people, chosen)))


def make_folder(folder: Path) -> None:
    """Make the folder of the results.

    Raises:
        InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"'{folder}' cannot be made: {error.strerror}.") from error
