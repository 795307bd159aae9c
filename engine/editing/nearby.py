"""Random faces near a given one."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from engine.editing.part_names import require_parts
from engine.editing.random import ACTIVE_EXPRESSIONS
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel, PartInfo


def nearby_code(
    model: FaceModel,
    rng: np.random.Generator,
    base: FaceCode,
    radius: float,
    parts: Collection[str] = PARTS,
) -> FaceCode:
    """A random face around `base`, for `parts`; the others are kept.

    Every coordinate of shape takes a normal step of `radius` times its spread. Of the
    expression, the coordinates that are set and a few more take one. A step across an end
    of a direction is reflected at it, so that faces at an end do not pile up there. The
    numbers drawn for a part do not depend on which other parts are drawn.

    Args:
        rng: the only source of randomness; advanced once by this call.
        radius: in σ, 0 gives `base`.

    Raises:
        InputError: a part has no such name, `radius` is negative or not finite, or `base`
            was made for another model.
    """
    require_parts(parts)
    if not np.isfinite(radius) or radius < 0:
        raise InputError(f"The radius must be a number of σ of 0 or more, got {radius}.")
    code = base
    streams = dict(zip(PARTS, rng.spawn(len(PARTS)), strict=True))
    for part in model.parts:
        if part.name not in parts:
            continue
        values = base.part(part.name)
        if len(values) != part.size:
            raise InputError(
                f"The {part.name} code has length {len(values)}, the model takes {part.size}. "
                "Use a face that was made with this model."
            )
        code = code.with_part(part.name, _stepped(part, values, radius, streams[part.name]))
    return code


def _stepped(
    part: PartInfo, values: NDArray[np.float32], radius: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    spreads = np.array([direction.spread for direction in part.directions])
    steps = rng.standard_normal(part.size) * spreads * radius
    if part.name == "expression":
        chance = min(1.0, ACTIVE_EXPRESSIONS / max(part.size, 1))
        steps = np.where((rng.random(part.size) < chance) | (values != 0), steps, 0.0)
    lower = np.array([direction.minimum for direction in part.directions])
    upper = np.array([direction.maximum for direction in part.directions])
    moved = values + steps
    reflected = np.where(moved < lower, 2 * lower - moved, moved)
    reflected = np.where(reflected > upper, 2 * upper - reflected, reflected)
    inside = np.clip(reflected, lower, upper)
    # A value outside its ends, as a fit may give, is kept where it takes no step.
    return np.where(steps == 0.0, values, inside).astype(np.float32)
