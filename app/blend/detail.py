"""Scan detail on the way from one face to another; brings its libraries only where there is any."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.models.protocol import FaceModel

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer


def blended_detail(
    model: FaceModel,
    start: "ResidualLayer | None",
    end: "ResidualLayer | None",
    fractions: Mapping[str, float],
) -> "ResidualLayer | None":
    """The layer whose regions are `fractions` of the way from `start` to `end`; see
    `engine.editing.residual_blend.blend_layers`.

    Raises:
        InputError: the layers are of another template.
    """
    if start is None and end is None:
        return None
    from engine.editing.residual_blend import blend_layers

    return blend_layers(start, end, fractions, model.template.region_weights)
