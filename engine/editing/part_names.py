"""Checks shared by the edits that name parts."""

from collections.abc import Collection

from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode


def require_parts(parts: Collection[str]) -> None:
    """Every name is one of `PARTS`.

    Raises:
        InputError: one is not.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise InputError(f"There is no part '{unknown[0]}'. The parts are {', '.join(PARTS)}.")


def require_same_layout(first: FaceCode, second: FaceCode) -> None:
    """Both codes were made for models of one layout.

    Raises:
        InputError: a part's vectors differ in length.
    """
    for part in PARTS:
        lengths = len(first.part(part)), len(second.part(part))
        if lengths[0] != lengths[1]:
            raise InputError(
                f"The {part} codes have lengths {lengths[0]} and {lengths[1]}: the faces were made "
                "with different models. Use faces of one model."
            )


def require_share(name: str, value: float) -> None:
    """`value` lies in [0, 1].

    Raises:
        InputError: it does not.
    """
    if not 0.0 <= value <= 1.0:
        raise InputError(f"The {name} must be a number from 0 to 1, got {value}.")
