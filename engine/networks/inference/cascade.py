"""The cascade of one face: from its points to the template's; see `engine.networks.parts`."""

import torch
from torch import Tensor

from engine.networks.inference.ellipsoids import Ellipsoids, smooth_step
from engine.networks.inference.sine_layers import SineLayers
from engine.networks.inference.spline import Spline
from engine.networks.parts import (
    CASCADE,
    WINDOW_EDGES,
    WINDOWED,
    Folded,
    PartsNetwork,
    window_rows,
)


class Cascade:
    """The warp and the stages of a network with the codes of one face worked in.

    A small part and a detail only see the points in their window.
    """

    def __init__(self, network: PartsNetwork, folded: Folded) -> None:
        self.spline = Spline(folded.handles[0], folded.spline[0])
        self._stages = {
            part: SineLayers.of_face(network.field_of(part), generated)
            for part, generated in zip(CASCADE, folded.stages, strict=True)
        }
        self._corrects = {part: network.field_of(part).config.corrects for part in CASCADE}
        self._windows = Ellipsoids(network.window_centres, network.window_radii)
        self._details: list[SineLayers] = []
        centres, radii = [], []
        for detail, sides in zip(network.expression_details(), folded.details, strict=True):
            for side, generated in enumerate(sides):
                layers = SineLayers.of_face(detail.network, generated)
                self._details.append(layers.mirrored(detail.sign) if side else layers)
                centre = detail.network.centre
                centres.append(centre * detail.sign[:3] if side else centre)
                radii.append(centre.new_tensor(detail.config.radii))
        self._detail_windows = (
            Ellipsoids(torch.stack(centres), torch.stack(radii)) if centres else None
        )

    def __call__(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Template points q₅ `(N, 3)` mm and corrections ε `(N,)` mm of points `(N, 3)` mm."""
        q = points + self.spline(points)
        windows = self._small_windows(q)
        correction = torch.zeros_like(q[:, 0])
        for part in CASCADE:
            stage = self._stages[part]
            if part in WINDOWED:
                inside = torch.nonzero(windows[part]).squeeze(1)
                if len(inside):
                    motion = stage(q[inside]) * windows[part][inside, None]
                    q.index_add_(0, inside, motion)
                continue
            motion = stage(q)
            if part == "expression":
                self._add_details(q, motion)
            if self._corrects[part]:
                correction += motion[:, 3]
            q = q + motion[:, :3]
        return q, correction

    def _small_windows(self, aligned: Tensor) -> dict[str, Tensor]:
        """The window `(N,)` of each small part."""
        inner, outer = WINDOW_EDGES
        radius = self._windows.squared(aligned).sqrt_()
        windows = smooth_step(((outer - radius) / (outer - inner)).clamp_(0.0, 1.0))
        return {part: windows[:, window_rows(part)].sum(1).clamp_max_(1.0) for part in WINDOWED}

    def _add_details(self, points: Tensor, motion: Tensor) -> None:
        """Add the expression's details to `motion` `(N, 4)`, each within its window only."""
        if self._detail_windows is None:
            return
        depths = 1.0 - self._detail_windows.squared(points)
        for detail, depth in zip(self._details, depths.unbind(1), strict=True):
            inside = torch.nonzero(depth > 0.0).squeeze(1)
            if len(inside):
                window = smooth_step(depth[inside])
                motion.index_add_(0, inside, detail(points[inside]) * window[:, None])
