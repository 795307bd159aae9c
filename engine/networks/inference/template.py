"""SDFNet without gradients; see `engine.networks.template`."""

import torch
from torch import Tensor

from engine.networks.inference.ellipsoids import Ellipsoids, smooth_step
from engine.networks.inference.sine_layers import SineLayers
from engine.networks.template import FAR_MM, TemplateConfig, TemplateNetwork


class Template:
    """S(q) + ε of the network as it is now."""

    def __init__(self, network: TemplateNetwork) -> None:
        self._guide = Guide(network.config, network.guide)
        self._base = SineLayers.of_siren(network.base)
        self._details = [SineLayers.of_siren(detail) for detail in network.sirens()]
        configs = network.config.details
        self._mirrored = [config.mirrored for config in configs]
        centres = [network.guide.new_tensor(config.centre) for config in configs]
        radii = [network.guide.new_tensor(config.radii) for config in configs]
        self._windows = [
            Ellipsoids(centre[None], radius[None])
            for centre, radius in zip(centres, radii, strict=True)
        ]

    def __call__(self, points: Tensor, correction: Tensor) -> Tensor:
        """Distances `(N,)` in mm of points `(N, 3)` in mm, with ε `(N,)`."""
        guide = self._guide(points)
        near, far = FAR_MM
        share = smooth_step(((guide.abs() - near) / (far - near)).clamp_(0.0, 1.0))
        return torch.lerp(self._detailed(points) + correction, guide, share)

    def _detailed(self, points: Tensor) -> Tensor:
        distance = self._base(points)[:, 0]
        folded = torch.cat([points[:, :1].abs(), points[:, 1:]], dim=1)
        for window, mirrored, detail in zip(
            self._windows, self._mirrored, self._details, strict=True
        ):
            places = folded if mirrored else points
            depth = 1.0 - window.squared(places)[:, 0]
            inside = torch.nonzero(depth > 0.0).squeeze(1)
            if len(inside):
                added = smooth_step(depth[inside]) * detail(places[inside])[:, 0]
                distance.index_add_(0, inside, added)
        return distance


class Guide:
    """Trilinear values `(N,)` of the grid of distances, continued by its rim beyond it."""

    def __init__(self, config: TemplateConfig, nodes: Tensor) -> None:
        x, y, z = (count - 1 for count in config.guide_shape)
        corners = [
            nodes[i : i + x, j : j + y, k : k + z] for i in (0, 1) for j in (0, 1) for k in (0, 1)
        ]
        self._of_cell = torch.stack(corners, dim=-1).reshape(-1, 8).contiguous()
        self._origin = nodes.new_tensor(config.guide_origin)
        self._spacing = config.guide_spacing
        self._top = nodes.new_tensor([x, y, z])
        self._strides = torch.tensor([y * z, z, 1], device=nodes.device)

    def __call__(self, points: Tensor) -> Tensor:
        place = ((points - self._origin) / self._spacing).clamp_min_(0.0).minimum(self._top)
        cell = place.floor().minimum(self._top - 1.0)
        x, y, z = (place - cell).unbind(1)
        values = self._of_cell[(cell.long() * self._strides).sum(1)]
        values = torch.lerp(values[:, :4], values[:, 4:], x[:, None])
        values = torch.lerp(values[:, :2], values[:, 2:], y[:, None])
        return torch.lerp(values[:, 0], values[:, 1], z)
