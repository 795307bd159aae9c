"""Layers of scan detail on the way from one face to another."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.editing.part_names import require_share
from engine.editing.residual import ResidualLayer
from engine.errors import InputError
from engine.models.protocol import REGIONS


def blend_layers(
    start: ResidualLayer | None,
    end: ResidualLayer | None,
    fractions: Mapping[str, float],
    region_weights: NDArray | None,
) -> ResidualLayer | None:
    """The layer whose regions are `fractions` of the way from `start` to `end`.

    A face without a layer counts as one with none of it. A region that `fractions` does not
    name stays as in `start`; the expression has no region. Where nothing of `end` comes in,
    `start` is given back, with its strengths; else the strengths are worked in.

    Args:
        region_weights: `(V, 4)` of `REGIONS`.

    Raises:
        InputError: a fraction outside [0, 1], no region weights, or layers of other templates.
    """
    shares = {region: fractions.get(region, 0.0) for region in REGIONS}
    for region, share in shares.items():
        require_share(f"fraction of {region}", share)
    if not any(shares.values()) or (start is None and end is None):
        return start
    if region_weights is None:
        raise InputError("The model's template has no regions, so scan detail cannot be blended.")
    moved = np.zeros((len(region_weights), 3), np.float32)
    for layer, way in ((start, {r: 1.0 - s for r, s in shares.items()}), (end, shares)):
        if layer is None:
            continue
        if len(layer.displacement) != len(moved):
            raise InputError(
                f"A layer of scan detail has {len(layer.displacement)} vertices, the template "
                f"{len(moved)}. Fit the scan again with this model."
            )
        amount = region_weights @ np.array([layer.strengths[r] * way[r] for r in REGIONS], "f4")
        moved += amount[:, None] * layer.displacement
    return ResidualLayer(moved)
