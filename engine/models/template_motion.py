"""What a template file says of the template's motion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.models.carrier import Carrier, Handles, handles_at, make_carrier
from engine.models.neck_cut import NeckCut, cut_carrier, has_cut, uncut_canonical


@dataclass(frozen=True, slots=True, eq=False)
class TemplateMotion:
    """The template's motion.

    Attributes:
        carrier: of its vertices.
        handles: what drives the landmark warp: those of the template before the neck was cut,
            with which the networks were trained.
        neck: how the neck ends, None where it was not cut.
    """

    carrier: Carrier
    handles: Handles
    neck: NeckCut | None


def read_motion(
    tensors: Mapping[str, NDArray], config: Mapping[str, Any], sizes: Mapping[str, int]
) -> TemplateMotion:
    """The motion of the template in a file; the arguments are those of `make_carrier`.

    Raises:
        WeightsError: an array is missing or of another shape.
    """
    try:
        canonical = uncut_canonical(tensors)
    except (KeyError, ValueError, IndexError) as error:
        raise _not_whole(error) from error
    whole = make_carrier({**tensors, "canonical": canonical}, config, sizes)
    try:
        handles = handles_at(whole, canonical, tensors["handle_vertices"])
    except (KeyError, IndexError) as error:
        raise _not_whole(error) from error
    if not has_cut(tensors):
        return TemplateMotion(whole, handles, None)
    cut = cut_carrier(whole, tensors, config)
    return TemplateMotion(cut.carrier, handles, cut.cut)


def _not_whole(error: Exception) -> WeightsError:
    return WeightsError(f"The template file is not whole ({error}). Install Lineament again.")
