"""Batch normalisation worked into the convolutions before it, for networks that have learned."""

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(network: nn.Module) -> None:
    """In place, where the two follow each other in an `nn.Sequential`; `network` must be in
    evaluation and says the same as before, a little sooner."""
    for module in list(network.modules()):
        if not isinstance(module, nn.Sequential):
            continue
        for index, (first, second) in enumerate(zip(module, list(module)[1:], strict=False)):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[index] = fuse_conv_bn_eval(first, second)
                module[index + 1] = nn.Identity()
