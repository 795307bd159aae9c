import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.formats import read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from tests.engine.geometry.shapes import grid, mesh_of

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def read_text(tmp_path, text: str) -> Mesh:
    path = tmp_path / "given.obj"
    path.write_text(text, "utf-8")
    return read_mesh(path)


def test_polygons_become_fans(tmp_path):
    mesh = read_text(tmp_path, SQUARE + "v -1 0.5 0\nf 1 2 3 4 5\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3], [0, 3, 4]])


def test_negative_indices_count_from_the_last_vertex_so_far(tmp_path):
    mesh = read_text(tmp_path, "v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\nv 0 1 0\nf -4 -2 -1\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])


def test_comments_groups_continuations_and_carriage_returns(tmp_path):
    text = "# head\r\no nose\r\nv 0 0 0 # tip\r\nv 1 0 0\r\nv 1 1 0\r\ng part\r\nf 1 \\\r\n2 3\r\n"
    mesh = read_text(tmp_path, text)
    np.testing.assert_array_equal(mesh.vertices, [[0, 0, 0], [1, 0, 0], [1, 1, 0]])
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2]])


def test_uv_follows_its_own_index(tmp_path):
    text = SQUARE + "vt 1 1\nvt 0 1\nvt 0 0\nvt 1 0\nvn 0 0 1\nf 1/3/1 2/4/1 3/1/1 4/2/1\n"
    mesh = read_text(tmp_path, text)
    np.testing.assert_array_equal(mesh.uv, [[0, 0], [1, 0], [1, 1], [0, 1]])


def test_a_vertex_on_a_seam_keeps_its_place_and_loses_uv(tmp_path):
    seam = "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nvt 0.5 0.5\nf 1/1 2/2 3/3\nf 1/5 3/3 4/4\n"
    mesh = read_text(tmp_path, SQUARE + seam)
    assert mesh.uv is None
    assert len(mesh.vertices) == 4
    # The same value under two numbers is no seam.
    assert read_text(tmp_path, SQUARE + seam.replace("0.5 0.5", "0 0")).uv is not None


def test_corners_without_uv_and_normals_without_uv(tmp_path):
    assert read_text(tmp_path, SQUARE + "vt 0 0\nf 1/1 2/1 3/1\nf 1 3 4\n").uv is None
    mesh = read_text(tmp_path, SQUARE + "vn 0 0 1\nf 1//1 2//1 3//1\n")
    assert mesh.uv is None
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2]])


def test_colours_are_fractions_or_bytes(tmp_path):
    fractions = "v 0 0 0 1 0 0.2\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nf 1 2 3\n"
    expected = [[255, 0, 51], [0, 255, 0], [0, 0, 255]]
    np.testing.assert_array_equal(read_text(tmp_path, fractions).colors, expected)
    in_bytes = "v 0 0 0 255 0 51\nv 1 0 0 0 255 0\nv 1 1 0 0 0 255\nf 1 2 3\n"
    np.testing.assert_array_equal(read_text(tmp_path, in_bytes).colors, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SQUARE + "f 1 2 x\n", "Line 5 cannot be read: 'f 1 2 x'"),
        (SQUARE + "f 1 2\n", "Line 5"),
        (SQUARE + "f 0 1 2\n", "Line 5"),
        (SQUARE + "f 1 2 -9\n", "Line 5"),
        (SQUARE + "f 1 2 4294967297\n", "Line 5"),
        ("v 0 0\n", "Line 1"),
        ("v 0 zero 0\n", "Line 1"),
        (SQUARE + "f 1 2 9\n", "vertices 0 to 8, but there are 4"),
        ("v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "Vertex 0 of the mesh is not a finite"),
        ("v 0 0 0\nv 1e60 0 0\nv 0 1 0\nf 1 2 3\n", "Vertex 1 of the mesh is not a finite"),
        (SQUARE, "4 points but no faces"),
        ("# nothing\n", "0 points but no faces"),
    ],
)
def test_unsound_files_are_explained(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_text(tmp_path, text)
    assert "given.obj" in str(caught.value)


def test_every_corner_names_its_uv_and_normal(tmp_path):
    write_mesh(tmp_path / "my head.obj", grid(1, 1))
    lines = (tmp_path / "my head.obj").read_text("utf-8").splitlines()
    assert lines[-2:] == ["f 1/1/1 2/2/2 4/4/4", "f 1/1/1 4/4/4 3/3/3"]
    assert lines[1] == "o my_head"
    plain = mesh_of(grid(1, 1).vertices, grid(1, 1).faces)
    write_mesh(tmp_path / "plain.obj", plain)
    assert (tmp_path / "plain.obj").read_text("utf-8").splitlines()[-1] == "f 1//1 4//4 3//3"
