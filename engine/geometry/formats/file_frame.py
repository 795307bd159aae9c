"""The unit and the upward axis of the coordinates in a mesh file.

OBJ, PLY and STL state neither. Programs differ in what they take them for, so both can be chosen;
a remark in the file says which they are, and the readers here obey it.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

Unit = Literal["mm", "cm", "m"]
UpAxis = Literal["y", "z"]
UNITS: tuple[Unit, ...] = get_args(Unit)
UP_AXES: tuple[UpAxis, ...] = get_args(UpAxis)
_WORDS: dict[Unit, str] = {"mm": "millimetres", "cm": "centimetres", "m": "metres"}
_MILLIMETRES: dict[Unit, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
_REMARK = re.compile(rb"Lineament, (millimetres|centimetres|metres), ([yz]) up")
_REMARK_WITHIN = 400
"""Bytes from the start of a file within which the remark stands."""


@dataclass(frozen=True, slots=True)
class FileFrame:
    """How positions in mm, x to the subject's left, y up, z out of the face, are written.

    Attributes:
        unit: of the file.
        up: `y` leaves the axes as they are; with `z` the face looks along -y, which is the front
            of Blender and of programs for printers.

    Raises:
        InputError: there is no such unit or axis.
    """

    unit: Unit = "mm"
    up: UpAxis = "y"

    def __post_init__(self) -> None:
        if self.unit not in UNITS or self.up not in UP_AXES:
            raise InputError(
                f"A mesh file is in {', '.join(UNITS)} with {' or '.join(UP_AXES)} up, got "
                f"'{self.unit}' and '{self.up}'."
            )

    def to_file(self, points: NDArray) -> NDArray:
        """Positions `(N, 3)` in mm as the file has them, of the same type."""
        return self.turn(points) / points.dtype.type(_MILLIMETRES[self.unit])

    def from_file(self, points: NDArray) -> NDArray:
        """The inverse of `to_file`."""
        turned = points if self.up == "y" else _columns(points, (0, 2, 1), (1, 1, -1))
        return turned * points.dtype.type(_MILLIMETRES[self.unit])

    def turn(self, directions: NDArray) -> NDArray:
        """Directions `(N, 3)` along the file's axes."""
        return directions if self.up == "y" else _columns(directions, (0, 2, 1), (1, -1, 1))

    def remark(self) -> str:
        """What a file says of it, in ASCII and on one line."""
        return f"Lineament, {_WORDS[self.unit]}, {self.up} up"


def stated_frame(content: bytes) -> FileFrame:
    """The frame that a file's remark names; millimetres with y up where it has none."""
    found = _REMARK.search(content, 0, _REMARK_WITHIN)
    if found is None:
        return FileFrame()
    unit = next(unit for unit, word in _WORDS.items() if word.encode() == found[1])
    return FileFrame(unit, "z" if found[2] == b"z" else "y")


def default_frame(suffix: str) -> FileFrame:
    """What the programs that a format is for expect: an STL is upright on a printer's bed."""
    return FileFrame(up="z" if suffix == ".stl" else "y")


def _columns(rows: NDArray, order: tuple[int, ...], signs: tuple[int, ...]) -> NDArray:
    return rows[:, order] * np.array(signs, rows.dtype)
