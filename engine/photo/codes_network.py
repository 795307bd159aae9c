"""The network from crops to codes, pose and points, and the arrays that go with it; needs torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import WeightsError
from engine.models.protocol import FaceModel
from engine.networks.backbones import BackboneConfig, normalised_images
from engine.networks.inference.folded_norms import fold_batch_norms
from engine.networks.inference.one_thread import alone_if_few
from engine.networks.inference.packed_convolutions import pack_convolutions
from engine.networks.photo_codes import PhotoCodes, PhotoCodesConfig, PhotoCodesOutput, PhotoStart
from engine.photo.looks import Look
from engine.photo.mirror_maps import MirrorMaps, mirrored_points, mirrored_pose
from engine.photo.person_shape import PersonShape
from engine.photo.weak_perspective import WeakPerspective
from engine.weights import load_weights

Floats = NDArray[np.float64]

KIND = "photo-codes"
NETWORK = "network."
"""Prefix of the network's own tensors."""
LOOKS = 2
"""Crops that are mostly seen at once: of a face, and in the mirror."""
PER_COORDINATE = np.sqrt(3.0)
"""Standard deviation of each coordinate of a point whose distance has the density e^(−r/b) in the
plane, for b = 1."""


@dataclass(frozen=True, slots=True, eq=False)
class CodesEstimate:
    """What the network says of one crop of S × S pixels.

    Attributes:
        joint: `(K,)` joint code.
        pose: in pixels of the crop.
        points: `(P, 2)` px of the crop; deviations: `(P,)` of each coordinate, px.
    """

    joint: Floats
    pose: WeakPerspective
    points: Floats
    deviations: Floats

    def mirrored(self, maps: MirrorMaps, size: int) -> "CodesEstimate":
        """The same of the crop's mirror image, `size` pixels wide; points without a twin are NaN
        there, and their deviations."""
        places = mirrored_points(self.points, size)
        return CodesEstimate(
            maps.codes @ self.joint,
            mirrored_pose(self.pose, size),
            maps.opposite(places, np.full_like(places, np.nan)),
            maps.opposite(self.deviations, np.full_like(self.deviations, np.nan)),
        )

    def joined(self, other: "CodesEstimate") -> "CodesEstimate":
        """The mean of both, with this one's pose; points that `other` does not know stay."""
        return CodesEstimate(
            0.5 * (self.joint + other.joint),
            self.pose,
            np.nanmean([self.points, other.points], axis=0),
            np.nanmean([self.deviations, other.deviations], axis=0),
        )


class CodesNetwork:
    """A trained `PhotoCodes`.

    Args:
        file: weights of kind `photo-codes`: `network.…`, `rows` `(P,)`, `prior_deviation` `(K,)`,
            and what `PersonShape` keeps.
        model: whose codes and template they speak of.
        device: where it runs.

    Attributes:
        size: S, pixels per side of a crop.
        rows: `(P,)` template vertices that the points show.
        prior_deviation: `(K,)` of the codes' errors.
        person: what is known of the errors of refined shapes, None in weights without it.
        mirror: what its answers are in the mirror, likewise.

    Raises:
        WeightsError: missing, damaged, or made for another model.
    """

    def __init__(self, file: Path, model: FaceModel, device: str) -> None:
        weights = load_weights(file, KIND)
        try:
            self._factor = float(weights.header.config.get("points_factor", 1.0))
            config = _read_config(weights.header.config)
            self.rows = weights.tensors["rows"].astype(np.int64)
            self.prior_deviation = weights.tensors["prior_deviation"].astype(np.float64)
            self.person = PersonShape.of(weights.tensors)
            self.mirror = MirrorMaps.of(weights.tensors, config.codes, config.points)
            self._network = _read_network(config, weights.tensors)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise WeightsError(
                f"{file} is not whole ({str(error)[:200]}). Install Lineament again."
            ) from error
        codes = sum(part.size for part in model.parts)
        vertices = len(model.template.vertices)
        shape = codes - model.parts[-1].size
        other = self.person is not None and len(self.person.between) != shape
        if config.codes != codes or other or (self.rows >= vertices).any():
            raise WeightsError(
                f"{file} was made for another face model: {config.codes} codes, this one has "
                f"{codes}. Install Lineament again."
            )
        self.size = config.size
        self._device = torch.device(device)
        self._network.to(self._device)
        if self._device.type == "cpu":
            pack_convolutions(self._network, *_example(config))
        self._rest = model.template.vertices[self.rows].astype(np.float64)

    def estimate(self, looks: Sequence[Look]) -> list[CodesEstimate]:
        """What is in each of `looks`, in pixels of its crop."""
        half, starts = self.size / 2, [look.pose for look in looks]
        start = PhotoStart(
            self._tensor([look.five / half - 1.0 for look in looks]),
            self._tensor([pose.rotation for pose in starts]),
            self._tensor([pose.scale / half for pose in starts]),
            self._tensor([pose.translation / half - 1.0 for pose in starts]),
            self._tensor([pose.project(self._rest) / half - 1.0 for pose in starts]),
        )
        pixels = torch.from_numpy(np.stack([look.pixels for look in looks])).to(self._device)
        with torch.inference_mode(), alone_if_few():
            output = self._network(normalised_images(pixels), start)
        return [self._read(output, row) for row in range(len(looks))]

    def _tensor(self, rows: Sequence[Any]) -> torch.Tensor:
        return torch.from_numpy(np.stack(rows).astype(np.float32)).to(self._device)

    def _read(self, output: PhotoCodesOutput, row: int) -> CodesEstimate:
        half = self.size / 2

        def array(values: torch.Tensor) -> Floats:
            return values[row].cpu().numpy().astype(np.float64)

        # Single precision is not orthonormal enough for a pose.
        left, _, right = np.linalg.svd(array(output.rotations))
        pose = WeakPerspective(
            left @ right,
            half * float(output.scales[row]),
            half * (array(output.translations) + 1.0),
        )
        spread = self._factor * PER_COORDINATE * half * np.exp(array(output.log_deviations))
        return CodesEstimate(array(output.codes), pose, half * (array(output.points) + 1.0), spread)


def _read_config(config: Mapping[str, Any]) -> PhotoCodesConfig:
    values = {name: config[name] for name in ("size", "codes", "points", "grid", "hidden", "map")}
    return PhotoCodesConfig(BackboneConfig(**config["backbone"]), **values)


def _example(config: PhotoCodesConfig) -> tuple[Tensor, PhotoStart]:
    """What the network is called with for one photograph."""
    five, points = torch.zeros(LOOKS, 5, 2), torch.zeros(LOOKS, config.points, 2)
    turns, places = torch.eye(3).expand(LOOKS, 3, 3), torch.zeros(LOOKS, 2)
    images = torch.zeros(LOOKS, 3, config.size, config.size)
    return images, PhotoStart(five, turns, torch.ones(LOOKS), places, points)


def _read_network(config: PhotoCodesConfig, tensors: Mapping[str, NDArray]) -> PhotoCodes:
    network = PhotoCodes(config)
    state = {
        name.removeprefix(NETWORK): torch.from_numpy(np.array(array))
        for name, array in tensors.items()
        if name.startswith(NETWORK)
    }
    missing, extra = network.load_state_dict(state, strict=False)
    # What batch normalisation counts while it learns is not stored.
    lost = [name for name in missing if not name.endswith("num_batches_tracked")]
    if lost or extra:
        raise ValueError(f"tensors missing: {lost[:3]}, not known: {list(extra)[:3]}")
    network.eval()
    fold_batch_norms(network)
    return network
