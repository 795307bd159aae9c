"""What is measured of a network's errors is written into its weights and used."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from engine.errors import Cancelled, InputError
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS
from engine.photo.codes_method import CodesMethod
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.weak_perspective import five_points
from engine.progress import CancelToken
from engine.weights import load_weights
from tests.engine.photo.known_faces import BASIS, MODEL
from tests.engine.photo.tiny_codes_network import save_tiny_network
from training.photos.codes.calibrate import ABOUT, calibrate
from training.photos.codes.export import KIND
from training.photos.detections import landmark_box
from training.photos.photo_set import PhotoSet

SHAPE = sum(len(MODEL.mean_code().part(part)) for part in PARTS[:-1])
SIZE = sum(len(MODEL.mean_code().part(part)) for part in PARTS)


def photographs(people: int) -> PhotoSet:
    """Noise in which labels say that there are faces, three of each person."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(people), 3)
    codes = rng.standard_normal((people, SIZE)).astype(np.float32)[owner]
    scale, middle = 0.25, np.array([48.0, 48.0])
    points = np.stack([BASIS.points(code)[:, :2] * (scale, -scale) + middle for code in codes])
    return PhotoSet(
        rng.integers(0, 255, (len(owner), 96, 96, 3)).astype(np.uint8),
        codes,
        np.tile(np.eye(3), (len(owner), 1, 1)),
        np.full(len(owner), scale),
        np.tile(middle, (len(owner), 1)),
        points.astype(np.float32),
        np.ones(points.shape[:2], bool),
        owner,
        BASIS.rows,
        {"name": "made up"},
    )


def test_weights_learn_how_they_err(tmp_path: Path) -> None:
    file, photos = tmp_path / "codes.safetensors", photographs(4)
    save_tiny_network(file)
    face = PhotoFace(
        photos.images[0],
        FoundFace(landmark_box(photos.points[0, :68]), five_points(photos.points[0, :68]), 1.0),
    )
    before = CodesMethod(file, MODEL, "cpu").reconstruct(face).code
    told: list[float] = []
    calibrate(file, [photos], cast(PartsModel, MODEL), lambda share, _: told.append(share))
    weights = load_weights(file, KIND)
    assert weights.tensors["person_between"].shape == (SHAPE, SHAPE)
    assert weights.header.training[ABOUT] == [{"name": "made up"}]
    assert len(told) >= len(photos)
    method = CodesMethod(file, MODEL, "cpu")
    after, alone = method.reconstruct(face).code, method.refined_alone(face)
    assert before is not None
    assert after is not None
    assert np.allclose(alone.nose, before.nose, atol=1e-4), "what it corrects stays as it was"
    assert np.abs(after.nose - before.nose).max() > 1e-3


def test_photographs_of_nobody_known_are_refused(tmp_path: Path) -> None:
    file, photos = tmp_path / "codes.safetensors", photographs(2)
    save_tiny_network(file)
    kept = file.read_bytes()
    model = cast(PartsModel, MODEL)
    unknown = replace(photos, codes=np.full_like(photos.codes, np.nan))
    with pytest.raises(InputError, match="whose face"):
        calibrate(file, [unknown], model)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        calibrate(file, [photos], model, cancel=cancel)
    assert file.read_bytes() == kept
