"""Stereolithography STL: triangles without shared vertices, UV or colour.

Programs for printers, and Blender, take z for up, so that is how a head is written: upright.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.decoded_mesh import make_mesh
from engine.geometry.formats.file_frame import FileFrame, default_frame, stated_frame
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_normals

_HEADER_BYTES = 84
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def decode_stl(content: bytes) -> Mesh:
    """The triangles of a binary or text STL, three vertices of its own for each.

    `topology.merge_equal_vertices` joins them into a surface.

    Raises:
        InputError: the file is neither, or is cut short.
    """
    if len(content) >= _HEADER_BYTES:
        (count,) = struct.unpack_from("<I", content, _HEADER_BYTES - 4)
        if len(content) == _HEADER_BYTES + count * _TRIANGLE.itemsize:
            records = np.frombuffer(content, _TRIANGLE, offset=_HEADER_BYTES)
            corners = records["corners"].reshape(-1, 3)
            return _soup(stated_frame(content[:_HEADER_BYTES]).from_file(corners))
    if content.lstrip()[:5].lower() == b"solid":
        return _decode_text(content.decode("utf-8", errors="replace"))
    raise InputError(
        f"The file has {len(content)} bytes, which fits neither a binary nor a text STL; it may "
        "have been cut short. Copy or export it again."
    )


def _decode_text(text: str) -> Mesh:
    numbers: list[list[float]] = []
    for line_number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words or words[0].lower() != "vertex":
            continue
        try:
            x, y, z = (float(word) for word in words[1:])
        except ValueError as error:
            raise InputError(
                f"Line {line_number} cannot be read: '{line.strip()[:80]}'. "
                "A vertex has three numbers. Export the mesh again."
            ) from error
        numbers.append([x, y, z])
    if len(numbers) % 3:
        raise InputError(
            f"The file has {len(numbers)} vertices, which do not make whole triangles; it may have "
            "been cut short. Copy or export it again."
        )
    return _soup(np.array(numbers))


def _soup(corners: NDArray) -> Mesh:
    vertices = corners.reshape(-1, 3)
    return make_mesh(vertices, np.arange(len(vertices)).reshape(-1, 3))


def encode_stl(mesh: Mesh, name: str, frame: FileFrame | None = None) -> bytes:
    """`mesh` as binary STL, with the normal of each face; in mm with z up if no frame is given."""
    frame = frame or default_frame(".stl")
    records = np.zeros(len(mesh.faces), _TRIANGLE)
    records["normal"] = frame.turn(face_normals(mesh.vertices, mesh.faces))
    records["corners"] = frame.to_file(mesh.vertices)[mesh.faces]
    # The header must not begin with "solid", or programs take the file for text.
    title = f"{frame.remark()}: {name}".encode("ascii", errors="replace")
    return title[:80].ljust(80) + struct.pack("<I", len(records)) + records.tobytes()
