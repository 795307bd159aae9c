"""Renders a `PhotoSet` block by block; a set that was interrupted is continued."""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.assets import load_model
from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.progress import CancelToken, Progress, ignore_progress
from training.ict_source import read_ict_source
from training.parts.prepare_ict import prepare_ict
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.photos.photo_set import ABOUT_FILE, LABELS, LABELS_FILE
from training.photos.rendering.head_mesh import build_head_mesh
from training.photos.rendering.points import shown_rows, template_places
from training.photos.rendering.studio import Photograph, Studio, StudioSetting
from training.photos.unfinished_set import PARTS_FOLDER, open_images

BLOCK = 480
"""Photographs between two files that a later run can go on from."""
BATCH = 24
"""Faces whose vertices are made by one matrix product."""
SMALLEST_SIZE, MOST_PHOTOS = 32, 2_000_000
SAME_MODEL = 0.3
"""How differently landmarks may move in the source and in the shipped model, as a share of their
motion. (The shipped model is a network's approximation of it.)"""


@dataclass(frozen=True, slots=True)
class PrepareSetting:
    """`count` photographs of `people`, by `workers` threads; `studio` what they look like."""

    count: int
    people: int
    workers: int = 1
    studio: StudioSetting = field(default_factory=StudioSetting)

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_PHOTOS:
            raise InputError(f"--count must be from 1 to {MOST_PHOTOS}, got {self.count}.")
        if not 1 <= self.people <= self.count:
            raise InputError(
                f"--people must be from 1 to --count, got {self.people} for {self.count}."
            )
        if self.workers < 1:
            raise InputError(f"--workers must be at least 1, got {self.workers}.")
        if self.studio.size < SMALLEST_SIZE:
            raise InputError(
                f"--size must be at least {SMALLEST_SIZE} pixels, got {self.studio.size}."
            )

    def pair(self, index: int) -> tuple[int, int]:
        """Which person the photograph `index` shows, and which one of theirs it is."""
        person = index * self.people // self.count
        first = -(-(person * self.count) // self.people)
        return person, index - first


def prepare_photos(
    source: Path,
    output: Path,
    setting: PrepareSetting,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """Render a set of photographs into the folder `output`.

    Raises:
        InputError: the source cannot be read or is of another model than the one that ships, or
            `output` holds an unfinished set that was started with other options or points.
        Cancelled: `cancel` was raised; the same call goes on where this one stopped.
    """
    opened = open_studio(source, setting.studio, progress)
    render_set(opened, output, setting, progress, cancel)


@dataclass(frozen=True, slots=True, eq=False)
class OpenStudio:
    """A studio and the template's vertices `(P,)` that its labels show."""

    studio: Studio
    rows: NDArray[np.int64]


def open_studio(
    source: Path, setting: StudioSetting, progress: Progress = ignore_progress
) -> OpenStudio:
    """A studio for the heads of the folder `source`."""
    heads = read_ict_source(source, lambda _, text: progress(0.0, text))
    progress(0.0, "Preparing heads")
    faces, model = prepare_ict(heads), load_model()
    check_same_model(faces, model)
    rows = shown_rows(model)
    sampler = CodeSampler(faces)
    places = template_places(model, rows)
    head = build_head_mesh(heads, faces)
    return OpenStudio(Studio(head, sampler, faces.slices, places, setting), rows)


def check_same_model(faces: RegisteredFaces, model: PartsModel) -> None:
    """Codes drawn for the source must mean the same face to the shipped model.

    Raises:
        InputError: they do not.
    """
    motion = template_places(model, np.asarray(model.landmarks)).motion
    basis = faces.basis[faces.landmarks]
    if basis.shape == motion.shape:
        apart = float(np.sqrt(((basis - motion) ** 2).sum(1).mean()))
        if apart < SAME_MODEL * float(np.sqrt((motion**2).sum(1).mean())):
            return
    raise InputError(
        "The shipped model was trained on other heads than those in the source folder. Name the "
        "ICT Face Model Light with --source, or train and export the parts model on your heads."
    )


def render_set(
    opened: OpenStudio,
    output: Path,
    setting: PrepareSetting,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """Render what is missing of a set, then join its labels."""
    parts = output / PARTS_FOLDER
    about = json.dumps(describe(setting), indent=2)
    shape = (setting.count, setting.studio.size, setting.studio.size, 3)
    images = open_images(output, about, shape, opened.rows, opened.studio.places)
    blocks = [
        range(first, min(first + BLOCK, setting.count)) for first in range(0, setting.count, BLOCK)
    ]
    missing = [block for block in blocks if not _part_file(parts, block).is_file()]
    left, started = len(missing), time.monotonic()
    with ThreadPoolExecutor(setting.workers) as pool:
        jobs = [
            pool.submit(_render_block, opened.studio, setting, block, images, parts, cancel)
            for block in missing
        ]
        try:
            for job in as_completed(jobs):
                job.result()
                left -= 1
                pace = (time.monotonic() - started) / ((len(missing) - left) * BLOCK)
                text = f"{setting.count - left * BLOCK} photographs, {1000 * pace:.1f} ms each"
                progress(1 - left / len(blocks), text)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    _join(output, parts, blocks, opened.rows, setting)


def _render_block(
    studio: Studio,
    setting: PrepareSetting,
    block: range,
    images: NDArray[np.uint8],
    parts: Path,
    cancel: CancelToken | None,
) -> None:
    taken: list[Photograph] = []
    for first in range(block.start, block.stop, BATCH):
        if cancel is not None:
            cancel.check()
        places = range(first, min(first + BATCH, block.stop))
        taken += studio.photograph([setting.pair(place) for place in places])
    for place, photograph in zip(block, taken, strict=True):
        images[place] = photograph.pixels
    labels: dict[str, NDArray] = {
        "codes": np.stack([photograph.code for photograph in taken]),
        "rotations": np.stack([photograph.pose.rotation for photograph in taken]),
        "scales": np.array([photograph.pose.scale for photograph in taken]),
        "translations": np.stack([photograph.pose.translation for photograph in taken]),
        "points": np.stack([photograph.points for photograph in taken]),
        "visible": np.stack([photograph.visible for photograph in taken]),
        "people": np.array([photograph.person for photograph in taken], np.int64),
    }
    _save(_part_file(parts, block), labels)


def _save(file: Path, arrays: Mapping[str, NDArray]) -> None:
    """Write an npz file so that it is there whole or not at all."""
    fresh = file.with_suffix(".fresh.npz")
    np.savez(fresh, allow_pickle=False, **arrays)
    fresh.replace(file)


def _part_file(parts: Path, block: range) -> Path:
    return parts / f"labels-{block.start:07d}.npz"


def describe(setting: PrepareSetting) -> dict[str, Any]:
    """What a set's `photos.json` says; the number of threads makes no difference."""
    return {
        "format": 1,
        "kind": "rendered",
        "count": setting.count,
        "people": setting.people,
        "studio": asdict(setting.studio),
        "heads": "ICT Face Model Light (MIT), see NOTICE",
    }


def _join(
    output: Path,
    parts: Path,
    blocks: Sequence[range],
    rows: NDArray[np.int64],
    setting: PrepareSetting,
) -> None:
    loaded = []
    for block in blocks:
        with np.load(_part_file(parts, block), allow_pickle=False) as data:
            loaded.append({name: data[name] for name in LABELS})
    joined = {name: np.concatenate([part[name] for part in loaded]) for name in LABELS}
    _save(output / LABELS_FILE, {**joined, "rows": rows})
    (output / ABOUT_FILE).write_text(json.dumps(describe(setting), indent=2), encoding="utf-8")
    shutil.rmtree(parts)
