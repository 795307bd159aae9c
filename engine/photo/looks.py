"""Several looks at one face: a network's errors that change with the crop average out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.photo.crop import Crop, cut, head_crop
from engine.photo.mean_head import pose_mean_heads
from engine.photo.reconstruction import PhotoFace
from engine.photo.weak_perspective import WeakPerspective

if TYPE_CHECKING:
    from engine.photo.codes_network import CodesEstimate, CodesNetwork

GROWTHS = (1.0, 1.05, 0.95)
"""What the detector's points are grown by about their middle, for each look."""
TURNS = (0.0, 3.0, -3.0)
"""What they are turned by, degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A crop `(S, S, 3)` of a face, where it was cut, and the detector's points `(5, 2)` and the
    mean head's pose on them, in pixels of the crop."""

    pixels: NDArray[np.uint8]
    crop: Crop
    five: NDArray[np.float64]
    pose: WeakPerspective


def look_again(
    model: FaceModel, face: PhotoFace, size: int, count: int = len(GROWTHS)
) -> tuple[Look, ...]:
    """`count` looks at a face, in crops of `size` pixels; the first is where the detector says."""
    points = face.found.points
    middle = points.mean(0)
    changed = []
    for growth, turn in zip(GROWTHS[:count], np.radians(TURNS[:count]), strict=True):
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        changed.append((points - middle) @ (growth * rotation.T) + middle)
    looks = []
    for moved, start in zip(changed, pose_mean_heads(model, np.stack(changed)), strict=True):
        crop = head_crop(start, size)
        looks.append(
            Look(cut(face.pixels, crop), crop, crop.to_crop(moved), start.through(crop.matrix))
        )
    return tuple(looks)


def estimate_looks(
    network: "CodesNetwork", looks: Sequence[Sequence[Look]]
) -> list["CodesEstimate"]:
    """One estimate for each face from its looks, all in one pass of the network."""
    flat = [look for several in looks for look in several]
    found = iter(
        network.estimate(
            [look.pixels for look in flat],
            [look.five for look in flat],
            [look.pose for look in flat],
        )
    )
    return [join_estimates([next(found) for _ in several], several) for several in looks]


def join_estimates(found: Sequence["CodesEstimate"], looks: Sequence[Look]) -> "CodesEstimate":
    """One estimate in pixels of the first look's crop: the mean of all codes and points."""
    first, crop = found[0], looks[0].crop
    points = [
        crop.to_crop(look.crop.to_image(estimate.points))
        for look, estimate in zip(looks, found, strict=True)
    ]
    scale = np.sqrt(np.linalg.det(crop.matrix[:, :2]))
    deviations = [
        estimate.deviations * scale / np.sqrt(np.linalg.det(look.crop.matrix[:, :2]))
        for look, estimate in zip(looks, found, strict=True)
    ]
    return replace(
        first,
        joint=np.mean([estimate.joint for estimate in found], axis=0),
        points=np.mean(points, axis=0),
        deviations=np.mean(deviations, axis=0),
    )
