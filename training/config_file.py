"""Settings of a run from a TOML file."""

import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import InputError
from training.parts.build import NetworkChoice
from training.parts.motion_trainer import MotionTraining
from training.parts.objective import ObjectiveWeights
from training.parts.template_trainer import TemplateTraining
from training.parts.trainer import PartsTraining

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartsConfigFile:
    """Tables `[network]`, `[template]`, `[motion]`, `[training]` and `[weights]` of a parts run."""

    network: NetworkChoice = field(default_factory=NetworkChoice)
    template: TemplateTraining = field(default_factory=TemplateTraining)
    motion: MotionTraining = field(default_factory=MotionTraining)
    training: PartsTraining = field(default_factory=PartsTraining)
    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)


def read_parts_config(file: Path | None) -> PartsConfigFile:
    """Read a configuration; None gives the defaults. Raises as `read_config`."""
    return read_config(PartsConfigFile, file)


def read_config(kind: type[T], file: Path | None) -> T:
    """A dataclass of `kind` from a TOML file; None gives its defaults.

    Raises:
        InputError: the file is missing, not TOML, or names a setting that does not exist.
    """
    if file is None:
        return kind()
    try:
        values = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{file} cannot be read as a TOML configuration: {error}") from error
    return fill(kind, values, str(file))


def fill(kind: type[T], values: dict[str, Any], where: str) -> T:
    """A dataclass of `kind` from plain values, nested tables included.

    Raises:
        InputError: a name is unknown or a value of another type than the default.
    """
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]
    defaults = kind()
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise InputError(
                f"{where}: there is no setting '{name}'. Known are {', '.join(sorted(known))}."
            )
        default: Any = getattr(defaults, name)
        if is_dataclass(default) and isinstance(value, dict):
            arguments[name] = fill(type(default), value, f"{where}, table {name}")
            continue
        wanted = float if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) and not (wanted is float and isinstance(value, int)):
            raise InputError(f"{where}: {name} must be of type {wanted.__name__}, got {value!r}.")
        arguments[name] = wanted(value)
    return kind(**arguments)
