"""Meshes with a texture, read back by another library."""

import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from engine.errors import InputError
from engine.geometry.formats import MorphTarget, read_mesh, write_textured_mesh
from engine.geometry.formats.face_group import FaceGroup
from engine.geometry.mesh import Mesh
from engine.geometry.textured_mesh import TexturedMesh

TEXTURE = np.random.default_rng(0).integers(0, 256, (8, 4, 3)).astype(np.uint8)
UV = np.array([[0.1, 0.2], [0.9, 0.2], [0.9, 0.95], [0.1, 0.95]])
QUAD = Mesh(
    np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 1]], np.float32),
    np.array([[0, 1, 2], [0, 2, 3]]),
    UV,
    np.full((4, 3), 90, np.uint8),
)
TEXTURED = TexturedMesh(QUAD, TEXTURE)


def texture_of(loaded: Any) -> np.ndarray:
    material = loaded.visual.material
    image = getattr(material, "baseColorTexture", None) or material.image
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_another_library_sees_the_same_texture_at_the_same_places(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"face{suffix}"
    write_textured_mesh(path, TEXTURED)
    loaded: Any = trimesh.load(path, force="mesh", process=False)
    assert np.array_equal(texture_of(loaded), TEXTURE)
    uv = np.asarray(loaded.visual.uv)
    assert len(uv) == 4
    order = np.argmin(np.linalg.norm(UV[:, None] - uv[None], axis=2), axis=1)
    assert np.allclose(uv[order], UV, atol=1e-5)
    scale = 1000.0 if suffix == ".glb" else 1.0
    assert np.allclose(scale * loaded.vertices[order], QUAD.vertices, atol=1e-4)


def test_an_obj_names_its_material_and_that_its_picture(tmp_path: Path) -> None:
    written = write_textured_mesh(tmp_path / "her face.obj", TEXTURED)
    assert [file.name for file in written] == ["her face.obj", "her_face.mtl", "her_face_skin.png"]
    text = written[0].read_text()
    assert "mtllib her_face.mtl\n" in text
    material = written[1].read_text()
    name = text.split("usemtl ")[1].split()[0]
    assert f"newmtl {name}\n" in material
    assert "map_Kd her_face_skin.png\n" in material
    assert np.array_equal(np.asarray(Image.open(written[2])), TEXTURE)


def test_groups_share_the_texture(tmp_path: Path) -> None:
    groups = [
        FaceGroup("nose", np.array([1]), (9, 9, 9)),
        FaceGroup("head", np.array([0]), (1, 2, 3)),
    ]
    write_textured_mesh(tmp_path / "face.obj", TEXTURED, groups=groups)
    lines = (tmp_path / "face.obj").read_text().splitlines()
    start = lines.index("g nose")
    assert lines[start + 1 : start + 5] == [
        "usemtl nose",
        "f 1/1/1 3/3/3 4/4/4",
        "g head",
        "usemtl head",
    ]
    material = (tmp_path / "face.mtl").read_text()
    assert material.count("map_Kd face_skin.png") == 2
    # The texture is multiplied by the colour, so that is white.
    assert material.count("Kd 1 1 1") == 2


def test_the_photograph_that_a_face_was_made_from_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "ada.png").write_bytes(b"a photograph")
    write_textured_mesh(tmp_path / "ada.obj", TEXTURED)
    assert (tmp_path / "ada.png").read_bytes() == b"a photograph"


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_what_is_written_reads_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"face{suffix}"
    write_textured_mesh(path, TEXTURED)
    mesh = read_mesh(path)
    assert np.allclose(mesh.vertices, QUAD.vertices, atol=1e-4)
    assert np.array_equal(mesh.faces, QUAD.faces)
    assert mesh.uv is not None
    assert np.allclose(mesh.uv, UV, atol=1e-6)
    # Players multiply vertex colours with the texture, so there are none.
    assert mesh.colors is None


def test_a_glb_keeps_morph_targets_beside_the_texture(tmp_path: Path) -> None:
    path = tmp_path / "face.glb"
    morph = MorphTarget("Smile", np.ones((4, 3), np.float32), 0.5)
    write_textured_mesh(path, TEXTURED, [morph])
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + length])
    assert document["meshes"][0]["extras"]["targetNames"] == ["Smile"]
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    start = 20 + length + 8 + view["byteOffset"]
    picture = Image.open(io.BytesIO(content[start : start + view["byteLength"]]))
    assert np.array_equal(np.asarray(picture), TEXTURE)
    assert document["buffers"][0]["byteLength"] <= len(content) - 20 - length - 8


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no texture"):
        write_textured_mesh(tmp_path / "face.stl", TEXTURED)
    morph = MorphTarget("Smile", np.ones((4, 3), np.float32))
    with pytest.raises(InputError, match="morph targets"):
        write_textured_mesh(tmp_path / "face.obj", TEXTURED, [morph])
    with pytest.raises(InputError, match="needs a mesh with UV"):
        TexturedMesh(replace(QUAD, uv=None), TEXTURE)
    with pytest.raises(InputError, match="uint8"):
        TexturedMesh(QUAD, TEXTURE.astype(np.float32))
    empty = TexturedMesh(replace(QUAD, faces=np.zeros((0, 3), np.int32)), TEXTURE)
    with pytest.raises(InputError, match="no faces"):
        write_textured_mesh(tmp_path / "face.glb", empty)
    assert not list(tmp_path.iterdir())
