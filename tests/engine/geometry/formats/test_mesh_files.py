"""Round trips through every format, read back by us and by trimesh."""

import os
import stat

import numpy as np
import pytest
import trimesh
from trimesh.exchange.gltf import load_glb
from trimesh.exchange.obj import load_obj
from trimesh.exchange.ply import load_ply
from trimesh.exchange.stl import load_stl

from engine.errors import InputError
from engine.geometry.formats import MESH_SUFFIXES, read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_normals, vertex_normals
from tests.engine.geometry.shapes import grid, mesh_of, sphere


def painted_grid() -> Mesh:
    """A curved sheet with UV and a different colour on each vertex, and one loose vertex."""
    flat = grid(6, 5, size=10.0)
    vertices = np.concatenate([flat.vertices, [[-4.0, -5.0, 6.0]]])
    vertices[:-1, 2] = 0.01 * flat.vertices[:, 0] ** 2 - 0.3 * flat.vertices[:, 1] + 1 / 3
    colors = np.random.default_rng(0).integers(0, 256, size=(len(vertices), 3))
    return mesh_of(vertices, flat.faces, uv=np.concatenate([flat.uv, [[0.25, 0.5]]]), colors=colors)


@pytest.mark.parametrize("suffix", [".obj", ".ply"])
def test_obj_and_ply_give_every_value_back_exactly(tmp_path, suffix):
    mesh = painted_grid()
    write_mesh(tmp_path / f"sheet{suffix}", mesh)
    back = read_mesh(tmp_path / f"sheet{suffix}")
    np.testing.assert_array_equal(back.vertices, mesh.vertices)
    np.testing.assert_array_equal(back.faces, mesh.faces)
    np.testing.assert_array_equal(back.colors, mesh.colors)
    # In OBJ no face speaks of the loose vertex, so its UV is not known.
    known = slice(None) if suffix == ".ply" else slice(-1)
    np.testing.assert_array_equal(np.array(back.uv)[known], np.array(mesh.uv)[known])


def test_glb_gives_everything_back_in_millimetres(tmp_path):
    mesh = painted_grid()
    write_mesh(tmp_path / "sheet.glb", mesh)
    back = read_mesh(tmp_path / "sheet.glb")
    np.testing.assert_allclose(back.vertices, mesh.vertices, rtol=2e-7, atol=1e-5)
    np.testing.assert_array_equal(back.faces, mesh.faces)
    np.testing.assert_allclose(back.uv, mesh.uv, atol=1e-7)
    np.testing.assert_array_equal(back.colors, mesh.colors)


def test_stl_gives_the_triangles_back(tmp_path):
    mesh = painted_grid()
    write_mesh(tmp_path / "sheet.stl", mesh)
    back = read_mesh(tmp_path / "sheet.stl")
    np.testing.assert_array_equal(back.vertices[back.faces], mesh.vertices[mesh.faces])
    assert back.uv is None
    assert back.colors is None


def stored_normals(path):
    """The vertex normals as the file has them; a loaded `Trimesh` computes its own."""
    with path.open("rb") as file:
        if path.suffix == ".glb":
            (loaded,) = load_glb(file)["geometry"].values()
        elif path.suffix == ".ply":
            loaded = load_ply(file, fix_texture=False)
        else:
            (loaded,) = load_obj(file, maintain_order=True)["geometry"].values()
    return loaded["vertex_normals"]


@pytest.mark.parametrize(("suffix", "unit"), [(".obj", 1), (".ply", 1), (".glb", 1000)])
def test_trimesh_reads_the_same_vertices_normals_and_uv(tmp_path, suffix, unit):
    mesh = painted_grid()
    if suffix == ".obj":
        # trimesh leaves out the vertex of no face when it joins texture coordinates.
        mesh = mesh_of(mesh.vertices[:-1], mesh.faces, uv=np.array(mesh.uv)[:-1])
    path = tmp_path / f"sheet{suffix}"
    write_mesh(path, mesh)
    options = {"maintain_order": True} if suffix == ".obj" else {}
    if suffix == ".ply":
        options = {"fix_texture": False}
    (back,) = trimesh.load_scene(path, process=False, **options).geometry.values()
    np.testing.assert_allclose(back.vertices * unit, mesh.vertices, atol=1e-4)
    np.testing.assert_array_equal(back.faces, mesh.faces)
    used = np.unique(mesh.faces)
    normals = vertex_normals(mesh.vertices, mesh.faces)
    np.testing.assert_allclose(stored_normals(path)[used], normals[used], atol=2e-5)
    np.testing.assert_allclose(back.visual.uv[used], np.array(mesh.uv)[used], atol=1e-6)


def test_trimesh_reads_the_stl_normals_and_volume(tmp_path):
    mesh = sphere(radius=40.0, subdivisions=3)
    write_mesh(tmp_path / "ball.stl", mesh)
    back = trimesh.load_mesh(tmp_path / "ball.stl")
    assert back.is_watertight
    # The volume within the faces is a little below 4/3 π r³; the centre is where it was.
    assert 0.98 < back.volume / (4 / 3 * np.pi * 40.0**3) < 1.0
    np.testing.assert_allclose(back.center_mass, 0, atol=1e-3)
    with (tmp_path / "ball.stl").open("rb") as file:
        stored = load_stl(file)["face_normals"]
    # z is up in the file.
    x, y, z = face_normals(mesh.vertices, mesh.faces).T
    np.testing.assert_allclose(stored, np.stack([x, -z, y], axis=1), atol=1e-6)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb"])
def test_trimesh_reads_the_colours(tmp_path, suffix):
    colors = np.array(painted_grid().colors)[:-1]
    mesh = mesh_of(painted_grid().vertices[:-1], painted_grid().faces, colors=colors)
    path = tmp_path / f"sheet{suffix}"
    write_mesh(path, mesh)
    (loaded,) = trimesh.load_scene(path, process=False).geometry.values()
    if suffix != ".glb":
        np.testing.assert_array_equal(loaded.visual.vertex_colors[:, :3], colors)
        return
    stored = loaded.visual.vertex_attributes["color"][:, :3] / 65535
    np.testing.assert_allclose(stored, ((colors / 255 + 0.055) / 1.055) ** 2.4, atol=0.003)


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_meshes_without_uv_or_colour_stay_without(tmp_path, suffix):
    mesh = sphere(radius=40.0, subdivisions=1)
    path = tmp_path / f"plain{suffix.upper()}"
    write_mesh(path, mesh)
    back = read_mesh(str(path))
    assert back.uv is None
    assert back.colors is None
    np.testing.assert_allclose(
        back.vertices[back.faces], mesh.vertices[mesh.faces], rtol=2e-7, atol=1e-5
    )


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"head{suffix}"
    write_mesh(path, grid())
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match=r"Cannot write .*head.*No space left"):
        write_mesh(path, sphere())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_writing_replaces_the_file_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "head.stl"
    write_mesh(path, grid())
    path.chmod(0o640)
    link = tmp_path / "link.stl"
    link.symlink_to(path)
    write_mesh(link, sphere(subdivisions=1))
    assert link.is_symlink()
    assert len(read_mesh(path).faces) == 80
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(InputError, match=r"Cannot write .*No such file.*another folder"):
        write_mesh(tmp_path / "missing" / "head.obj", grid())


def test_unknown_suffixes_are_refused_both_ways(tmp_path):
    with pytest.raises(InputError, match=r"'\.fbx'.*\.obj, \.ply, \.stl, \.glb"):
        write_mesh(tmp_path / "head.fbx", grid())
    with pytest.raises(InputError, match="no suffix"):
        read_mesh(tmp_path / "head")
    assert not list(tmp_path.iterdir())


def test_a_mesh_without_faces_is_not_written(tmp_path):
    with pytest.raises(InputError, match="no faces"):
        write_mesh(tmp_path / "head.obj", mesh_of(np.zeros((3, 3)), []))


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_missing_and_empty_files_and_folders(tmp_path, suffix):
    path = tmp_path / f"head{suffix}"
    with pytest.raises(InputError, match="There is no file"):
        read_mesh(path)
    path.write_bytes(b" \n")
    with pytest.raises(InputError, match="it is empty"):
        read_mesh(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="Check that it is a file"):
        read_mesh(path)


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_a_file_of_something_else_names_itself(tmp_path, suffix):
    path = tmp_path / f"head{suffix}"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(InputError, match=f"Cannot read .*head\\{suffix}"):
        read_mesh(path)


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_damaged_files_read_as_a_mesh_or_a_clear_error(tmp_path, suffix):
    """Cut short anywhere, or with bytes changed: never another exception."""
    path = tmp_path / f"head{suffix}"
    write_mesh(path, painted_grid())
    content = path.read_bytes()
    rng = np.random.default_rng(5)
    refused = 0
    for trial in range(120):
        damaged = np.frombuffer(content, np.uint8).copy()
        if trial % 2:
            damaged = damaged[: rng.integers(1, len(damaged))]
        else:
            places = rng.integers(0, min(len(damaged), 1200), size=4)
            damaged[places] = rng.integers(0, 256, size=4)
        path.write_bytes(damaged.tobytes())
        message = message_of_reading(path)
        refused += message is not None
        assert message is None or str(path) in message
    assert refused > 20


def message_of_reading(path) -> str | None:
    try:
        read_mesh(path)
    except InputError as error:
        return str(error)
    return None
