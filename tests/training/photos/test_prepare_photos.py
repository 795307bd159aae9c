import json
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import Cancelled, InputError
from engine.progress import CancelToken
from tests.training.photos.tiny_studio import tiny_rows, tiny_studio
from training.cli import main
from training.photos import prepare
from training.photos.photo_set import load_photo_set
from training.photos.prepare import OpenStudio, PrepareSetting, prepare_photos, render_set
from training.photos.rendering.studio import StudioSetting
from training.photos.unfinished_set import PARTS_FOLDER, POINTS_FILE

STUDIO = StudioSetting(size=48, seed=5)
SETTING = PrepareSetting(count=10, people=4, studio=STUDIO)


@pytest.fixture(scope="module")
def opened():
    return OpenStudio(tiny_studio(STUDIO), tiny_rows())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(prepare, "BLOCK", 4)
    monkeypatch.setattr(prepare, "BATCH", 3)


@pytest.mark.parametrize(("count", "people"), [(10, 4), (40, 13), (7, 7), (5, 1)])
def test_every_photograph_has_its_own_pair_and_everybody_is_shown(count, people):
    setting = PrepareSetting(count, people)
    pairs = [setting.pair(index) for index in range(count)]
    assert len(set(pairs)) == count
    assert {person for person, _ in pairs} == set(range(people))
    for person in range(people):
        numbers = [number for who, number in pairs if who == person]
        assert numbers == list(range(len(numbers)))


def test_a_set_can_be_read_back(opened, tmp_path):
    seen = []
    render_set(opened, tmp_path / "set", SETTING, lambda share, text: seen.append(share))
    photos = load_photo_set(tmp_path / "set")
    assert len(photos) == 10
    assert photos.images.shape == (10, 48, 48, 3)
    assert photos.codes.shape == (10, 5)
    assert photos.points.shape == (10, len(opened.rows), 2)
    assert photos.people.tolist() == [SETTING.pair(index)[0] for index in range(10)]
    assert np.array_equal(photos.rows, opened.rows)
    assert (photos.images.reshape(10, -1).std(1) > 2).all()
    assert photos.about["studio"]["seed"] == 5
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert not (tmp_path / "set" / PARTS_FOLDER).exists()


def test_workers_and_an_interruption_change_nothing(opened, tmp_path):
    render_set(opened, tmp_path / "whole", SETTING)
    token = CancelToken()
    with pytest.raises(Cancelled):
        render_set(opened, tmp_path / "set", SETTING, lambda share, text: token.cancel(), token)
    with pytest.raises(InputError, match="not a set of photographs"):
        load_photo_set(tmp_path / "set")
    two = PrepareSetting(count=10, people=4, workers=2, studio=STUDIO)
    render_set(opened, tmp_path / "set", two)
    first, second = load_photo_set(tmp_path / "whole"), load_photo_set(tmp_path / "set")
    assert np.array_equal(first.images, second.images)
    assert np.allclose(first.points, second.points, atol=1e-3)


def test_another_folders_files_stay_untouched(opened, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is not empty"):
        render_set(opened, tmp_path, SETTING)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_an_unfinished_set_is_not_continued_with_other_options(opened, tmp_path):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        render_set(opened, tmp_path / "set", SETTING, cancel=token)
    other = PrepareSetting(count=12, people=4, studio=STUDIO)
    with pytest.raises(InputError, match="not made with these options"):
        render_set(opened, tmp_path / "set", other)
    noted = tmp_path / "set" / PARTS_FOLDER / "photos.json"
    assert json.loads(noted.read_text())["count"] == 10


@pytest.mark.parametrize("change", ["rows", "template", "motion"])
def test_an_unfinished_set_is_not_continued_with_other_points(opened, tmp_path, change):
    token = CancelToken()
    with pytest.raises(Cancelled):
        render_set(opened, tmp_path / "set", SETTING, lambda share, text: token.cancel(), token)
    studio, rows = tiny_studio(STUDIO), tiny_rows()
    if change == "rows":
        rows = rows[::-1].copy()
    elif change == "template":
        studio.places = replace(studio.places, rest=studio.places.rest + np.float32(0.5))
    else:
        studio.places = replace(studio.places, motion=1.1 * studio.places.motion)
    parts = tmp_path / "set" / PARTS_FOLDER
    before = sorted(file.name for file in parts.iterdir())
    with pytest.raises(InputError, match="another version of the face model"):
        render_set(OpenStudio(studio, rows), tmp_path / "set", SETTING)
    assert sorted(file.name for file in parts.iterdir()) == before
    # As it was begun, it can be finished.
    render_set(OpenStudio(tiny_studio(STUDIO), tiny_rows()), tmp_path / "set", SETTING)
    assert len(load_photo_set(tmp_path / "set")) == 10


def test_a_set_that_noted_no_points_is_not_continued(opened, tmp_path):
    token = CancelToken()
    with pytest.raises(Cancelled):
        render_set(opened, tmp_path / "set", SETTING, lambda share, text: token.cancel(), token)
    (tmp_path / "set" / PARTS_FOLDER / POINTS_FILE).unlink()
    with pytest.raises(InputError, match="another version of the face model"):
        render_set(opened, tmp_path / "set", SETTING)


def test_a_bad_source_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"generic_neutral_mesh\.obj"):
        prepare_photos(tmp_path, tmp_path / "set", SETTING)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--count", "0"], "--count"),
        (["--count", "4", "--people", "9"], "--people"),
        (["--workers", "0"], "--workers"),
        (["--size", "8"], "--size"),
    ],
)
def test_options_out_of_range_are_refused(options, message, tmp_path, capsys):
    out = str(tmp_path / "set")
    arguments = ["photos", "prepare", "--source", str(tmp_path), "-o", out, *options]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
