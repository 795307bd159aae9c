"""The synthetic head with what the training of Pixel2Mesh asks of a parts model besides."""

from dataclasses import replace
from typing import cast

import numpy as np

from engine.models.carrier import Carrier, PartCarrier
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS
from tests.synthetic_model import SyntheticModel
from tests.synthetic_photos import made_up_photos
from training.photos.photo_set import PhotoSet


class TinyFaceModel(SyntheticModel):
    """The synthetic head and its linear motion as a `Carrier`."""

    def __init__(self) -> None:
        super().__init__(rows=26, columns=34)
        rows = np.arange(len(self.template.vertices))
        parts = {}
        for part in self.parts:
            motion = [self.tangent(part.name, k).reshape(-1) for k in range(part.size)]
            parts[part.name] = PartCarrier(rows, np.stack(motion, axis=1).astype(np.float32))
        self.carrier = Carrier(self.template.vertices, parts)


def tiny_face_model() -> PartsModel:
    """As the parts model that it stands for."""
    return cast(PartsModel, TinyFaceModel())


def face_photos(model: PartsModel, count: int) -> PhotoSet:
    """Photographs of bright spots on the head, whose first 68 points are the landmarks."""
    sizes = [len(model.mean_code().part(part)) for part in PARTS]
    photos = made_up_photos(model.carrier, count, sizes=tuple(sizes))
    rows = np.concatenate([model.landmarks, photos.rows])
    points, visible = photos.points[:, rows], photos.visible[:, rows]
    return replace(photos, rows=rows, points=points, visible=visible)
