"""Stanford PLY, with vertex order kept."""

import struct

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.decoded_mesh import make_mesh
from engine.geometry.formats.file_frame import FileFrame, stated_frame
from engine.geometry.formats.ply_tables import Table, read_tables
from engine.geometry.formats.srgb import unit_to_bytes
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import shading_normals

_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_CORNER_NAMES = ("vertex_indices", "vertex_index")


def decode_ply(content: bytes) -> Mesh:
    """The mesh of a text or binary PLY; polygons become fans of triangles.

    UV is read from the vertices (`s t`, `u v` or `texture_u texture_v`), not from corners
    of faces, which would split vertices.

    Raises:
        InputError: the file is not PLY, is cut short, or its mesh is not sound.
    """
    try:
        tables = read_tables(content)
        vertices = tables["vertex"].columns
        positions = np.column_stack([vertices[axis].astype(np.float64) for axis in "xyz"])
    except KeyError as error:
        raise InputError(
            f"It is a PLY file without {error}, so it has no positions. Export it again as a mesh."
        ) from error
    except (ValueError, struct.error) as error:
        raise InputError(
            f"It is not a sound PLY file: {error}. Copy it again, or export it again as binary PLY."
        ) from error
    positions = stated_frame(content).from_file(positions)
    return make_mesh(positions, _read_faces(tables), _read_uv(vertices), _read_colors(vertices))


def _read_faces(tables: dict[str, Table]) -> NDArray[np.int64]:
    """Triangles `(F, 3)`, polygon after polygon."""
    lists = tables["face"].lists if "face" in tables else {}
    name = next((name for name in _CORNER_NAMES if name in lists), None)
    if name is None:
        return np.empty((0, 3), np.int64)
    lengths, corners = lists[name].lengths, lists[name].values.astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    triangles, owners = [np.empty((0, 3), np.int64)], [np.empty(0, np.int64)]
    for length in np.unique(lengths[lengths >= 3]):
        polygons = np.flatnonzero(lengths == length)
        for second in range(1, int(length) - 1):
            places = starts[polygons, None] + (0, second, second + 1)
            triangles.append(corners[places])
            owners.append(polygons)
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(triangles)[order]


def _read_uv(vertices: dict[str, NDArray]) -> NDArray | None:
    for u, v in _UV_NAMES:
        if u in vertices and v in vertices:
            return np.column_stack([vertices[u], vertices[v]])
    return None


def _read_colors(vertices: dict[str, NDArray]) -> NDArray[np.uint8] | None:
    names = ("red", "green", "blue")
    if not all(name in vertices for name in names):
        return None
    return _color_bytes(np.column_stack([vertices[name] for name in names]))


def _color_bytes(colors: NDArray) -> NDArray[np.uint8]:
    """Colours are bytes, 16-bit integers, or floats from 0 to 1, as their type says."""
    if colors.dtype == np.uint8:
        return colors
    scale = 65535.0 if colors.dtype == np.uint16 else 1.0 if colors.dtype.kind == "f" else 255.0
    return unit_to_bytes(colors / scale)


def encode_ply(mesh: Mesh, name: str, frame: FileFrame | None = None) -> bytes:
    """`mesh` as little-endian PLY: positions, normals and what UV (`s t`) and colours it has.

    In mm with y up if no frame is given.
    """
    frame = frame or FileFrame()
    columns: list[tuple[str, str, str, NDArray]] = []
    for names, values in (
        ("x y z", frame.to_file(mesh.vertices)),
        ("nx ny nz", frame.turn(shading_normals(mesh.vertices, mesh.faces))),
        ("s t", mesh.uv),
    ):
        if values is not None:
            columns.extend(
                (key, "float", "<f4", values[:, k]) for k, key in enumerate(names.split())
            )
    if mesh.colors is not None:
        for k, key in enumerate(("red", "green", "blue")):
            columns.append((key, "uchar", "u1", mesh.colors[:, k]))
    vertices = np.empty(len(mesh.vertices), [(key, dtype) for key, _, dtype, _ in columns])
    for key, _, _, values in columns:
        vertices[key] = values
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment {frame.remark()}: {' '.join(name.split())}",
        f"element vertex {len(vertices)}",
        *(f"property {word} {key}" for key, word, _, _ in columns),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    text = ("\n".join(header) + "\n").encode("ascii", errors="replace")
    return text + vertices.tobytes() + faces.tobytes()
