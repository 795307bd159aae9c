import json
import struct

import numpy as np
import pytest
from PIL import Image

from engine.errors import InputError
from engine.geometry.formats import write_mesh
from engine.geometry.mesh import Mesh
from engine.scans import read_scan
from engine.scans.foreign import sample_texture
from engine.scans.quick_obj import read_quick_obj
from engine.scans.reading import SCAN_SUFFIXES
from engine.scans.thinning import MANY_VERTICES, WANTED_VERTICES
from tests.engine.geometry.shapes import grid, sphere


def painted_ball() -> Mesh:
    ball = sphere(radius=80.0, subdivisions=3)
    colors = np.clip(ball.vertices + 128, 0, 255).astype(np.uint8)
    return Mesh(ball.vertices, ball.faces, colors=colors)


def by_place(mesh: Mesh) -> np.ndarray:
    """Positions and colours in an order of their own."""
    colors = np.zeros_like(mesh.vertices) if mesh.colors is None else mesh.colors
    rows = np.concatenate([mesh.vertices.round(2), colors], axis=1)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
def test_every_format_gives_the_surface_and_its_colours(tmp_path, suffix):
    ball = painted_ball()
    write_mesh(tmp_path / f"ball{suffix}", ball)
    scan = read_scan(tmp_path / f"ball{suffix}")
    assert scan.name == "ball"
    assert scan.notes == ()
    assert len(scan.mesh.faces) == len(ball.faces)
    if suffix == ".stl":
        assert scan.mesh.colors is None
        ball = Mesh(ball.vertices, ball.faces)
    np.testing.assert_allclose(by_place(scan.mesh), by_place(ball), atol=0.51)


def test_quick_obj_reads_what_obj_files_are_made_of():
    text = b"""# a comment
v 0 0 0 # origin
v 1 0 0
v 1 1 0
v 0 1 0
vt 0 0
vn 0 0 1
f 1/1/1 2/1/1 3/1/1 4/1/1
v 0 0 5
f 1//1 2//1 5//1
f -1 -2 -3
"""
    raw = read_quick_obj(text)
    np.testing.assert_array_equal(raw.vertices[4], [0, 0, 5])
    assert {tuple(face) for face in raw.faces.tolist()} == {
        (0, 1, 2), (0, 2, 3), (0, 1, 4), (4, 3, 2),
    }  # fmt: skip
    assert raw.colors is None


def test_quick_obj_colours_and_continued_lines():
    raw = read_quick_obj(b"v 0 0 0 1 0 0\nv 1 0 \\\n0 0 1 0\nv 0 1 0 0 0 1\nf 1 2 3\n")
    np.testing.assert_array_equal(raw.colors, np.eye(3) * 255)


@pytest.mark.parametrize("line", [b"v 1 2", b"v a b c", b"f 1 2 x", b"f -1 -2 z"])
def test_quick_obj_refuses_lines_that_it_cannot_read(line):
    with pytest.raises(InputError):
        read_quick_obj(b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" + line + b"\n")


def test_a_texture_is_sampled_at_the_vertices(tmp_path):
    Image.fromarray(np.uint8([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]])).save(
        tmp_path / "skin.png"
    )
    (tmp_path / "face.mtl").write_text("newmtl skin\nmap_Kd skin.png\n")
    (tmp_path / "face.obj").write_text(
        "mtllib face.mtl\nusemtl skin\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"
        "vt 0.1 0.1\nvt 0.9 0.1\nvt 0.9 0.9\nvt 0.1 0.9\nf 1/1 2/2 3/3\nf 1/1 3/3 4/4\n"
    )
    mesh = read_scan(tmp_path / "face.obj").mesh
    assert mesh.colors is not None
    found = {
        tuple(place): tuple(color)
        for place, color in zip(
            mesh.vertices[:, :2].astype(int).tolist(), mesh.colors.tolist(), strict=True
        )
    }
    assert found == {
        (0, 0): (0, 0, 255), (1, 0): (9, 9, 9), (1, 1): (0, 255, 0), (0, 1): (255, 0, 0),
    }  # fmt: skip


def test_a_texture_that_is_missing_does_no_harm(tmp_path):
    (tmp_path / "face.obj").write_text(
        "mtllib none.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0 0\nf 1/1 2/1 3/1\n"
    )
    assert read_scan(tmp_path / "face.obj").mesh.colors is None


def test_sampling_wraps_and_takes_the_bottom_row_for_v_0():
    image = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)
    uv = np.array([[0.0, 0.0], [1.0, 1.0], [1.25, -0.9], [np.nan, 0.0]])
    found = sample_texture(image, uv)
    np.testing.assert_array_equal(found, image[[3, 0, 3, 3], [0, 1, 0, 0]])


def test_vertices_that_are_no_numbers_are_left_out_with_a_note(tmp_path):
    (tmp_path / "a.obj").write_text(
        "v nan 0 0\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 inf\nf 1 2 3\nf 2 3 4\nf 3 4 5\n"
    )
    scan = read_scan(tmp_path / "a.obj")
    assert len(scan.mesh.faces) == 1
    assert any("2 vertices without a finite place" in note for note in scan.notes)


def test_nan_in_a_binary_ply(tmp_path):
    header = (
        "ply\nformat binary_little_endian 1.0\nelement vertex 4\nproperty float x\n"
        "property float y\nproperty float z\nelement face 2\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    points = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nan, 0, 0]])
    faces = b"".join(struct.pack("<B3i", 3, *row) for row in ([0, 1, 2], [1, 2, 3]))
    (tmp_path / "a.ply").write_bytes(header.encode() + points.tobytes() + faces)
    scan = read_scan(tmp_path / "a.ply")
    assert len(scan.mesh.faces) == 1
    assert any("without a finite place" in note for note in scan.notes)


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"  \n", b"\x00\xff garbage \x93" * 40, b"solid x\n"])
def test_empty_and_damaged_files_are_refused_by_name(tmp_path, suffix, content):
    (tmp_path / f"bad{suffix}").write_bytes(content)
    with pytest.raises(InputError, match="bad"):
        read_scan(tmp_path / f"bad{suffix}")


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
def test_files_cut_short_are_refused_or_read_in_part(tmp_path, suffix):
    write_mesh(tmp_path / f"whole{suffix}", painted_ball())
    content = (tmp_path / f"whole{suffix}").read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / f"cut{suffix}").write_bytes(content[: int(share * len(content))])
        faces, message = 0, ""
        try:
            faces = len(read_scan(tmp_path / f"cut{suffix}").mesh.faces)
        except InputError as error:
            message = str(error)
        assert faces or "cut" in message


def test_missing_files_folders_and_other_suffixes(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_scan(tmp_path / "nothing.ply")
    (tmp_path / "folder.ply").mkdir()
    with pytest.raises(InputError, match="folder"):
        read_scan(tmp_path / "folder.ply")
    with pytest.raises(InputError, match=r"\.fbx"):
        read_scan(tmp_path / "head.fbx")


def test_a_point_cloud_is_told_what_to_do(tmp_path):
    (tmp_path / "cloud.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    with pytest.raises(InputError, match=r"cloud\.obj.*Poisson"):
        read_scan(tmp_path / "cloud.obj")


def test_a_glb_whose_buffer_lies_elsewhere_is_refused(tmp_path):
    text = json.dumps({"asset": {"version": "2.0"}, "buffers": [{"uri": "x.bin"}]}).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack(
        "<II", len(text), 0x4E4F534A
    )
    (tmp_path / "far.glb").write_bytes(head + text)
    with pytest.raises(InputError, match="far"):
        read_scan(tmp_path / "far.glb")


@pytest.mark.parametrize("extension", ["KHR_draco_mesh_compression", "EXT_meshopt_compression"])
def test_a_glb_with_compressed_geometry_is_told_what_to_do(tmp_path, extension):
    write_mesh(tmp_path / "plain.glb", painted_ball())
    content = (tmp_path / "plain.glb").read_bytes()
    size = struct.unpack_from("<I", content, 12)[0]
    document = json.loads(content[20 : 20 + size]) | {"extensionsRequired": [extension]}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + size :]
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    head += struct.pack("<II", len(text), 0x4E4F534A)
    (tmp_path / "packed.glb").write_bytes(head + text + rest)
    with pytest.raises(InputError, match=r"packed\.glb.*without compression"):
        read_scan(tmp_path / "packed.glb")


def test_too_many_vertices_are_thinned_with_a_note(tmp_path):
    fine = grid(600, 510, 0.3)
    assert len(fine.vertices) > MANY_VERTICES
    write_mesh(tmp_path / "fine.ply", fine)
    scan = read_scan(tmp_path / "fine.ply")
    assert 0.5 * WANTED_VERTICES < len(scan.mesh.vertices) < 1.1 * WANTED_VERTICES
    assert any(note.startswith("Thinned from 307,111") for note in scan.notes)
    extents = np.ptp(scan.mesh.vertices, axis=0)
    np.testing.assert_allclose(extents, [180, 153, 0], atol=0.7)
