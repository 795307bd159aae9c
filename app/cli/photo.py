"""`lineament photo`: faces from photographs."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli.console_progress import ConsoleProgress
from app.cli.output import require_output
from app.cli.photo_documents import PhotoResult, short_name
from app.cli.photo_outputs import FaceWriter, entry_json
from app.cli.photo_plan import PhotoGroup, photo_files, plan_groups
from app.cli.photo_source import Detector, load_detector, load_method
from app.model_source import load_model
from engine.atomic_file import write_atomically
from engine.errors import Cancelled, InputError, LineamentError
from engine.photo.methods import PersonMethod
from engine.photo.reading import read_photo
from engine.photo.reconstruction import FoundFace, PhotoFace, PhotoMethod, Reconstruction
from engine.progress import Progress

FAILED = 2
LOADED = 0.02
FOUND = 0.4
"""Shares of the progress: after loading, and of a photograph once its faces are found."""


def run(options: argparse.Namespace) -> int:
    """Reconstruct the faces of `options.photos`; 2 if any photograph could not be used."""
    groups = _plan(options)
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the models")
        model = load_model(options.device)
        method = load_method(options.method, model, options.device)
        worker = _Worker(
            method,
            load_detector(options.device),
            FaceWriter(model, options.texture, options.same_person),
            options.face,
        )
        for index, group in enumerate(groups):
            worker.process(group, _part_of(progress, index, len(groups)))
    if options.json:
        _write_json(worker, options.json)
    for photo, reason in worker.failures:
        told = " ".join(reason.split())
        # Most reasons name the file themselves.
        print(f"lineament: {told if str(photo) in told else f'{photo}: {told}'}", file=sys.stderr)
    if options.json != "-":
        _print_summary(worker, sum(len(group.photos) for group in groups))
    return FAILED if worker.failures else 0


@dataclass(slots=True)
class _Worker:
    """Goes through groups of photographs and keeps what it found and what failed.

    Attributes:
        found: faces and where they were written.
        failures: photographs or outputs and what was wrong with them.
    """

    method: PhotoMethod
    detector: Detector
    writer: FaceWriter
    choice: str | int
    found: list[tuple[PhotoResult, Path | None]] = field(default_factory=list)
    failures: list[tuple[Path, str]] = field(default_factory=list)

    def process(self, group: PhotoGroup, progress: Progress) -> None:
        """Find, reconstruct and write the faces of one group; what is wrong is kept."""
        photographs: list[tuple[Path, PhotoFace]] = []
        count = len(group.photos)
        for index, photo in enumerate(group.photos):
            progress(FOUND * index / count, f"Looking for faces in {photo.name}")
            try:
                photographs += [(photo, face) for face in self._faces(photo)]
            except Cancelled:
                raise
            except LineamentError as error:
                self.failures.append((photo, str(error)))
        if not photographs:
            return
        try:
            made = self._reconstruct(photographs, count > 1, progress)
            paths = self.writer.write(made, group.output, progress)
        except Cancelled:
            raise
        except LineamentError as error:
            self.failures.append((photographs[0][0], str(error)))
            return
        self.found += zip(made, paths, strict=True)

    def _faces(self, photo: Path) -> list[PhotoFace]:
        pixels = read_photo(photo)
        chosen = choose_faces(self.detector.find(pixels), self.choice)
        return [PhotoFace(pixels, found) for found in chosen]

    def _reconstruct(
        self, photographs: Sequence[tuple[Path, PhotoFace]], together: bool, progress: Progress
    ) -> list[PhotoResult]:
        count = len(photographs)
        if together and count > 1:
            progress(FOUND, f"Reconstructing one person from {count} photographs")
            results = self._one_person([face for _, face in photographs])
        else:
            results = []
            for index, (photo, face) in enumerate(photographs):
                share = FOUND + (1.0 - FOUND) * index / count
                progress(share, f"Reconstructing {photo.name}")
                results.append(self.method.reconstruct(face))
        named = _names([photo for photo, _ in photographs])
        return [
            PhotoResult(photo, name, face, result)
            for (photo, face), name, result in zip(photographs, named, results, strict=True)
        ]

    def _one_person(self, faces: Sequence[PhotoFace]) -> Sequence[Reconstruction]:
        if not isinstance(self.method, PersonMethod):
            raise InputError(f"{self.method.title} cannot join photographs of one person.")
        return self.method.reconstruct_person(faces)


def _names(photos: Sequence[Path]) -> list[str]:
    """What the faces are called: as their photograph, numbered where it shows several."""
    names = []
    for index, photo in enumerate(photos):
        number = photos[: index + 1].count(photo)
        alone = photos.count(photo) == 1
        names.append(short_name(photo) if alone else f"{short_name(photo)} {number}")
    return names


def choose_faces(found: Sequence[FoundFace], choice: str | int) -> tuple[FoundFace, ...]:
    """The faces that `--face` asks for.

    Raises:
        InputError: there are none, or not so many.
    """
    if not found:
        raise InputError(
            "No face was found. Try a larger or sharper picture of the face, or mark the face by "
            "hand in the editor."
        )
    if choice == "all":
        return tuple(found)
    number = 1 if choice == "best" else int(choice)
    if number > len(found):
        raise InputError(
            f"There is no face {number}: {len(found)} found. Give --face a smaller number, or all."
        )
    return (found[number - 1],)


def _plan(options: argparse.Namespace) -> list[PhotoGroup]:
    """What there is to do; refuses what cannot end well before any work begins."""
    if options.output is None and options.json is None:
        raise InputError("Nothing would be written. Name an output with -o, --json or both.")
    if options.json not in (None, "-"):
        require_output(Path(options.json), (".json",))
    if options.same_person and options.method != "codes":
        raise InputError("Only --method codes joins photographs of one person (--same-person).")
    if options.same_person and options.face == "all":
        raise InputError("--face all and --same-person exclude each other: one person, one face.")
    files = photo_files(options.photos)
    return plan_groups(files, options.output, options.same_person, options.format)


def _part_of(progress: Progress, index: int, count: int) -> Progress:
    def show(share: float, text: str) -> None:
        number = f"{index + 1} of {count}: " if count > 1 else ""
        progress(LOADED + (1.0 - LOADED) * (index + share) / count, number + text)

    return show


def _write_json(worker: _Worker, path: str) -> None:
    content: dict[str, Any] = {"faces": [entry_json(*pair) for pair in worker.found]}
    if worker.failures:
        content["failed"] = [
            {"file": str(photo), "error": reason} for photo, reason in worker.failures
        ]
    text = json.dumps(content, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        write_atomically(Path(path), text.encode("utf-8"))
    except OSError as error:
        raise InputError(f"'{path}' could not be written: {error.strerror}.") from error


def _print_summary(worker: _Worker, photographs: int) -> None:
    for entry, output in worker.found:
        yaw, pitch, roll = entry.result.pose.angles()
        place = "" if output is None else f" → {output}"
        print(
            f"{entry.photo.name}: {worker.method.title}, yaw {yaw:.0f}°, pitch {pitch:.0f}°, "
            f"roll {roll:.0f}°, {1000.0 * entry.result.seconds:.0f} ms{place}"
        )
    if photographs > 1:
        bad = len({photo for photo, _ in worker.failures})
        print(f"{photographs} photographs, {len(worker.found)} faces, {bad} failed.")
