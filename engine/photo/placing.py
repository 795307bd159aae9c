"""Puts a face's five points where a network sees them, before the network looks in earnest.

A detector's points are off by a centimetre and more where a head is turned. The network's own,
found from a crop by the detector's, make a better crop, and so on until they stay where they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.models.protocol import FaceModel
from engine.photo.looks import Look, estimate_looks, look_at
from engine.photo.point_basis import places_among
from engine.photo.reconstruction import PhotoFace
from engine.photo.weak_perspective import five_points

if TYPE_CHECKING:
    from engine.photo.codes_network import CodesEstimate, CodesNetwork

PLACINGS = 3
"""How often at most a face is placed."""
SETTLED_MM = 4.0
"""A face whose five points moved by more on an average is placed once more."""


def place_again(
    model: FaceModel, network: "CodesNetwork", faces: Sequence[PhotoFace]
) -> list[PhotoFace]:
    """The faces with five points by the network; as they are if it does not know landmarks."""
    landmarks = places_among(network.rows, model.landmarks)
    if (landmarks < 0).any():
        return list(faces)
    placed, moving = list(faces), list(range(len(faces)))
    for _ in range(PLACINGS):
        looks = look_at(model, [placed[k] for k in moving], network.size)
        estimates = estimate_looks(network, looks)
        still_moving = []
        for k, look, estimate in zip(moving, looks, estimates, strict=True):
            points = five_points(estimate.points[landmarks])
            if _moved_mm(points, look, estimate) > SETTLED_MM:
                still_moving.append(k)
            found = replace(placed[k].found, points=look.crop.to_image(points))
            placed[k] = replace(placed[k], found=found)
        moving = still_moving
        if not moving:
            break
    return placed


def _moved_mm(points: np.ndarray, look: Look, estimate: "CodesEstimate") -> float:
    """Mean distance of `points` `(5, 2)` px of the crop from where the look was taken."""
    return float(np.linalg.norm(points - look.five, axis=1).mean() / estimate.pose.scale)
