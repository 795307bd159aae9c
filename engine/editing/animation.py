"""The way from one face to another as morph targets with animated weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.editing.interpolation import interpolate, transition
from engine.editing.residual import ResidualLayer
from engine.editing.residual_blend import blend_layers
from engine.errors import InputError
from engine.geometry.formats import MorphTarget
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.mesh import Mesh
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress


@dataclass(frozen=True, slots=True, eq=False)
class AnimatedFace:
    """What an animated GLB holds: `write_mesh(path, mesh, morphs, animation)`.

    Attributes:
        mesh: the first face on the template.
        morphs: one for each part that moves.
        animation: of their weights.
    """

    mesh: Mesh
    morphs: tuple[MorphTarget, ...]
    animation: MorphAnimation


def animated_face(
    model: FaceModel,
    start: FaceCode,
    end: FaceCode,
    frames: int,
    parts: Sequence[str] = PARTS,
    in_order: bool = False,
    easing: str = "linear",
    frames_per_second: float = 24.0,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
    layers: tuple[ResidualLayer | None, ResidualLayer | None] = (None, None),
) -> AnimatedFace:
    """A transition (see `interpolation.transition`) on the template's vertices.

    A part's target is what its step adds to the exact surface of the parts before it, so the
    first and last face are exact, and in order every part's beginning and end.

    Args:
        layers: scan detail on `start` and on `end`; that of a region goes with its part.

    Raises:
        InputError: `transition` raises it, or the rate is not above zero.
        Cancelled: `cancel` was raised meanwhile.
    """
    if not (np.isfinite(frames_per_second) and frames_per_second > 0.0):
        raise InputError(f"The frames per second must be above 0, got {frames_per_second}.")
    steps = list(transition(start, end, frames, parts, in_order, easing))
    surface = _detailed(model, start, layers, (), cancel)
    mesh, code, morphs = model.template.with_vertices(surface), start, []
    for number, part in enumerate(parts):
        progress(number / len(parts), f"Morph target {part.capitalize()}")
        if cancel is not None:
            cancel.check()
        code = interpolate(code, end, {part: 1.0})
        reached = _detailed(model, code, layers, parts[: number + 1], cancel)
        morphs.append(MorphTarget(part.capitalize(), reached - surface))
        surface = reached
    progress(1.0, "Morph targets")
    weights = np.array([[step.fractions[part] for part in parts] for step in steps], np.float32)
    seconds = np.arange(frames, dtype=np.float32) / np.float32(frames_per_second)
    return AnimatedFace(mesh, tuple(morphs), MorphAnimation("Transition", seconds, weights))


def _detailed(
    model: FaceModel,
    code: FaceCode,
    layers: tuple[ResidualLayer | None, ResidualLayer | None],
    taken: Sequence[str],
    cancel: CancelToken | None,
) -> NDArray[np.float32]:
    """Template vertices `(V, 3)` of `code` with the detail of those parts that are `taken`."""
    surface, template = model.template_surface(code, cancel), model.template
    layer = blend_layers(*layers, dict.fromkeys(taken, 1.0), template.region_weights)
    if layer is None or template.region_weights is None:
        return surface
    return layer.apply(surface, template.faces, template.region_weights)
