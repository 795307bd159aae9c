"""Weights on disk: safetensors with a JSON header, read without running any code."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from engine.atomic_file import write_atomically
from engine.errors import WeightsError

FORMAT_VERSION = 1
LARGEST_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """What a weights file says of itself.

    Attributes:
        kind: what the tensors are, for example `parts-network`.
        config: the network's configuration as plain values.
        training: data and schedule, for people.
        metrics: measured figures by name, with the unit in the name.
    """

    kind: str
    config: Mapping[str, Any]
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Weights:
    """A header, tensors by name, and the first 16 hex digits of the file's SHA-256."""

    header: WeightsHeader
    tensors: Mapping[str, NDArray]
    identifier: str


def save_weights(file: Path, tensors: Mapping[str, NDArray], header: WeightsHeader) -> None:
    """Write `tensors` and `header`; an interruption leaves the old file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    write_atomically(file, save(contiguous, {"lineament": json.dumps(asdict(header))}))


def load_weights(file: Path, kind: str) -> Weights:
    """Read a weights file of `kind`.

    Raises:
        WeightsError: missing, damaged, of another kind, or from a newer program.
    """
    if not file.is_file():
        raise WeightsError(f"The weights file {file} is missing. Install Lineament again.")
    if file.stat().st_size > LARGEST_BYTES:
        raise WeightsError(f"{file} is larger than any weights of Lineament. Choose another file.")
    try:
        with safe_open(file, framework="numpy") as reader:
            header = _parse_header((reader.metadata() or {}).get("lineament", ""), file)
            tensors = {name: reader.get_tensor(name) for name in reader.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{file} is damaged or not a weights file ({error}). Install it again."
        ) from error
    if header.kind != kind:
        raise WeightsError(f"{file} holds '{header.kind}', expected '{kind}'. Choose another file.")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return Weights(header, tensors, digest)


def _parse_header(text: str, file: Path) -> WeightsHeader:
    try:
        header = WeightsHeader(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise WeightsError(f"{file} was not written by Lineament: it has no header.") from error
    if header.format_version > FORMAT_VERSION:
        raise WeightsError(
            f"{file} was written by a newer Lineament (format {header.format_version}; "
            f"this one reads up to {FORMAT_VERSION}). Update Lineament."
        )
    return header
