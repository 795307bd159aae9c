import json
import struct

import numpy as np
import pytest
import trimesh

from engine.errors import InputError
from engine.geometry.formats import MorphTarget, read_mesh, write_mesh
from engine.geometry.formats.gltf_accessors import read_accessor
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.shading_normals import ShadingNormals
from tests.engine.geometry.shapes import cut_column, grid, mesh_of, sphere

TYPES = {5121: 1, 5123: 2, 5125: 4, 5126: 4}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def unpack(path) -> tuple[dict, bytes]:
    content = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    size, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON"
    assert size % 4 == 0
    document = json.loads(content[20 : 20 + size])
    binary_size, kind = struct.unpack_from("<I4s", content, 20 + size)
    assert kind == b"BIN\0"
    assert binary_size % 4 == 0
    assert 28 + size + binary_size == length
    return document, content[28 + size :]


def pack(path, document: dict, binary: bytes) -> None:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def check_accessors(document: dict, binary: bytes) -> None:
    """What the glTF validator checks of views, accessors and their bounds."""
    assert document["buffers"][0]["byteLength"] <= len(binary)
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= document["buffers"][0]["byteLength"]
    for number, accessor in enumerate(document["accessors"]):
        width, item = WIDTHS[accessor["type"]], TYPES[accessor["componentType"]]
        assert accessor["count"] >= 1
        if "bufferView" in accessor:
            view = document["bufferViews"][accessor["bufferView"]]
            assert view["byteLength"] == accessor["count"] * width * item
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            views = [
                document["bufferViews"][sparse[key]["bufferView"]] for key in ("indices", "values")
            ]
            assert all("target" not in view for view in views)
            assert 1 <= sparse["count"] <= accessor["count"]
            assert (
                views[0]["byteLength"]
                == sparse["count"] * TYPES[sparse["indices"]["componentType"]]
            )
            assert views[1]["byteLength"] == sparse["count"] * width * item
        if "min" in accessor:
            array = read_accessor(document, binary, number)
            np.testing.assert_array_equal(accessor["min"], array.min(axis=0).astype(float))
            np.testing.assert_array_equal(accessor["max"], array.max(axis=0).astype(float))


def bump(mesh: Mesh, centre: int, radius: float, height: float) -> np.ndarray:
    gap = np.linalg.norm(mesh.vertices - mesh.vertices[centre], axis=1)
    amount = height * np.clip(1 - gap / radius, 0, None)
    return amount[:, None] * vertex_normals(mesh.vertices, mesh.faces)


def test_the_document_is_what_the_standard_asks(tmp_path):
    mesh = sphere(radius=100.0, subdivisions=3)
    uv = (mesh.vertices[:, :2] / 100 + 1) / 2
    mesh = mesh_of(mesh.vertices, mesh.faces, uv=uv, colors=np.full((len(uv), 3), 200))
    morphs = [
        MorphTarget("Jaw open", bump(mesh, 3, 40.0, 12.0)),
        MorphTarget("Sourire à gauche", bump(mesh, 9, 500.0, 3.0)),
        MorphTarget("Still", np.zeros_like(mesh.vertices)),
    ]
    write_mesh(tmp_path / "head.glb", mesh, morphs)
    document, binary = unpack(tmp_path / "head.glb")
    check_accessors(document, binary)
    (primitive,) = document["meshes"][0]["primitives"]
    attributes, accessors = primitive["attributes"], document["accessors"]
    assert set(attributes) == {"POSITION", "NORMAL", "TEXCOORD_0", "COLOR_0"}
    assert "min" in accessors[attributes["POSITION"]]
    assert all("min" in accessors[target["POSITION"]] for target in primitive["targets"])
    assert document["meshes"][0]["extras"]["targetNames"] == [morph.name for morph in morphs]
    assert document["meshes"][0]["weights"] == [0.0, 0.0, 0.0]
    assert document["asset"]["version"] == "2.0"
    normals = read_accessor(document, binary, attributes["NORMAL"])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("mesh", [sphere(radius=100.0, subdivisions=3), cut_column()])
def test_morph_targets_are_displacements_in_metres(tmp_path, mesh):
    morphs = [
        MorphTarget("local", bump(mesh, 3, 40.0, 12.0)),
        MorphTarget("everywhere", bump(mesh, 9, 500.0, 3.0)),
    ]
    write_mesh(tmp_path / "head.glb", mesh, morphs)
    document, binary = unpack(tmp_path / "head.glb")
    primitive = document["meshes"][0]["primitives"][0]
    rest = read_accessor(document, binary, primitive["attributes"]["NORMAL"])
    shading = ShadingNormals(mesh.vertices, mesh.faces)
    np.testing.assert_allclose(rest, shading.at(mesh.vertices), atol=1e-6)
    for morph, target in zip(morphs, primitive["targets"], strict=True):
        moved = read_accessor(document, binary, target["POSITION"])
        np.testing.assert_allclose(moved * 1000, morph.displacements, atol=2e-4)
        turned = rest + read_accessor(document, binary, target["NORMAL"])
        expected = shading.at(mesh.vertices + morph.displacements)
        np.testing.assert_allclose(turned, expected, atol=2e-4)
    local, everywhere = (document["accessors"][t["POSITION"]] for t in primitive["targets"])
    assert "sparse" in local
    assert "sparse" not in everywhere


def test_texture_coordinates_count_from_the_top(tmp_path):
    write_mesh(tmp_path / "sheet.glb", grid(1, 1))
    document, binary = unpack(tmp_path / "sheet.glb")
    number = document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]
    stored = read_accessor(document, binary, number)
    np.testing.assert_array_equal(stored, [[0, 1], [1, 1], [0, 0], [1, 0]])


def test_positions_are_metres_and_trimesh_agrees(tmp_path):
    mesh = sphere(radius=100.0, subdivisions=2)
    morphs = [MorphTarget("Smile", bump(mesh, 3, 60.0, 5.0))]
    write_mesh(tmp_path / "head.glb", mesh, morphs)
    back = trimesh.load_mesh(tmp_path / "head.glb", process=False)
    np.testing.assert_allclose(back.vertices * 1000, mesh.vertices, atol=1e-4)
    np.testing.assert_array_equal(back.faces, mesh.faces)
    assert back.metadata["targetNames"] == ["Smile"]
    assert back.is_watertight


def test_open_surfaces_are_seen_from_both_sides(tmp_path):
    for mesh, double in ((grid(), True), (sphere(subdivisions=1), False)):
        write_mesh(tmp_path / "a.glb", mesh)
        (material,) = unpack(tmp_path / "a.glb")[0]["materials"]
        assert material.get("doubleSided", False) is double


def test_many_vertices_need_wide_indices(tmp_path):
    mesh = grid(300, 300)
    assert len(mesh.vertices) > 65536
    write_mesh(tmp_path / "sheet.glb", mesh)
    document, _ = unpack(tmp_path / "sheet.glb")
    number = document["meshes"][0]["primitives"][0]["indices"]
    assert document["accessors"][number]["componentType"] == 5125
    np.testing.assert_array_equal(read_mesh(tmp_path / "sheet.glb").faces, mesh.faces)


def test_a_vertex_without_faces_gets_a_unit_normal(tmp_path):
    mesh = mesh_of(np.concatenate([grid().vertices, [[9, 9, 9]]]), grid().faces)
    write_mesh(tmp_path / "sheet.glb", mesh)
    document, binary = unpack(tmp_path / "sheet.glb")
    number = document["meshes"][0]["primitives"][0]["attributes"]["NORMAL"]
    np.testing.assert_array_equal(read_accessor(document, binary, number)[-1], [0, 0, 1])


def test_node_transforms_are_applied_in_order(tmp_path):
    path = tmp_path / "scene.glb"
    write_mesh(path, grid(1, 1, size=1000.0))
    document, binary = unpack(path)
    half = np.sqrt(0.5)
    document["nodes"] = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        # A quarter turn about z after doubling x.
        {"mesh": 0, "scale": [2, 1, 1], "rotation": [0, 0, half, half]},
        # A mirror in x, by columns.
        {"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 3, 1]},
    ]
    pack(path, document, binary)
    mesh = read_mesh(path)
    flat = grid(1, 1).vertices
    turned = np.stack([10 - flat[:, 1], 2 * flat[:, 0], flat[:, 2]], axis=1)
    mirrored = np.stack([10 - flat[:, 0], flat[:, 1], flat[:, 2] + 3], axis=1)
    np.testing.assert_allclose(mesh.vertices / 1000, np.concatenate([turned, mirrored]), atol=1e-6)
    # Mirrored faces are turned, so all still look along z.
    corners = mesh.vertices[mesh.faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 2] > 0).all()
    np.testing.assert_allclose(mesh.uv, np.tile(grid(1, 1).uv, (2, 1)), atol=1e-7)
    scene = trimesh.load_scene(path)
    np.testing.assert_allclose(
        scene.bounds * 1000, [mesh.vertices.min(0), mesh.vertices.max(0)], atol=1e-2
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["nodes"][0].update(children=[0]), "not a tree"),
        (lambda d: d.update(extensionsRequired=["KHR_draco_mesh_compression"]), "compressed"),
        (lambda d: d["accessors"][0].update(count=10**12), "not a sound GLB"),
        (lambda d: d["bufferViews"][0].update(buffer=1), "second buffer"),
        (lambda d: d["meshes"][0]["primitives"][0].update(mode=0), "no faces"),
        (lambda d: d.update(meshes=[]), "not a sound GLB"),
        (lambda d: d["accessors"][0].pop("bufferView"), "no faces|not a finite|claims|not a sound"),
    ],
)
def test_documents_that_cannot_be_used_are_explained(tmp_path, change, message):
    path = tmp_path / "scene.glb"
    write_mesh(path, grid(1, 1))
    document, binary = unpack(path)
    change(document)
    pack(path, document, binary)
    if "bufferView" not in document["accessors"][0]:
        # Zeros, as the standard says: a mesh, if a useless one.
        assert not read_mesh(path).vertices.any()
        return
    with pytest.raises(InputError, match=message):
        read_mesh(path)


def test_morph_targets_must_fit_the_mesh_and_the_format(tmp_path):
    mesh = grid()
    smile = MorphTarget("Smile", np.ones_like(mesh.vertices))
    with pytest.raises(InputError, match="Two morph targets are called 'Smile'"):
        write_mesh(tmp_path / "head.glb", mesh, [smile, smile])
    with pytest.raises(InputError, match="moves 2 vertices, but the mesh has 20"):
        write_mesh(tmp_path / "head.glb", mesh, [MorphTarget("Two", np.ones((2, 3), np.float32))])
    with pytest.raises(InputError, match=r"a \.obj file holds no morph targets"):
        write_mesh(tmp_path / "head.obj", mesh, [smile])
    with pytest.raises(InputError, match="needs a name"):
        MorphTarget(" ", np.ones((2, 3), np.float32))
    with pytest.raises(InputError, match=r"\(V, 3\), got \(4,\)"):
        MorphTarget("Flat", np.ones(4, np.float32))
    assert not smile.displacements.flags.writeable
    assert not list(tmp_path.iterdir())
