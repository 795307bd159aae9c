"""Convolutions with their weights laid out once for oneDNN, and with the ReLU after them.

torch lays a convolution's weights out anew at every call, which costs small networks on small
images a quarter of their time.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn


def pack_convolutions(network: nn.Module, *example: Any) -> None:
    """In place, where this build of torch can; `network` says the same as before, in less time.

    Args:
        network: in evaluation and on a CPU; from then on it has no gradients and stays there.
        example: what it is called with, of the sizes it will mostly see.
    """
    if not has_onednn_convolutions():
        return
    shapes: dict[nn.Conv2d, torch.Size] = {}

    def note(module: nn.Module, given: tuple[Tensor, ...], _: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        shapes[module] = given[0].shape

    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    hooks = [convolution.register_forward_hook(note) for convolution in convolutions]
    with torch.inference_mode():
        network(*example)
    for hook in hooks:
        hook.remove()
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and child in shapes:
                relu = _take_relu_after(parent, name)
                setattr(parent, name, PackedConvolution(child, relu, shapes[child]))


def _take_relu_after(parent: nn.Module, name: str) -> bool:
    """Whether a ReLU comes next in a sequence after the module `name`; then it is taken out."""
    if not isinstance(parent, nn.Sequential):
        return False
    for index in range(int(name) + 1, len(parent)):
        if isinstance(parent[index], nn.ReLU):
            parent[index] = nn.Identity()
            return True
        if not isinstance(parent[index], nn.Identity):
            return False
    return False


class PackedConvolution(nn.Module):
    """What `convolution` says, and max(0, ·) of it if `relu`, without gradients.

    Args:
        shape: `(B, C, H, W)` of the maps it will mostly see; others only take longer.
    """

    def __init__(self, convolution: nn.Conv2d, relu: bool, shape: torch.Size) -> None:
        super().__init__()
        self._bias = None if convolution.bias is None else convolution.bias.detach()
        assert not isinstance(convolution.padding, str)
        self._how = (
            list(convolution.padding),
            list(convolution.stride),
            list(convolution.dilation),
            convolution.groups,
        )
        self._after = "relu" if relu else "none"
        weight = convolution.weight.detach().to_mkldnn()
        self._weight = torch.ops.aten.mkldnn_reorder_conv2d_weight(weight, *self._how, list(shape))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(B, C′, H′, W′)` of `maps` `(B, C, H, W)`."""
        found: Tensor = torch.ops.mkldnn._convolution_pointwise(
            maps, self._weight, self._bias, *self._how, self._after, [], ""
        )
        return found


@cache
def has_onednn_convolutions() -> bool:
    """Whether this build of torch has oneDNN's convolution with packed weights, and it works."""
    if not torch.backends.mkldnn.is_available():
        return False
    convolution = nn.Conv2d(8, 8, 3, padding=1).requires_grad_(False)
    maps = torch.linspace(-1.0, 1.0, 8 * 36).view(1, 8, 6, 6)
    try:
        found = PackedConvolution(convolution, True, maps.shape)(maps)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(found, convolution(maps).relu(), atol=1e-4)
