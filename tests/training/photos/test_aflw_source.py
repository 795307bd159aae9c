"""300W-LP and AFLW2000-3D: tiny folders in the sets' own layouts, sound and unsound."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from tests.training.photos.tiny_aflw import (
    MODEL,
    POSE,
    SEEN,
    SIDE,
    TURN,
    parameters,
    photograph,
    their_rotation,
    write_300w_lp,
    write_aflw2000,
)
from training.photos.aflw_labels import read_aflw_folder
from training.photos.aflw_source import read_aflw


def test_aflw2000_is_read(tmp_path: Path) -> None:
    first, second = read_aflw_folder(write_aflw2000(tmp_path))
    assert first.image == tmp_path / "image00002.jpg"
    assert (first.person, second.person) == ("image00002", "image00004")
    np.testing.assert_allclose(first.landmarks, SEEN)
    np.testing.assert_allclose(first.depths, np.arange(68))
    np.testing.assert_allclose(first.pose, np.degrees(TURN))
    np.testing.assert_allclose(first.rotation, POSE.rotation, atol=1e-12)
    np.testing.assert_allclose(first.box, [*SEEN.min(axis=0), *SEEN.max(axis=0)])


def test_300w_lp_is_read(tmp_path: Path) -> None:
    plain, variant, mirrored = read_aflw_folder(write_300w_lp(tmp_path))
    assert plain.person == variant.person == mirrored.person == "AFW_134212_1"
    np.testing.assert_allclose(plain.landmarks, SEEN)
    assert np.isnan(plain.depths).all()
    outline = read_aflw_folder(tmp_path, outline=True)
    np.testing.assert_allclose(outline[0].landmarks, SEEN + 1)
    one_subset = read_aflw_folder(tmp_path / "AFW")
    assert [photo.image.name for photo in one_subset] == [plain.image.name, variant.image.name]


def test_mirrored_photographs_have_mirrored_landmarks(tmp_path: Path) -> None:
    mirrored = read_aflw_folder(write_300w_lp(tmp_path))[2]
    assert mirrored.image.parent.name == "AFW_Flip"
    # The subject's right jaw, brow, eye and mouth corner change places with the left.
    for place, other in ((0, 16), (8, 8), (17, 26), (21, 22), (30, 30), (31, 35), (36, 45)):
        np.testing.assert_allclose(mirrored.landmarks[place], SEEN[other] * (-1, 1) + (SIDE, 0))
    for place, other in ((41, 46), (39, 42), (48, 54), (55, 59), (60, 64), (67, 65), (57, 57)):
        np.testing.assert_allclose(mirrored.landmarks[place], SEEN[other] * (-1, 1) + (SIDE, 0))
    # Mirrored twice is as before, and a mirrored face keeps the order along jaw and lips.
    turned = mirrored.landmarks[:17, 0]
    assert (np.diff(turned[[0, 8, 16]]) > 0).all()


def test_a_photo_set_is_made(tmp_path: Path) -> None:
    photos = read_aflw(write_aflw2000(tmp_path), MODEL)
    assert photos.images.shape == (2, SIDE, SIDE, 3)
    assert photos.images[0, 2, 2].min() > 230
    assert photos.images[0, 40, 40].max() < 60
    assert photos.codes.shape == (2, sum(part.size for part in MODEL.parts))
    assert np.isnan(photos.codes).all()
    np.testing.assert_allclose(photos.points[1], SEEN, atol=1e-3)
    np.testing.assert_array_equal(photos.rows, MODEL.landmarks)
    np.testing.assert_allclose(photos.rotations[0], POSE.rotation, atol=0.02)
    np.testing.assert_allclose(photos.scales, 1.4, rtol=0.01)
    assert photos.people.tolist() == [0, 1]
    inside = ((SEEN >= 0) & (SEEN < SIDE)).all(axis=1)
    np.testing.assert_array_equal(photos.visible[0], inside)
    assert inside.all()


def test_variants_show_one_person(tmp_path: Path) -> None:
    assert read_aflw(write_300w_lp(tmp_path), MODEL, size=90).people.tolist() == [0, 0, 0]


def test_photographs_of_other_shapes_are_fitted_in(tmp_path: Path) -> None:
    write_aflw2000(tmp_path, ("a",))
    wide = np.full((100, 200, 3), 200, np.uint8)
    Image.fromarray(wide).save(tmp_path / "a.jpg")
    photos = read_aflw(tmp_path, MODEL, size=100)
    assert photos.images[0, :20].max() < 30
    assert photos.images[0, 30:70].min() > 180
    np.testing.assert_allclose(photos.points[0], SEEN / 2 + (0, 25), atol=1e-3)


def test_folders_without_photographs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no photographs. Name the folder of AFLW2000-3D"):
        read_aflw_folder(tmp_path)
    with pytest.raises(InputError, match="There is no folder"):
        read_aflw_folder(tmp_path / "missing")


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    write_aflw2000(tmp_path)
    file = tmp_path / "image00004.mat"
    sound = file.read_bytes()
    for content in (b"", b"MATLAB 5.0 but not really", sound[:200], sound[:-1000]):
        file.write_bytes(content)
        with pytest.raises(InputError, match=r"image00004\.mat (is damaged|has no field)"):
            read_aflw_folder(tmp_path)
    file.unlink()
    with pytest.raises(InputError, match=r"no file .*image00004\.mat"):
        read_aflw_folder(tmp_path)


def test_damaged_bytes_never_get_through(tmp_path: Path) -> None:
    write_aflw2000(tmp_path, ("a",))
    sound = (tmp_path / "a.mat").read_bytes()
    rng = np.random.default_rng(4)
    for _ in range(60):
        content = bytearray(sound)
        for place in rng.integers(0, len(content), 6):
            content[place] = rng.integers(256)
        (tmp_path / "a.mat").write_bytes(content)
        try:
            photos = read_aflw_folder(tmp_path)
        except InputError:
            continue
        assert photos[0].landmarks.shape == (68, 2)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("pt3d_68", np.zeros((3, 21)), r"pt3d_68 has shape \(3, 21\)"),
        ("pt3d_68", np.full((3, 68), np.nan), "expected finite numbers"),
        ("Pose_Para", np.zeros((1, 3)), r"Pose_Para has shape \(1, 3\)"),
        ("Pose_Para", np.array(["yaw"]), "Pose_Para has shape"),
        ("Pose_Para", None, "has no field Pose_Para"),
    ],
)
def test_other_layouts_are_refused(
    tmp_path: Path, field: str, value: NDArray | None, words: str
) -> None:
    photograph(tmp_path, "a")
    labels = parameters() | {"pt3d_68": np.zeros((3, 68))} | {field: value}
    savemat(tmp_path / "a.mat", {name: held for name, held in labels.items() if held is not None})
    with pytest.raises(InputError, match=rf"a\.mat.*{words}"):
        read_aflw_folder(tmp_path)


def test_landmark_files_that_are_missing_are_named(tmp_path: Path) -> None:
    write_300w_lp(tmp_path)
    (tmp_path / "landmarks" / "AFW" / "AFW_134212_1_1_pts.mat").unlink()
    with pytest.raises(InputError, match=r"no file .*AFW_134212_1_1_pts\.mat"):
        read_aflw_folder(tmp_path)


def test_a_damaged_photograph_is_named(tmp_path: Path) -> None:
    write_aflw2000(tmp_path)
    (tmp_path / "image00002.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    with pytest.raises(InputError, match=r"image00002\.jpg"):
        read_aflw(tmp_path, MODEL)


def test_the_rotation_turns_the_way_published() -> None:
    # The published yaw is positive for a nose on the image's left.
    assert their_rotation(0, 0.5, 0)[0, 2] < 0
    assert Rotation.from_matrix(POSE.rotation).magnitude() > 0.4
