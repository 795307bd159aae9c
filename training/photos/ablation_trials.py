"""Trains one variant for a while and measures it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from engine.devices import chosen_device
from engine.errors import InputError
from engine.evaluation.normal_error import normal_error
from engine.evaluation.photo_metrics import SurfaceFigures, surface_figures
from engine.geometry.mesh import Mesh
from engine.models.parts_model import PartsModel
from engine.networks.pixel2mesh import Pixel2Mesh
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, Progress
from training.photos.ablations import (
    FEW,
    TrialResult,
    Variant,
    add_to_curve,
    read_result,
    write_result,
)
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.evaluation import EvaluationSettings, mean_surface
from training.photos.face_truth import FaceTruth, true_pose
from training.photos.photo_set import PhotoSet
from training.photos.pixel2mesh.build import kept_start, make_batches, make_network, make_sampler
from training.photos.pixel2mesh.config_file import Pixel2MeshConfigFile
from training.photos.pixel2mesh.losses import MeshObjective
from training.photos.pixel2mesh.trainer import start_poses, train_pixel2mesh
from training.photos.warm_start import BACKBONE, begin_with_codes

Array = NDArray[np.float64]

SETTINGS_FILE = "settings.json"
TOGETHER = 8
"""Photographs that are measured at a time."""


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """How every variant is trained and measured.

    Attributes:
        base: the configuration that variants change.
        seconds: the most that a call spends on training one variant, None for no limit.
        measured: held-out photographs.
        figures: of the measurement.
        init: weights by network whose image layers its variants begin with.
    """

    base: Pixel2MeshConfigFile
    seconds: float | None = None
    measured: int = 100
    figures: EvaluationSettings = field(
        default_factory=lambda: EvaluationSettings(samples=5_000, mover_samples=512)
    )
    init: Mapping[str, Path] = field(default_factory=dict)


class Trials:
    """Trains and measures variants in folders of their own; what is finished is not done again."""

    def __init__(
        self,
        model: PartsModel,
        photos: PhotoSet,
        held_out: PhotoSet,
        settings: TrialSettings,
        runs: Path,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._model, self._photos, self._held_out = model, photos, held_out
        self._settings, self._runs = settings, runs
        self._progress, self._cancel = progress, cancel
        self._truth = FaceTruth(model)
        self._device = torch.device(chosen_device())

    def run(self, variant: Variant) -> TrialResult:
        """Train `variant` for its time, from where it stood, and measure it.

        Raises:
            InputError: there are no photographs with codes to measure on, or its training was
                begun with other settings.
            Cancelled: it was cancelled; a checkpoint was written first.
        """
        folder = self._runs / variant.key
        config = variant.change(self._settings.base)
        init = self._settings.init.get(variant.network)
        name = None if init is None else init.name
        plain = json.loads(json.dumps(asdict(config)))
        known = read_result(folder)
        if known is not None and _is_of(known, plain, name, config.training.steps):
            return known
        _note_settings(folder, plain, name)
        network = self._train(variant, config, folder)
        photos = self._photos if variant.few else self._held_out
        held = make_batches(self._model, photos, network.config, augment=False)
        held.rows = held.rows[: FEW if variant.few else self._settings.measured]
        surface, normals = self._measure(network.to("cpu"), held)
        result = TrialResult(_steps_done(folder), plain, surface, name, len(held.rows), normals)
        write_result(folder, result)
        return result

    def _train(self, variant: Variant, config: Pixel2MeshConfigFile, folder: Path) -> Pixel2Mesh:
        sizes = config.network.config(variant.network)
        start = kept_start(folder, self._model, sizes)
        network = make_network(start, sizes, config.training.seed)
        init = self._settings.init.get(variant.network)
        if init is not None:
            # A checkpoint, where there is one, takes the place of these.
            begin_with_codes(network, init, (BACKBONE,))
        batches = make_batches(self._model, self._photos, sizes, augment=not variant.few)
        if variant.few:
            batches.rows = batches.rows[:FEW]

        def report(step: int, terms: dict[str, float]) -> None:
            add_to_curve(folder, step, terms["chamfer"])
            share = step / config.training.steps
            self._progress(share, f"{variant.title}: step {step}, CD {terms['chamfer']:.2e}")

        train_pixel2mesh(
            network,
            MeshObjective(network.levels, config.losses),
            make_sampler(self._model, start, variant.network, config),
            batches,
            config.training,
            folder,
            report,
            self._cancel,
            self._device,
            self._settings.seconds,
        )
        return network

    def _measure(self, network: Pixel2Mesh, batches: CropBatches) -> tuple[SurfaceFigures, float]:
        """Means over the photographs of `batches`: the papers' figures, and the normals' error."""
        network.eval()
        found: list[SurfaceFigures] = []
        normals: list[float] = []
        settings = self._settings.figures
        for row, camera in _meshes(network, batches, settings.seed):
            code = self._truth.code(batches.photos, row)
            if code is None:
                raise InputError("The ablations need photographs with codes: rendered ones.")
            pose = true_pose(batches.photos, row)
            shown = self._truth.shown(camera, code, pose)
            rng = np.random.default_rng([settings.seed, row])
            counts = settings.samples, settings.mover_samples
            truth = self._truth.surface(code, pose)
            found.append(surface_figures(shown, truth, self._truth.units, rng, *counts))
            normals.append(normal_error(shown, truth, rng, settings.samples))
        mean = mean_surface(found)
        if mean is None:
            raise InputError("There are no held-out photographs to measure on.")
        return mean, fmean(normals)


@torch.inference_mode()
def _meshes(network: Pixel2Mesh, batches: CropBatches, seed: int) -> Iterator[tuple[int, Mesh]]:
    """Photographs of `batches` with the network's meshes, in mm as their true cameras see them."""
    rng = np.random.default_rng(seed)
    faces = network.levels[-1].faces.astype(np.int32)
    for rows in np.array_split(batches.rows, max(1, len(batches.rows) // TOGETHER)):
        batch = batches.take(rows, rng)
        last = network(batch.images, start_poses(batch)).afters[-1].transpose(0, 1).numpy()
        for place, row in enumerate(rows):
            vertices = _upright(last[place].astype(np.float64), batch, place, batches, int(row))
            yield int(row), Mesh(vertices.astype(np.float32), faces)


def _upright(places: Array, batch: PhotoBatch, place: int, batches: CropBatches, row: int) -> Array:
    """Vertices `(V, 3)` in halves of the crop as the photograph's own camera has them, mm.

    The crop may be turned against the photograph, so they go by way of the model's frame.
    """
    half = batches.size / 2
    in_crop = WeakPerspective(
        _orthonormal(batch.rotations[place].numpy()),
        float(batch.scales[place]),
        batch.translations[place].numpy(),
    )
    camera = half * places
    camera[:, :2] += half
    pose = true_pose(batches.photos, row)
    seen: Array = pose.to_camera(in_crop.to_model(camera)) / pose.scale
    return seen


def _orthonormal(rotation: NDArray) -> Array:
    """The nearest rotation: float32 is not quite one."""
    left, _, right = np.linalg.svd(rotation.astype(np.float64))
    nearest: Array = left @ right
    return nearest


def _is_of(known: TrialResult, config: dict[str, Any], init: str | None, steps: int) -> bool:
    """Whether a result is the finished one of these settings."""
    same = known.config == config and known.init == init
    return same and known.steps >= steps and known.normals is not None


def _note_settings(folder: Path, config: dict[str, Any], init: str | None) -> None:
    """Keep what a training is begun with; only its steps may change when it goes on.

    Raises:
        InputError: it was begun with something else.
    """
    file = folder / SETTINGS_FILE
    training = {name: value for name, value in config["training"].items() if name != "steps"}
    text = json.dumps({**config, "training": training, "init": init}, indent=2)
    if file.is_file() and file.read_text(encoding="utf-8") != text:
        raise InputError(
            f"{folder} holds a training that was begun with other settings (see {SETTINGS_FILE} "
            "there). Name another folder with --run, or remove this one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _steps_done(folder: Path) -> int:
    """Steps that the checkpoint in `folder` has behind it."""
    with safe_open(folder / "checkpoint.safetensors", framework="numpy") as reader:
        return int(json.loads(reader.metadata()["counters"])["step"])


def with_steps(base: Pixel2MeshConfigFile, steps: int | None) -> Pixel2MeshConfigFile:
    """`base` with another number of steps, if one is given."""
    if steps is None:
        return base
    return replace(base, training=replace(base.training, steps=steps))
