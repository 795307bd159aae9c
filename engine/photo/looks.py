"""A look at a face in a photograph, as a network gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.photo.crop import Crop, cut, head_crop
from engine.photo.mean_head import pose_mean_heads
from engine.photo.mirror_maps import OTHER_FIVE, mirrored_points, mirrored_pose
from engine.photo.reconstruction import PhotoFace
from engine.photo.weak_perspective import WeakPerspective

if TYPE_CHECKING:
    from engine.photo.codes_network import CodesEstimate, CodesNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A crop `(S, S, 3)` of a face, where it was cut, and the detector's points `(5, 2)` and the
    mean head's pose on them, in pixels of the crop."""

    pixels: NDArray[np.uint8]
    crop: Crop
    five: NDArray[np.float64]
    pose: WeakPerspective

    def mirrored(self) -> "Look":
        """The same in the mirror; `crop` stays that of the face itself."""
        width = float(self.crop.size)
        return Look(
            self.pixels[:, ::-1],
            self.crop,
            mirrored_points(self.five, width)[list(OTHER_FIVE)],
            mirrored_pose(self.pose, width),
        )


def look_at(model: FaceModel, faces: Sequence[PhotoFace], size: int) -> list[Look]:
    """Each of `faces` in a crop of `size` pixels, where its five points say."""
    points = np.stack([face.found.points for face in faces])
    looks = []
    for face, pose in zip(faces, pose_mean_heads(model, points), strict=True):
        crop = head_crop(pose, size)
        five = crop.to_crop(face.found.points)
        looks.append(Look(cut(face.pixels, crop), crop, five, pose.through(crop.matrix)))
    return looks


def estimate_looks(
    network: "CodesNetwork", looks: Sequence[Look], twice: bool = False
) -> list["CodesEstimate"]:
    """What `network` says of each look.

    Args:
        twice: each is seen in the mirror, too, if the network knows what follows: errors that a
            face and its mirror image do not share average out. All go through in one pass.
    """
    maps = network.mirror if twice else None
    if maps is None:
        return network.estimate(looks)
    found = network.estimate([*looks, *(look.mirrored() for look in looks)])
    pairs = zip(found[: len(looks)], found[len(looks) :], strict=True)
    return [first.joined(second.mirrored(maps, network.size)) for first, second in pairs]
