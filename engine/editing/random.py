"""Plausible random faces."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import PARTS, Direction, FaceCode, FaceModel, PartInfo

ACTIVE_EXPRESSIONS = 3.0
"""Expected number of expression coordinates that move: faces at rest move few at once."""


def random_code(
    model: FaceModel,
    rng: np.random.Generator,
    parts: Collection[str] = PARTS,
    base: FaceCode | None = None,
    strength: float = 1.0,
) -> FaceCode:
    """Draw new values for `parts` and keep the rest of `base`.

    Identity coordinates are normal with the direction's spread. An expression is
    sparse: a few coordinates are drawn and the rest are zero. Values are kept within
    the direction's ends. The numbers drawn for a part depend on the state of `rng`
    alone, not on which other parts are drawn, so a seed gives the same nose whether or
    not the mouth is locked.

    Args:
        model: gives the parts and their directions.
        rng: the only source of randomness; advanced once by this call.
        parts: names of the parts to draw, from `PARTS`.
        base: the code whose other parts are kept; the mean face if None.
        strength: scale of the draw; 0 gives the mean, 1 the spread of the training faces.

    Raises:
        InputError: a part has no such name, `strength` is negative or not finite, or
            `base` was made for another model.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise InputError(f"There is no part '{unknown[0]}'. The parts are {', '.join(PARTS)}.")
    if not np.isfinite(strength) or strength < 0:
        raise InputError(f"The strength must be a number of 0 or more, got {strength}.")
    code = model.mean_code() if base is None else base
    streams = dict(zip(PARTS, rng.spawn(len(PARTS)), strict=True))
    for part in model.parts:
        if part.name not in parts:
            continue
        draw = _draw_expression if part.name == "expression" else _draw_identity
        code = code.with_part(part.name, draw(part, streams[part.name], strength))
    return code


def _draw_identity(
    part: PartInfo, rng: np.random.Generator, strength: float
) -> NDArray[np.float32]:
    """Normal values `(D,)` of the directions' spreads, within their ends."""
    values = rng.standard_normal(part.size) * strength * _spreads(part)
    return _clip(values, part.directions)


def _draw_expression(
    part: PartInfo, rng: np.random.Generator, strength: float
) -> NDArray[np.float32]:
    """A sparse vector `(D,)`: a few directions move, each away from rest."""
    chance = min(1.0, ACTIVE_EXPRESSIONS / max(part.size, 1))
    active = rng.random(part.size) < chance
    values = rng.standard_normal(part.size) * 2.0 * strength * _spreads(part)
    # A weight such as "jaw open" has its rest at one end: fold the draw to the side it has.
    one_sided = np.array([direction.minimum >= 0 for direction in part.directions], dtype=bool)
    values = np.where(one_sided, np.abs(values), values)
    return _clip(np.where(active, values, 0.0), part.directions)


def _spreads(part: PartInfo) -> NDArray[np.float64]:
    return np.array([direction.spread for direction in part.directions], dtype=np.float64)


def _clip(values: NDArray[np.float64], directions: tuple[Direction, ...]) -> NDArray[np.float32]:
    lower = np.array([direction.minimum for direction in directions])
    upper = np.array([direction.maximum for direction in directions])
    return np.clip(values, lower, upper).astype(np.float32)
