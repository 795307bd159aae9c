"""Photos and textures in a document and its file, and how photos follow their faces."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import DocumentError
from engine.models.protocol import PARTS, FaceCode
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import FoundFace
from engine.project import items, untrusted_entries
from engine.project.archive import decode_document, encode_document, open_document, save_document
from engine.project.document import Document, NamedFace
from engine.project.items import ItemRef
from engine.project.named_photo import NamedPhoto
from engine.project.picture import LONGEST_SIDE, Picture
from tests.engine.project.test_archive import rewrite


def code(seed: int = 0) -> FaceCode:
    rng = np.random.default_rng(seed)
    return FaceCode(*(rng.standard_normal(3) for _ in PARTS))


def picture(width: int = 40, height: int = 30) -> Picture:
    y, x = np.mgrid[:height, :width]
    return Picture.of(np.stack([5 * x, 7 * y, x + y], axis=-1).astype(np.uint8))


def found() -> FoundFace:
    return FoundFace(np.array([4.0, 5, 30, 25]), np.arange(10.0).reshape(5, 2), 0.75)


def photo(name: str = "Ada.jpg", face: int | None = None, **more: object) -> NamedPhoto:
    return NamedPhoto(name, picture(), found(), face=face, **more)


def full_photo() -> NamedPhoto:
    c, s = np.cos(0.4), np.sin(0.4)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    camera = NearCamera(turn, 1.5, np.array([20.0, 14]), 1 / 400, np.array([1.0, -8, 60]))
    rng = np.random.default_rng(1)
    return photo(
        "Größe",
        1,
        camera=camera,
        landmarks=rng.uniform(0, 30, (68, 2)),
        confidences=rng.uniform(0, 1, 68),
        expression=np.arange(3, dtype=np.float32),
        visible=False,
    )


def document(*photos: NamedPhoto, active: int = 0) -> Document:
    faces = tuple(
        NamedFace(name, code(k), k == active, texture=picture(8, 8) if name == "b" else None)
        for k, name in enumerate("abc")
    )
    return Document(faces, "m", active, photos=photos)


def with_photo_json(**changes: object) -> bytes:
    content = encode_document(document(full_photo()))
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("document.json"))
    manifest["photos"][0].update(changes)
    return rewrite(content, {"document.json": json.dumps(manifest).encode()})


def with_picture(content: bytes) -> bytes:
    return rewrite(encode_document(document(full_photo())), {"photos/0.jpg": content})


def jpeg(width: int, height: int, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, kind)
    return buffer.getvalue()


def links(document: Document) -> list[tuple[str, str | None]]:
    return [
        (photo.name, None if photo.face is None else document.faces[photo.face].name)
        for photo in document.photos
    ]


def test_cameras_of_older_files_have_no_perspective() -> None:
    turn = np.eye(3).tolist()
    content = with_photo_json(pose={"rotation": turn, "scale": 1.5, "translation": [20, 14]})
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("document.json"))
    manifest["version"] = 3
    after = decode_document(rewrite(content, {"document.json": json.dumps(manifest).encode()}))
    camera = after.photos[0].camera
    assert camera is not None
    assert camera.nearness == 0.0
    np.testing.assert_allclose(camera.project(np.array([[2.0, 4.0, 90.0]])), [[23.0, 8.0]])


def test_photos_and_textures_come_back(tmp_path: Path) -> None:
    before = document(full_photo(), photo())
    save_document(tmp_path / "p.lineament", before)
    after = open_document(tmp_path / "p.lineament")
    first, second = after.photos
    given = before.photos[0]
    assert (first.name, first.face, first.visible) == ("Größe", 1, False)
    assert given.camera is not None
    assert first.camera is not None
    np.testing.assert_array_equal(first.camera.rotation, given.camera.rotation)
    np.testing.assert_array_equal(first.camera.pivot, given.camera.pivot)
    np.testing.assert_allclose(first.camera.centre, [20, 14], atol=1e-9)
    assert (first.camera.scale, first.camera.nearness) == (1.5, 1 / 400)
    for name in ("pixels", "landmarks", "confidences", "expression"):
        np.testing.assert_array_equal(getattr(first, name), getattr(given, name))
    np.testing.assert_array_equal(first.found.points, np.arange(10.0).reshape(5, 2))
    assert first.found.confidence == 0.75
    assert (second.camera, second.landmarks, second.face, second.visible) == (
        None,
        None,
        None,
        True,
    )
    texture = after.faces[1].texture
    assert texture is not None
    np.testing.assert_array_equal(texture.pixels, picture(8, 8).pixels)
    assert after.faces[0].texture is None
    assert encode_document(after) == encode_document(before)


def test_a_picture_is_what_its_file_says() -> None:
    kept = picture(120, 90)
    np.testing.assert_array_equal(Picture.read(kept.content).pixels, kept.pixels)
    y, x = np.mgrid[:90, :120]
    given = np.stack([5 * x, 7 * y, x + y], axis=-1).astype(np.uint8)
    assert (kept.width, kept.height) == (120, 90)
    difference = np.abs(kept.pixels[:25, :50].astype(int) - given[:25, :50])
    assert difference.mean() < 2, "a smooth picture survives the JPEG"
    with pytest.raises(DocumentError, match="uint8"):
        Picture.of(np.zeros((4, 4, 3)))
    with pytest.raises(DocumentError, match="Reduce it first"):
        Picture.of(np.zeros((2, LONGEST_SIDE + 1, 3), np.uint8))


def test_a_large_picture_has_a_small_one_to_be_drawn() -> None:
    pixels = np.zeros((5, 4001, 3), np.uint8)
    pixels[:, 2000:] = 250
    large = Picture.of(pixels)
    assert (large.reduction, large.preview.shape) == (2, (3, 2001, 3))
    assert large.preview[0, 900].max() < 20
    assert large.preview[0, 1100].min() > 230
    small = picture()
    assert small.reduction == 1
    assert small.preview is small.pixels


def test_a_file_of_the_second_format_opens() -> None:
    content = encode_document(document())
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("document.json"))
    manifest["version"] = 2
    del manifest["photos"]
    older = rewrite(content, {"document.json": json.dumps(manifest).encode()})
    assert decode_document(older).photos == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_picture(b"no picture"), r"photos/0\.jpg.*no intact JPEG"),
        (with_picture(picture().content[:300]), r"photos/0\.jpg.*no intact JPEG"),
        (with_picture(jpeg(8, 8, "PNG")), r"photos/0\.jpg.*no intact JPEG"),
        (with_picture(jpeg(LONGEST_SIDE + 8, 8)), r"photos/0\.jpg.*at most 4096 a side"),
        (with_photo_json(name=3), "no name"),
        (with_photo_json(name=" "), "name must have"),
        (with_photo_json(face=7), "belongs to face 8, and the document holds 3"),
        (with_photo_json(face="a"), "photo 1 belongs to face 'a'"),
        (with_photo_json(face=True), "photo 1 belongs to face True"),
        (with_photo_json(found=None), "where its face is"),
        (with_photo_json(found={"box": [1, 2, 3], "points": [], "confidence": 1}), "photo 1"),
        (with_photo_json(pose=[1]), "camera of photo 1"),
        (with_photo_json(pose={"rotation": np.ones((3, 3)).tolist()}), "photo 1"),
        (
            with_photo_json(
                pose={"rotation": np.ones((3, 3)).tolist(), "scale": 1, "translation": [0, 0]}
            ),
            "camera of photo 1 is damaged",
        ),
        (
            with_photo_json(
                pose={
                    **{"rotation": np.eye(3).tolist(), "scale": 1, "translation": [0, 0]},
                    **{"nearness": 0.5, "pivot": [0, 0, 60]},
                }
            ),
            "camera of photo 1 is damaged: A camera needs a scale",
        ),
        (with_photo_json(landmarks=[[1, 2]]), "photo 1"),
        (with_photo_json(landmarks=[[1, "2"]] * 68), "photo 1"),
        (with_photo_json(landmarks=None), "landmarks need confidences"),
        (with_photo_json(confidences=[1e400] * 68), "not finite"),
        (with_photo_json(confidences=[10**400] * 68), "too large"),
        (with_photo_json(expression="smile"), "expression of photo 1"),
        (with_photo_json(visible="yes"), "true or false"),
        (rewrite(encode_document(document(photo())), {"photos/0.jpg": None}), "holds no 'photos"),
    ],
)
def test_damaged_photos_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        decode_document(content)


def test_many_large_photos_are_refused_before_they_are_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = encode_document(document(photo(), photo()))
    monkeypatch.setattr(untrusted_entries, "MAXIMUM_PHOTO_PIXELS", 2000)
    monkeypatch.setattr(Picture, "read", lambda content: pytest.fail("it was unpacked"))
    with pytest.raises(DocumentError, match="Do not trust"):
        decode_document(content)


def test_a_photo_follows_its_face() -> None:
    there = document(photo("x", 0), photo("y", 2), photo("z"), active=1)
    assert links(there) == [("x", "a"), ("y", "c"), ("z", None)]
    added = items.add_face(there, NamedFace("d", code(9)))
    assert [face.name for face in added.faces] == ["a", "b", "d", "c"]
    assert links(added) == [("x", "a"), ("y", "c"), ("z", None)]
    moved = items.move_item(there, ItemRef("face", 2), 0)
    assert links(moved) == [("x", "a"), ("y", "c"), ("z", None)]
    copied = items.duplicate_face(there, 0)
    assert links(copied) == [("x", "a"), ("y", "c"), ("z", None)]
    assert items.photos_of(copied, 0) == (0,)
    removed = items.remove_item(there, ItemRef("face", 0))
    assert links(removed) == [("x", None), ("y", "c"), ("z", None)]
    assert links(items.remove_item(there, ItemRef("face", 2)))[1] == ("y", None)


def test_photos_are_items_like_others() -> None:
    there = document(photo("x", 0), photo("y", 2))
    ref = ItemRef("photo", 1)
    assert items.item_at(there, ref).name == "y"
    assert [p.name for p in items.move_item(there, ref, 0).photos] == ["y", "x"]
    assert items.rename_item(there, ref, " Eve ").photos[1].name == "Eve"
    assert not items.set_visible(there, ref, False).photos[1].visible
    assert [p.name for p in items.remove_item(there, ItemRef("photo", 0)).photos] == ["y"]
    assert items.free_name(there, "y") == "y 2"
    assert items.add_photo(there, photo("n")).photos[-1].name == "n"
    with pytest.raises(DocumentError, match="no photo 3"):
        items.photo_at(there, 2)


def test_photos_stay_when_a_face_is_shown_alone() -> None:
    there = document(photo("x", 0), photo("y", 2, visible=False))
    alone = items.solo(there, ItemRef("face", 2))
    assert [face.visible for face in alone.faces] == [False, False, True]
    assert [p.visible for p in alone.photos] == [True, False]
    again = items.solo(alone, ItemRef("photo", 0))
    assert [p.visible for p in again.photos] == [False, False]
    assert again.faces == alone.faces


def test_a_photo_says_what_it_cannot_be() -> None:
    with pytest.raises(DocumentError, match="landmarks must have shape"):
        photo(landmarks=np.zeros((5, 2)), confidences=np.zeros(68))
    with pytest.raises(DocumentError, match="finite"):
        photo(landmarks=np.full((68, 2), np.nan), confidences=np.zeros(68))
    with pytest.raises(DocumentError, match="belongs to face 4"):
        document(photo(face=3))
