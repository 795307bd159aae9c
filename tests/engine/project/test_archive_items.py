"""Scans, visibility and residual layers in the `.lineament` file, and files from before them."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from engine.editing.residual import ResidualLayer
from engine.errors import DocumentError
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode
from engine.project import archive, untrusted_entries
from engine.project.archive import decode_document, encode_document, open_document, save_document
from engine.project.document import Document, NamedFace, NamedScan, check_model
from tests.engine.project.test_archive import rewrite
from tests.synthetic_model import SyntheticModel

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)


def code(seed: int = 0) -> FaceCode:
    rng = np.random.default_rng(seed)
    return FaceCode(*(rng.standard_normal(3) for _ in PARTS))


def turned() -> Similarity:
    c, s = np.cos(0.3), np.sin(0.3)
    return Similarity(np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]), np.array([1.0, 2, 3]), 25.4)


def with_scans() -> Document:
    colors = np.arange(12, dtype=np.uint8).reshape(4, 3)
    scans = (
        NamedScan("A head", Mesh(VERTICES, FACES, colors=colors), turned(), True, False),
        NamedScan("Größe", Mesh(2 * VERTICES, FACES), Similarity.identity()),
    )
    return Document(
        (NamedFace("a", code(), visible=False), NamedFace("b", code(1))), "m", 1, scans=scans
    )


def with_residual() -> Document:
    displacement = np.arange(12, dtype=np.float32).reshape(4, 3)
    layer = ResidualLayer(displacement, {"nose": 0.0, "eyes": 0.25, "mouth": 0.5, "head": 1.0})
    faces = (NamedFace("plain", code()), NamedFace("rich", code(1), residual=layer))
    return Document(faces, "m", 1)


def with_strengths(strengths: object) -> bytes:
    content = encode_document(with_residual())
    manifest = manifest_of(content)
    manifest["faces"][1]["residual"] = strengths
    return rewrite(content, {"document.json": json.dumps(manifest).encode()})


def with_displacement(array: np.ndarray) -> bytes:
    entry = {"residuals/1.safetensors": save({"displacement": array})}
    return rewrite(encode_document(with_residual()), entry)


def manifest_of(content: bytes) -> dict:
    return json.loads(zipfile.ZipFile(io.BytesIO(content)).read("document.json"))


def with_scan_json(**changes: object) -> bytes:
    content = encode_document(with_scans())
    manifest = manifest_of(content)
    manifest["scans"][0].update(changes)
    return rewrite(content, {"document.json": json.dumps(manifest).encode()})


def with_mesh(**arrays: np.ndarray) -> bytes:
    mesh = {"vertices": VERTICES, "faces": FACES, **arrays}
    return rewrite(encode_document(with_scans()), {"scans/0.safetensors": save(mesh)})


def test_scans_come_back(tmp_path: Path) -> None:
    save_document(tmp_path / "s.lineament", with_scans())
    document = open_document(tmp_path / "s.lineament")
    assert [face.visible for face in document.faces] == [False, True]
    first, second = document.scans
    assert (first.name, first.accepted, first.visible) == ("A head", True, False)
    assert (second.name, second.accepted, second.visible) == ("Größe", False, True)
    np.testing.assert_array_equal(first.mesh.vertices, VERTICES)
    np.testing.assert_array_equal(first.mesh.faces, FACES)
    np.testing.assert_array_equal(first.mesh.colors, np.arange(12).reshape(4, 3))
    assert second.mesh.colors is None
    np.testing.assert_allclose(first.alignment.rotation, turned().rotation)
    np.testing.assert_allclose(first.alignment.translation, [1, 2, 3])
    assert first.alignment.scale == pytest.approx(25.4)
    assert encode_document(document) == encode_document(with_scans())


def test_a_file_of_the_first_format_opens() -> None:
    """Exactly what version 0.1 of the program wrote."""
    codes = {part: np.stack([code().part(part), code(1).part(part)]) for part in PARTS}
    manifest = {
        "format": "lineament-document",
        "version": 1,
        "application": "0.1.0",
        "model": "m",
        "active": 1,
        "faces": [{"name": "Ada"}, {"name": "Bob"}],
        "view": {
            "camera": None,
            "wireframe": False,
            "regions": True,
            "topology": "template",
            "resolution": 128,
            "locked": ["nose"],
        },
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("document.json", json.dumps(manifest))
        target.writestr("codes.safetensors", save(codes))
    document = decode_document(buffer.getvalue())
    assert document.scans == ()
    assert document.faces == (
        NamedFace("Ada", code(), visible=False),
        NamedFace("Bob", code(1), visible=True),
    )
    assert (document.active, document.view.regions, document.view.locked) == (1, True, ("nose",))


def test_residual_layers_come_back() -> None:
    document = decode_document(encode_document(with_residual()))
    assert document.faces[0].residual is None
    layer = document.faces[1].residual
    assert layer is not None
    np.testing.assert_array_equal(layer.displacement, np.arange(12).reshape(4, 3))
    assert layer.strengths == {"nose": 0.0, "eyes": 0.25, "mouth": 0.5, "head": 1.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_strengths([1, 2]), "strengths of residual 2"),
        (with_strengths({"nose": 0.5}), "strength from 0 to 1"),
        (with_strengths({"nose": 9, "eyes": 1, "mouth": 1, "head": 1}), "strength"),
        (with_strengths({"nose": 10**400, "eyes": 1, "mouth": 1, "head": 1}), "strength"),
        (with_displacement(np.zeros((4, 2), np.float32)), r"shape \(T, 3\)"),
        (with_displacement(np.zeros((4, 3))), "finite float32"),
        (with_displacement(np.full((4, 3), np.inf, np.float32)), "finite float32"),
        (rewrite(encode_document(with_residual()), {"residuals/1.safetensors": None}),
         "holds no 'residuals/1.safetensors'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_residual_is_said(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        decode_document(content)


def test_a_layer_of_another_template_is_refused() -> None:
    model = SyntheticModel()
    face = NamedFace("a", model.mean_code(), residual=with_residual().faces[1].residual)
    with pytest.raises(DocumentError, match="residual layer of 'a' has 4 vertices"):
        check_model(Document((face,), model.info.identifier), model)


def test_meshes_are_stored_as_they_are() -> None:
    entries = zipfile.ZipFile(io.BytesIO(encode_document(with_scans())))
    assert entries.getinfo("scans/0.safetensors").compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(rewrite(encode_document(with_scans()), {"scans/1.safetensors": None}),
                     "holds no 'scans/1.safetensors'", id="no mesh"),
        pytest.param(rewrite(encode_document(with_scans()), {"scans/0.safetensors": b"abc"}),
                     "'scans/0.safetensors' is damaged", id="bad safetensors"),
        pytest.param(with_mesh(vertices=VERTICES.astype(np.float64)), "float64", id="type"),
        pytest.param(with_mesh(faces=FACES + 2), "names vertex 5", id="faces outside"),
        pytest.param(with_mesh(faces=FACES - 1), "smallest -1", id="negative faces"),
        pytest.param(with_mesh(vertices=VERTICES[:, :2].copy()), r"shape \(n, 3\)", id="flat"),
        pytest.param(with_mesh(vertices=np.full((4, 3), np.nan, np.float32)), "finite", id="NaN"),
        pytest.param(with_mesh(colors=np.zeros((3, 3), np.uint8)), "rows of", id="colours"),
        pytest.param(with_scan_json(alignment=None), "place of scan 1", id="no place"),
        pytest.param(with_scan_json(alignment={"rotation": [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
                                               "translation": [0, 0, 0], "scale": 1}),
                     "place of scan 1.*proper", id="skew"),
        pytest.param(with_scan_json(alignment={"rotation": [[10**400]], "translation": [0, 0, 0],
                                               "scale": 1}), "place of scan 1", id="huge"),
        pytest.param(with_scan_json(name=7), "scans has no name", id="name"),
        pytest.param(with_scan_json(name="x" * 201), "1 to 200 characters", id="long name"),
        pytest.param(with_scan_json(visible="yes"), "'visible' 'yes'", id="flag"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_scan_is_said(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        decode_document(content)


def test_too_many_scans_are_refused() -> None:
    content = encode_document(with_scans())
    manifest = manifest_of(content)
    manifest["scans"] = manifest["scans"] * 51
    with pytest.raises(DocumentError, match="lists no scans, or more than 100"):
        decode_document(rewrite(content, {"document.json": json.dumps(manifest).encode()}))


def test_a_mesh_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rewrite(encode_document(with_scans()), {"scans/0.safetensors": bytes(3_000_000)})
    monkeypatch.setattr(untrusted_entries, "MAXIMUM_MESH_BYTES", 2**20)
    with pytest.raises(DocumentError, match="unpacks to more than 1 MB.*Do not trust"):
        decode_document(bomb)


def test_entries_that_are_too_much_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing in the manifest speaks of them, so only the total can tell.
    many = {f"scans/{k}.safetensors": bytes(1_000_000) for k in range(2, 6)}
    bomb = rewrite(encode_document(with_scans()), many)
    assert len(decode_document(bomb).scans) == 2
    monkeypatch.setattr(untrusted_entries, "MAXIMUM_TOTAL_BYTES", 2**20)
    with pytest.raises(DocumentError, match="it unpacks to more than 1 MB"):
        decode_document(bomb)


def test_a_document_that_could_not_be_opened_again_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "s.lineament"
    save_document(path, with_residual())
    monkeypatch.setattr(archive, "MAXIMUM_TOTAL_BYTES", 1000)
    with pytest.raises(DocumentError, match="Delete some of them"):
        save_document(path, with_scans())
    monkeypatch.undo()
    assert open_document(path).faces[1].name == "rich"
