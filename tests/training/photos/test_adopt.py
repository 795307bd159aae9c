"""Photographs of other sets made into one to train with."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import assets
from engine.errors import Cancelled, InputError
from engine.photo.mean_head import mean_landmarks
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, ignore_progress
from tests.training.photos.tiny_aflw import MODEL, SEEN, SIDE, write_300w_lp, write_aflw2000
from tests.training.photos.tiny_face_model import face_photos, tiny_face_model
from training.cli import main
from training.photos.adopt import AdoptSetting, adopt_photos
from training.photos.batches import CropBatches
from training.photos.coded_rows import coded_rows
from training.photos.mixed_batches import MixedBatches
from training.photos.photo_set import PhotoSet, load_photo_set

ROWS = np.concatenate([MODEL.landmarks, [3, 5, 9]]).astype(np.int64)
SIZE = 96


def adopted(tmp_path: Path, source: Path, rows: np.ndarray = ROWS) -> PhotoSet:
    adopt_photos(source, tmp_path / "set", MODEL, AdoptSetting(SIZE, rows))
    return load_photo_set(tmp_path / "set")


def test_landmarks_and_pose_are_known_and_nothing_else(tmp_path: Path) -> None:
    photos = adopted(tmp_path, write_aflw2000(tmp_path / "AFLW2000"))
    assert photos.images.shape == (2, SIZE, SIZE, 3)
    assert photos.about["kind"] == "aflw"
    assert np.isnan(photos.codes).all()
    assert photos.codes.shape == (2, sum(part.size for part in MODEL.parts))
    np.testing.assert_array_equal(photos.rows, ROWS)
    assert np.isnan(photos.points[:, 68:]).all()
    assert not photos.visible[:, 68:].any()
    # The mean head was photographed, so its pose gives its landmarks.
    pose = WeakPerspective(photos.rotations[0], photos.scales[0], photos.translations[0])
    np.testing.assert_allclose(
        pose.project(mean_landmarks(MODEL)), photos.points[0, :68], atol=0.05 * SIZE
    )
    assert photos.people.tolist() == [0, 1]


def test_heads_are_as_large_as_rendered_ones(tmp_path: Path) -> None:
    photos = adopted(tmp_path, write_aflw2000(tmp_path / "AFLW2000"))
    np.testing.assert_allclose(210.0 * photos.scales / SIZE, 1 / 1.22)
    # One similarity takes the photograph's landmarks to the crop's, unturned.
    marks = photos.points[0, :68]
    factor = (marks[16] - marks[0]) / (SEEN[16] - SEEN[0])
    np.testing.assert_allclose(factor, factor[0], rtol=1e-3)


def test_the_photograph_lies_where_its_landmarks_say(tmp_path: Path) -> None:
    source = write_aflw2000(tmp_path / "AFLW2000", ("image00002",))
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    x, y = np.rint(SEEN[30]).astype(int)
    pixels[y - 8 : y + 8, x - 8 : x + 8] = 255
    Image.fromarray(pixels).save(source / "image00002.jpg", quality=95)
    photos = adopted(tmp_path, source)
    rows, columns = np.nonzero(photos.images[0, :, :, 1] > 128)
    middle = np.array([columns.mean(), rows.mean()]) + 0.5
    np.testing.assert_allclose(middle, photos.points[0, 30], atol=0.6)


def test_variants_and_mirror_images_show_one_person(tmp_path: Path) -> None:
    photos = adopted(tmp_path, write_300w_lp(tmp_path / "300W_LP"))
    assert photos.people.tolist() == [0, 0, 0]


def test_it_mixes_with_rendered_photographs(tmp_path: Path) -> None:
    model = tiny_face_model()
    rendered = face_photos(model, 4)
    source = write_aflw2000(tmp_path / "AFLW2000")
    adopt_photos(source, tmp_path / "set", model, AdoptSetting(SIZE, rendered.rows))
    photos = load_photo_set(tmp_path / "set")
    marks = model.template.vertices[model.landmarks]
    sets = [CropBatches(one, np.arange(len(one)), marks, 32) for one in (rendered, photos)]
    batch = MixedBatches(sets).draw(40, np.random.default_rng(0))
    known = np.isfinite(batch.codes.numpy()).all(1)
    assert 0 < known.sum() < 40
    assert np.isnan(batch.points[~known, 68:].numpy()).all()
    assert np.isfinite(batch.points[:, :68].numpy()).all()
    assert np.isfinite(batch.images.numpy()).all()
    with pytest.raises(InputError, match="None of the photographs has codes"):
        coded_rows(model, photos)


def test_what_is_there_stays_and_what_is_broken_leaves_nothing(tmp_path: Path) -> None:
    source, output = write_aflw2000(tmp_path / "AFLW2000"), tmp_path / "set"
    setting = AdoptSetting(SIZE, ROWS)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        adopt_photos(source, output, MODEL, setting, ignore_progress, token)
    assert not list(output.iterdir())
    (output / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is not empty"):
        adopt_photos(source, output, MODEL, setting)
    assert [file.name for file in output.iterdir()] == ["letter.txt"]
    with pytest.raises(InputError, match="do not begin with the landmarks"):
        adopt_photos(source, tmp_path / "other", MODEL, AdoptSetting(SIZE, ROWS[::-1]))
    with pytest.raises(InputError, match="--size"):
        AdoptSetting(8, ROWS)


def test_the_command_takes_the_points_of_another_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "load_model", lambda *_: MODEL)
    source = write_300w_lp(tmp_path / "300W_LP")
    adopted(tmp_path, source)
    out, like = str(tmp_path / "out"), str(tmp_path / "set")
    arguments = ["photos", "adopt", "--source", str(source), "-o", out, "--like", like]
    assert main([*arguments, "--size", "64"]) == 0
    assert "3 photographs with landmarks" in capsys.readouterr().out
    photos = load_photo_set(tmp_path / "out")
    assert photos.images.shape == (3, 64, 64, 3)
    np.testing.assert_array_equal(photos.rows, ROWS)
    assert main([*arguments[:2], "--source", str(tmp_path / "none"), *arguments[4:]]) == 2
    assert "There is no folder" in capsys.readouterr().err
