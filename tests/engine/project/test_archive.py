"""The `.lineament` file: what goes in comes out, and nothing damaged gets in."""

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from engine.errors import DocumentError
from engine.models.protocol import PARTS, FaceCode
from engine.project import archive, untrusted_entries
from engine.project.archive import (
    decode_document,
    encode_document,
    open_document,
    save_document,
)
from engine.project.document import Camera, Document, NamedFace, ViewSettings

SIZES = {"nose": 4, "eyes": 3, "mouth": 5, "head": 6, "expression": 7}

AXES = ("position", "target", "up")


def make_code(seed: int) -> FaceCode:
    rng = np.random.default_rng(seed)
    return FaceCode(**{part: rng.standard_normal(size) for part, size in SIZES.items()})


def make_document(seed: int = 0) -> Document:
    view = ViewSettings(
        camera=Camera((0.5, -1.25, 600.0), (0.0, 1e-3, 0.0), (0.0, 1.0, 0.0)),
        wireframe=True,
        topology="template",
        resolution=256,
        locked=("nose", "mouth"),
    )
    faces = (NamedFace("Ada", make_code(seed)), NamedFace("Größe 顔", make_code(seed + 1)))
    return Document(faces, "0123abc", 1, view)


def rewrite(content: bytes, replacements: dict[str, bytes | None]) -> bytes:
    """The zip in `content` with entries replaced, added or, if None, left out."""
    source = zipfile.ZipFile(io.BytesIO(content))
    entries: dict[str, bytes | None] = {name: source.read(name) for name in source.namelist()}
    entries.update(replacements)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries.items():
            if data is not None:
                target.writestr(name, data)
    return buffer.getvalue()


def with_manifest(**changes: object) -> bytes:
    content = encode_document(make_document())
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("document.json"))
    return rewrite(content, {"document.json": json.dumps({**manifest, **changes}).encode()})


def with_codes(**changes: np.ndarray | None) -> bytes:
    document = make_document()
    codes = {part: np.stack([f.code.part(part) for f in document.faces]) for part in PARTS}
    merged = {name: value for name, value in {**codes, **changes}.items() if value is not None}
    return rewrite(encode_document(document), {"codes.safetensors": save(merged)})


def test_a_document_comes_back_exactly(tmp_path: Path) -> None:
    document = make_document()
    save_document(tmp_path / "face.lineament", document)
    assert open_document(tmp_path / "face.lineament") == document


def test_the_same_document_gives_the_same_bytes() -> None:
    assert encode_document(make_document()) == encode_document(make_document())
    assert encode_document(make_document(1)) != encode_document(make_document(2))


def test_saving_keeps_the_mode_follows_links_and_leaves_no_other_file(tmp_path: Path) -> None:
    target = tmp_path / "real.lineament"
    save_document(target, make_document(1))
    if os.name == "posix":
        target.chmod(0o640)
        (tmp_path / "link.lineament").symlink_to(target)
        save_document(tmp_path / "link.lineament", make_document(2))
        assert (tmp_path / "link.lineament").is_symlink()
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        assert open_document(target) == make_document(2)
    assert {path.name for path in tmp_path.iterdir()} <= {"real.lineament", "link.lineament"}


def test_a_failed_save_says_so_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "face.lineament"
    save_document(path, make_document(1))

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.atomic_file.os.fsync", fail)
    with pytest.raises(DocumentError, match="No space left on device.*make room"):
        save_document(path, make_document(2))
    assert open_document(path) == make_document(1)
    assert [entry.name for entry in tmp_path.iterdir()] == ["face.lineament"]


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="Could not save.*nowhere"):
        save_document(tmp_path / "nowhere" / "face.lineament", make_document())
    with pytest.raises(DocumentError, match=r"Could not open.*gone\.lineament.*Check the name"):
        open_document(tmp_path / "gone.lineament")
    for no_file in (tmp_path, Path(os.devnull)):
        with pytest.raises(DocumentError, match="Could not open.*it is not a file"):
            open_document(no_file)
    with pytest.raises(DocumentError, match="not a file name"):
        open_document("a\0b")


def test_a_newer_format_says_to_update() -> None:
    with pytest.raises(DocumentError, match=r"newer Lineament \(9\.1, format 5;.*Update"):
        decode_document(with_manifest(version=5, application="9.1"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "not a document", id="empty"),
        pytest.param(b"v 0 0 0\n", "import it instead", id="a mesh"),
        pytest.param(b"PK\x03\x04 and more", "damaged or was not copied", id="no zip"),
        pytest.param(rewrite(encode_document(make_document()), {"codes.safetensors": None}),
                     "holds no 'codes.safetensors'", id="no codes"),
        pytest.param(rewrite(encode_document(make_document()), {"document.json": None}),
                     "holds no 'document.json'", id="no manifest"),
        pytest.param(rewrite(encode_document(make_document()), {"document.json": b"{"}),
                     "'document.json' is damaged", id="bad JSON"),
        pytest.param(rewrite(encode_document(make_document()), {"document.json": b"[" * 200_000}),
                     "'document.json' is damaged", id="deep JSON"),
        pytest.param(rewrite(encode_document(make_document()), {"document.json": b"\xff"}),
                     "'document.json' is damaged", id="no UTF-8"),
        pytest.param(with_manifest(format="other"), "damaged", id="format"),
        pytest.param(with_manifest(version="1"), "version is '1'", id="version is text"),
        pytest.param(with_manifest(version=0), "version is 0", id="version 0"),
        pytest.param(with_manifest(faces=[]), "lists no faces", id="no faces"),
        pytest.param(with_manifest(faces=[{"name": "x"}] * 3), "expected float32 with 3 rows",
                     id="more names than codes"),
        pytest.param(with_manifest(faces=[{"name": "x"}, {}]), "has no name", id="no name"),
        pytest.param(with_manifest(faces=[{"name": "x"}, {"name": " "}]), "1 to 200 characters",
                     id="blank name"),
        pytest.param(with_manifest(active=2), "active face must be 0 to 1", id="active outside"),
        pytest.param(with_manifest(active=True), "which face is active", id="active is a flag"),
        pytest.param(with_manifest(model=7), "which model", id="model is a number"),
        pytest.param(with_manifest(view=[]), "view settings", id="view is a list"),
        pytest.param(with_manifest(view={"resolution": 10**9}), "16 to 1024", id="resolution"),
        pytest.param(with_manifest(view={"topology": "x"}), "'free' or 'template'", id="topology"),
        pytest.param(with_manifest(view={"locked": ["ear"]}), "no part 'ear'", id="locked"),
        pytest.param(with_manifest(view={"camera": {"position": [1, 2]}}), "position", id="camera"),
        pytest.param(
            with_manifest(view={"camera": {name: [1, 2, 10**400] for name in AXES}}),
            "too large", id="camera overflow"),
        pytest.param(with_manifest(view={"camera": {name: [1, 2, float("nan")] for name in AXES}}),
                     "finite", id="camera NaN"),
        pytest.param(rewrite(encode_document(make_document()), {"codes.safetensors": b"abc"}),
                     "'codes.safetensors' is damaged", id="bad safetensors"),
        pytest.param(with_codes(nose=None), "no codes of part 'nose'", id="no nose"),
        pytest.param(with_codes(nose=np.zeros((3, 4), np.float32)), r"shape \(3, 4\)", id="rows"),
        pytest.param(with_codes(nose=np.zeros((2, 4), np.float64)), "float64", id="type"),
        pytest.param(with_codes(eyes=np.full((2, 3), np.nan, np.float32)), "no numbers", id="NaN"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.lineament"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=message) as caught:
        open_document(path)
    assert str(caught.value).startswith(f"Could not open '{path}': ")


def test_a_truncated_file_is_refused_at_every_length() -> None:
    content = encode_document(make_document())
    for length in range(0, len(content), 7):
        with pytest.raises(DocumentError):
            decode_document(content[:length])


def test_flipped_bytes_are_refused_or_harmless() -> None:
    content = encode_document(make_document())
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(400):
        damaged = bytearray(content)
        for position in rng.integers(len(content), size=rng.integers(1, 4)):
            damaged[position] = rng.integers(256)
        try:
            assert decode_document(bytes(damaged)) == make_document()
        except DocumentError:
            refused += 1
    assert refused > 200


def test_a_zip_bomb_is_refused_without_unpacking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rewrite(encode_document(make_document()), {"document.json": b" " * 3_000_000})
    monkeypatch.setitem(untrusted_entries.MAXIMUM_ENTRY_BYTES, "document.json", 2**20)
    with pytest.raises(DocumentError, match="unpacks to more than 1 MB.*Do not trust"):
        decode_document(bomb)
    # The same with a declared size that lies, in the local header and in the directory.
    lying = bomb.replace((3_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(DocumentError):
        decode_document(lying)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAXIMUM_FILE_BYTES", 2**20)
    (tmp_path / "big.lineament").write_bytes(b"PK" + bytes(2**20))
    with pytest.raises(DocumentError, match="larger than 1 MB"):
        open_document(tmp_path / "big.lineament")


def test_an_encrypted_entry_is_refused() -> None:
    content = bytearray(encode_document(make_document()))
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content[directory + 8] |= 1
    with pytest.raises(DocumentError, match="damaged"):
        decode_document(bytes(content))


def test_unknown_entries_and_keys_of_this_version_are_ignored() -> None:
    content = rewrite(with_manifest(comment="x"), {"thumbnail.png": b"x"})
    assert decode_document(content) == make_document()
