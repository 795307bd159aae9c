"""What a detector says of a set is kept, taken up again, and trained from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, InputError
from engine.photo.reconstruction import FoundFace
from engine.photo.weak_perspective import five_points
from engine.progress import CancelToken
from tests.synthetic_photos import made_up_carrier, made_up_photos
from training.photos.batches import CropBatches
from training.photos.detect import detect_photos
from training.photos.detections import landmark_box
from training.photos.photo_set import (
    ABOUT_FILE,
    DETECTIONS_FILE,
    IMAGES_FILE,
    LABELS,
    LABELS_FILE,
    PhotoSet,
    load_photo_set,
)

COUNT = 12
SHIFT = 9.0
"""How far the detector below is wrong, px."""


class ShiftedDetector:
    """Finds every face but the first, `SHIFT` px too far right and down."""

    def __init__(self, photos: PhotoSet) -> None:
        self._photos, self.asked = photos, 0

    def find(self, pixels: np.ndarray, cancel: CancelToken | None = None) -> tuple[FoundFace, ...]:
        self.asked += 1
        if cancel is not None and self.asked > 5:
            cancel.cancel()
            cancel.check()
        row = next(k for k, image in enumerate(self._photos.images) if (image == pixels).all())
        if row == 0:
            return ()
        landmarks = self._photos.points[row, :68].astype(float)
        points = five_points(landmarks) + SHIFT
        return (FoundFace(landmark_box(landmarks), points, 0.9),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = made_up_photos(made_up_carrier(), COUNT)
    np.save(tmp_path / IMAGES_FILE, photos.images)
    labels = {name: getattr(photos, name) for name in (*LABELS, "rows")}
    np.savez(tmp_path / LABELS_FILE, **labels)
    (tmp_path / ABOUT_FILE).write_text("{}", encoding="utf-8")
    return tmp_path


def test_what_was_found_is_kept_and_not_sought_again(folder: Path) -> None:
    photos = load_photo_set(folder)
    detector = ShiftedDetector(photos)
    assert detect_photos(photos, folder, COUNT, detector) == COUNT - 1
    again = load_photo_set(folder)
    assert again.detected is not None
    assert again.detected.tried.all()
    assert np.isnan(again.detected.points[0]).all()
    true = five_points(photos.points[3, :68].astype(float))
    np.testing.assert_allclose(again.detected.points[3], true + SHIFT, atol=1e-4)
    assert detect_photos(again, folder, COUNT, detector) == COUNT - 1
    assert detector.asked == COUNT


def test_training_starts_from_it_and_measuring_does_not(folder: Path) -> None:
    detect_photos(load_photo_set(folder), folder, COUNT, ShiftedDetector(load_photo_set(folder)))
    photos, carrier = load_photo_set(folder), made_up_carrier()
    chosen = np.tile(np.arange(1, COUNT), 20)

    def shifts(augment: bool, photos: PhotoSet) -> np.ndarray:
        batches = CropBatches(photos, np.arange(COUNT), carrier.rest[:68], 32, augment=augment)
        found = batches._detect(chosen, np.random.default_rng(0))
        true = np.stack([five_points(photos.points[k, :68].astype(float)) for k in chosen])
        return (found - true)[..., 0].mean(1)

    assert 0.6 < (shifts(True, photos) > SHIFT - 2.0).mean() < 0.8
    assert np.abs(shifts(False, photos)).max() < 2.0
    assert np.abs(shifts(True, replace(photos, detected=None))).max() < 3.0


def test_a_cancelled_search_leaves_the_set_as_it_was(folder: Path) -> None:
    photos = load_photo_set(folder)
    with pytest.raises(Cancelled):
        detect_photos(photos, folder, COUNT, ShiftedDetector(photos), cancel=CancelToken())
    assert load_photo_set(folder).detected is None


def test_a_damaged_file_is_refused(folder: Path) -> None:
    (folder / DETECTIONS_FILE).write_bytes(b"PK\x03\x04 no")
    with pytest.raises(InputError, match="photos detect"):
        load_photo_set(folder)
    np.savez(folder / DETECTIONS_FILE, tried=np.zeros(3, bool), points=np.zeros((3, 5, 2)))
    with pytest.raises(InputError, match="12 photographs"):
        load_photo_set(folder)
