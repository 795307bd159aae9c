"""What was measured already, so that an interrupted table goes on where it stopped."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import InputError
from training.experiments.measure import HeadFigures


@dataclass(frozen=True, slots=True)
class RecordKey:
    """One measurement: of a head, by a method, with certain samples."""

    head: str
    method: str
    sampling: str


class Records:
    """Measurements in a file of JSON lines, one added after each reconstruction.

    Raises:
        InputError: the file holds something else.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[RecordKey, tuple[HeadFigures, float]] = {}
        if file.exists():
            try:
                for line in file.read_text("utf-8").splitlines():
                    entry = json.loads(line)
                    figures = HeadFigures.from_json(entry["figures"])
                    self._known[RecordKey(**entry["key"])] = (figures, entry["seconds"])
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{file} does not hold measurements ({error}). Remove it to measure anew."
                ) from error

    def find(self, key: RecordKey) -> tuple[HeadFigures, float] | None:
        """Figures and seconds of an earlier measurement."""
        return self._known.get(key)

    def add(self, key: RecordKey, figures: HeadFigures, seconds: float) -> None:
        self._known[key] = (figures, seconds)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        entry = {"key": asdict(key), "figures": figures.to_json(), "seconds": seconds}
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
