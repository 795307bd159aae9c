import struct

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.formats import read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.topology import is_watertight, merge_equal_vertices
from tests.engine.geometry.shapes import sphere

HEADER = "ply\nformat ascii 1.0\nelement vertex 4\n"
PLACE = "property float x\nproperty float y\nproperty float z\n"
FACES = "element face {}\nproperty list uchar int vertex_indices\nend_header\n"


def read_ply(tmp_path, text: str) -> Mesh:
    path = tmp_path / "given.ply"
    path.write_text(text, "ascii")
    return read_mesh(path)


def test_text_ply_with_a_quad(tmp_path):
    body = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"
    mesh = read_ply(tmp_path, HEADER + PLACE + FACES.format(1) + body)
    assert len(mesh.faces) == 2
    corners = mesh.vertices[mesh.faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    np.testing.assert_allclose(normals.sum(axis=0) / 2, [0, 0, 1])


@pytest.mark.parametrize(
    ("faces", "expected"),
    [
        ("5 0 1 2 3 4\n", [[0, 1, 2], [0, 2, 3], [0, 3, 4]]),
        ("3 0 1 2\n5 0 1 2 3 4\n", [[0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 3, 4]]),
    ],
)
def test_polygons_in_ply_become_fans(tmp_path, faces, expected):
    header = HEADER.replace("4", "5") + PLACE + FACES.format(faces.count("\n"))
    mesh = read_ply(tmp_path, header + "0 0 0\n2 0 0\n3 1 0\n2 2 0\n0 2 0\n" + faces)
    np.testing.assert_array_equal(mesh.faces, expected)


@pytest.mark.parametrize("names", ["s t", "u v", "texture_u texture_v"])
def test_ply_uv_names(tmp_path, names):
    first, second = names.split()
    uv = f"property float {first}\nproperty float {second}\n"
    body = "0 0 0 0 0\n1 0 0 1 0\n1 1 0 1 1\n0 1 0 0 1\n3 0 1 2\n3 0 2 3\n"
    mesh = read_ply(tmp_path, HEADER + PLACE + uv + FACES.format(2) + body)
    np.testing.assert_array_equal(mesh.uv, [[0, 0], [1, 0], [1, 1], [0, 1]])
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])


def test_ply_colours_as_fractions(tmp_path):
    colors = "".join(f"property float {name}\n" for name in ("red", "green", "blue"))
    body = "0 0 0 1 0 0\n1 0 0 0 0.2 0\n1 1 0 0 0 1\n0 1 0 0 0 0\n3 0 1 2\n"
    mesh = read_ply(tmp_path, HEADER + PLACE + colors + FACES.format(1) + body)
    np.testing.assert_array_equal(mesh.colors, [[255, 0, 0], [0, 51, 0], [0, 0, 255], [0, 0, 0]])


def test_ply_points_without_faces_are_explained(tmp_path):
    body = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n"
    with pytest.raises(InputError, match="4 points but no faces"):
        read_ply(tmp_path, HEADER + PLACE + "end_header\n" + body)


def test_ply_with_a_broken_number_or_index_is_explained(tmp_path):
    body = "0 0 0\n1 0 0\n1 1 zero\n0 1 0\n3 0 1 2\n"
    with pytest.raises(InputError, match=r"Cannot read .*given\.ply"):
        read_ply(tmp_path, HEADER + PLACE + FACES.format(1) + body)
    body = "0 0 0\n1 0 0\n1 1 nan\n0 1 0\n3 0 1 2\n"
    with pytest.raises(InputError, match="Vertex 2 of the mesh is not a finite"):
        read_ply(tmp_path, HEADER + PLACE + FACES.format(1) + body)
    body = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 7\n"
    with pytest.raises(InputError, match="vertices 0 to 7, but there are 4"):
        read_ply(tmp_path, HEADER + PLACE + FACES.format(1) + body)


def test_text_stl(tmp_path):
    path = tmp_path / "given.stl"
    facet = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 {}\nendloop\n"
    path.write_text(f"solid nose\n{facet.format(0)}endfacet\n{facet.format(5)}endfacet\nendsolid\n")
    mesh = read_mesh(path)
    assert mesh.vertices.shape == (6, 3)
    assert mesh.vertices[5, 2] == 5
    path.write_text("solid nose\n" + facet.format("five"))
    with pytest.raises(InputError, match="Line 6 cannot be read: 'vertex 0 1 five'"):
        read_mesh(path)
    path.write_text("solid nose\n" + facet.format(0) + "vertex 0 0 0\n")
    with pytest.raises(InputError, match="4 vertices, which do not make whole triangles"):
        read_mesh(path)


def test_stl_header_never_looks_like_text(tmp_path):
    path = tmp_path / "solid.stl"
    mesh = sphere(subdivisions=1)
    write_mesh(path, mesh)
    content = path.read_bytes()
    assert not content.startswith(b"solid")
    assert len(content) == 84 + 50 * len(mesh.faces)
    assert is_watertight(merge_equal_vertices(read_mesh(path)).faces)
    path.write_bytes(content[:-10])
    with pytest.raises(InputError, match="cut short"):
        read_mesh(path)


def test_binary_ply_of_either_byte_order_with_mixed_polygons(tmp_path):
    header = (
        "ply\nformat binary_{}_endian 1.0\ncomment Größe\nelement vertex 5\nproperty double x\n"
        "property double y\nproperty double z\nproperty uchar red\nproperty uchar green\n"
        "property uchar blue\nelement face {}\nproperty uchar part\n"
        "property list uchar uint vertex_index\nend_header\n"
    )
    places = [(0, 0, 0), (2, 0, 0), (3, 1, 0), (2, 2, 0), (0, 2, 0)]
    for order, sign in (("little", "<"), ("big", ">")):
        body = b"".join(struct.pack(sign + "3d3B", *place, 1, 2, 3) for place in places)
        quad = struct.pack(sign + "BB4I", 7, 4, 0, 1, 2, 3)
        triangle = struct.pack(sign + "BB3I", 7, 3, 0, 3, 4)
        for faces in ([triangle, quad], [triangle, triangle], [quad, triangle, quad]):
            path = tmp_path / "given.ply"
            text = header.format(order, len(faces)).encode("latin-1")
            path.write_bytes(text + body + b"".join(faces))
            mesh = read_mesh(path)
            np.testing.assert_array_equal(mesh.vertices, places)
            np.testing.assert_array_equal(mesh.colors, [[1, 2, 3]] * 5)
            expected = [
                row
                for face in faces
                for row in ([[0, 3, 4]] if face is triangle else [[0, 1, 2], [0, 2, 3]])
            ]
            np.testing.assert_array_equal(mesh.faces, expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("property float x", "property floot x", "names the type 'floot'"),
        ("property float x", "property float w", "without 'x'"),
        ("element vertex 4", "element vertex 40", "it ends within"),
        ("element vertex 4", "element vortex 4", "without 'vertex'"),
        ("format ascii 1.0", "formula", "the line 'formula'"),
        ("format ascii 1.0", "comment", "does not state the format"),
        ("end_header", "end", "header has no end"),
        ("3 0 1 2", "3 0 1", "it ends within row 0 of 'face'"),
        ("3 0 1 2", "3 0 1 2.5", "2.5 stands where an integer should"),
        ("3 0 1 2", "2 0 1", "4 points but no faces"),
    ],
)
def test_unsound_ply_files_say_what_is_wrong(tmp_path, old, new, message):
    text = HEADER + PLACE + FACES.format(1) + "0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n"
    assert old in text
    with pytest.raises(InputError, match=message):
        read_ply(tmp_path, text.replace(old, new))
