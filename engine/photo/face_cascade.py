"""MTCNN's three stages on one image (Zhang et al. 2016, section II)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.mtcnn import OutputNetwork, ProposalNetwork, RefinementNetwork, set_arrays
from engine.photo.boxes import Array, corrected, squares, without_overlaps
from engine.photo.mtcnn_weights import read_mtcnn_arrays
from engine.progress import CancelToken

THRESHOLDS = (0.6, 0.7, 0.7)
"""Likelihoods a face needs after P-, R- and O-Net."""
_OVERLAPS = (0.5, 0.7, 0.7, 0.7)
"""Shares of overlap allowed within a level, between levels, after R-Net and after O-Net."""
_LEVEL = 0.709
"""Each level of the pyramid shows half the area of the one before."""
_WINDOW, _STRIDE = 12, 2
_MOST_PER_LEVEL, _MOST = 400, 600
"""Best proposals kept, so that a texture full of them costs no more than a crowd."""
_CHUNK = 128


@dataclass(frozen=True, slots=True, eq=False)
class FoundBoxes:
    """N faces, best first: boxes `(N, 4)` px, confidences `(N,)`, points `(N, 5, 2)` px."""

    boxes: Array
    confidences: Array
    points: Array


class FaceCascade:
    """The three networks with the weights of the installed package `mtcnn`.

    Raises:
        WeightsError: the package is missing or damaged.
    """

    def __init__(self, device: str = "cpu") -> None:
        self._proposals = ProposalNetwork()
        self._refinement = RefinementNetwork()
        self._output = OutputNetwork()
        for network, name in (
            (self._proposals, "pnet"),
            (self._refinement, "rnet"),
            (self._output, "onet"),
        ):
            set_arrays(network, read_mtcnn_arrays(name))
            network.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def find(
        self, pixels: NDArray[np.uint8], smallest: float, cancel: CancelToken | None = None
    ) -> FoundBoxes:
        """Faces of at least `smallest` pixels in `(H, W, 3)` sRGB.

        Raises:
            Cancelled: `cancel` was raised.
        """
        image = torch.from_numpy(np.array(pixels)).to(
            self._device
        )  # a copy, as tensors can be written to
        image = ((image.float() - 127.5) / 128.0).permute(2, 0, 1)[None].contiguous()
        boxes = self._proposed(image, smallest, cancel)
        halvings = _halvings(image)
        _check(cancel)
        boxes = self._refined(halvings, boxes)
        _check(cancel)
        # Beyond the paper: O-Net looks again at the box it has corrected, which makes its points
        # vary by a quarter to a half less when the image is scaled or mirrored.
        found = self._finished(halvings, boxes)
        return self._finished(halvings, squares(found.boxes))

    def _proposed(self, image: Tensor, smallest: float, cancel: CancelToken | None) -> Array:
        boxes, scores = [np.empty((0, 4))], [np.empty(0)]
        for level in _levels(image, smallest):
            _check(cancel)
            likelihoods, offsets = self._proposals(level)
            found, likelihood = _windows(likelihoods[0], offsets[0])
            kept = without_overlaps(found, likelihood, _OVERLAPS[0])
            ratio = np.tile(np.array(image.shape[:1:-1]) / np.array(level.shape[:1:-1]), 2)
            boxes.append(found[kept] * ratio)
            scores.append(likelihood[kept])
        together, likelihood = np.concatenate(boxes), np.concatenate(scores)
        return squares(together[without_overlaps(together, likelihood, _OVERLAPS[1])[:_MOST]])

    def _refined(self, halvings: list[Tensor], boxes: Array) -> Array:
        size = self._refinement.size
        outputs = [self._refinement(crops) for crops in _crops(halvings, boxes, size)]
        if not outputs:
            return boxes
        scores, offsets = (torch.cat(parts).cpu().numpy() for parts in zip(*outputs, strict=True))
        sure = scores > THRESHOLDS[1]
        better = corrected(boxes[sure], offsets[sure])
        return squares(better[without_overlaps(better, scores[sure], _OVERLAPS[2])])

    def _finished(self, halvings: list[Tensor], boxes: Array) -> FoundBoxes:
        size = self._output.size
        outputs = [self._output(crops) for crops in _crops(halvings, boxes, size)]
        if not outputs:
            return FoundBoxes(boxes, np.empty(0), np.empty((0, 5, 2)))
        scores, offsets, shares = (
            torch.cat(parts).cpu().numpy() for parts in zip(*outputs, strict=True)
        )
        corners, sides = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
        points = corners + sides * shares
        better = corrected(boxes, offsets)
        sure = np.flatnonzero(scores > THRESHOLDS[2])
        kept = sure[without_overlaps(better[sure], scores[sure], _OVERLAPS[3], of_smaller=True)]
        return FoundBoxes(better[kept], scores[kept].astype(np.float64), points[kept])


def _check(cancel: CancelToken | None) -> None:
    if cancel is not None:
        cancel.check()


def _levels(image: Tensor, smallest: float) -> Iterator[Tensor]:
    """The image at the scales at which the window is as large as faces, from the smallest on."""
    height, width = image.shape[2:]
    scale = _WINDOW / smallest
    while min(height, width) * scale >= _WINDOW:
        size = (round(height * scale), round(width * scale))
        yield F.interpolate(image, size, mode="bilinear", antialias=True)
        scale *= _LEVEL


def _windows(likelihoods: Tensor, offsets: Tensor) -> tuple[Array, Array]:
    """Corrected windows `(N, 4)` of one level with their likelihoods `(N,)`, the best only."""
    sure = likelihoods > THRESHOLDS[0]
    rows, columns = (index.cpu().numpy() for index in torch.nonzero(sure, as_tuple=True))
    scores = likelihoods[sure].cpu().double().numpy()
    moves = offsets[:, sure].T.cpu().numpy()
    best = np.argsort(-scores, kind="stable")[:_MOST_PER_LEVEL]
    corners = _STRIDE * np.stack([columns, rows], axis=1)[best].astype(np.float64)
    windows = np.concatenate([corners, corners + _WINDOW], axis=1)
    return corrected(windows, moves[best]), scores[best]


def _halvings(image: Tensor) -> list[Tensor]:
    """The image and its halves, from which crops are sampled without flicker."""
    halvings = [image]
    while min(halvings[-1].shape[2:]) >= 4 * _WINDOW:
        halvings.append(F.avg_pool2d(halvings[-1], 2))
    return halvings


def _crops(halvings: list[Tensor], boxes: Array, size: int) -> Iterator[Tensor]:
    """Crops `(B, 3, size, size)` of square boxes, in their order; grey outside of the image."""
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], 1e-6)
    levels = np.clip(np.log2(sides / size).round(), 0, len(halvings) - 1).astype(int)
    for start in range(0, len(boxes), _CHUNK):
        rows = slice(start, start + _CHUNK)
        crops = torch.empty(len(boxes[rows]), 3, size, size, device=halvings[0].device)
        for level in np.unique(levels[rows]):
            chosen = np.flatnonzero(levels[rows] == level)
            crops[torch.from_numpy(chosen)] = _sampled(
                halvings[level], boxes[rows][chosen] / 2.0**level, size
            )
        yield crops


def _sampled(image: Tensor, boxes: Array, size: int) -> Tensor:
    height, width = image.shape[2:]
    steps = (np.arange(size) + 0.5) / size
    x = boxes[:, :1] + steps * (boxes[:, 2:3] - boxes[:, :1])
    y = boxes[:, 1:2] + steps * (boxes[:, 3:] - boxes[:, 1:2])
    grid = np.empty((len(boxes), size, size, 2), np.float32)
    grid[..., 0] = (2 * x / width - 1)[:, None, :]
    grid[..., 1] = (2 * y / height - 1)[:, :, None]
    return F.grid_sample(
        image.expand(len(boxes), -1, -1, -1),
        torch.from_numpy(grid).to(image.device),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
