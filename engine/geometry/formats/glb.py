"""Reading binary glTF 2.0 (GLB), with vertex order kept.

glTF is in metres with y up and faces looking along +z, which is this project's frame,
so only the unit changes. Its texture coordinates count from the top, and its vertex
colours are linear light.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.decoded_mesh import make_mesh
from engine.geometry.formats.gltf_accessors import read_accessor
from engine.geometry.formats.srgb import linear_to_srgb
from engine.geometry.mesh import Mesh

METRES = 0.001
MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
TRIANGLES = 4
_BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""What a damaged description leads to, whichever of its fields is used first."""
_GEOMETRY_EXTENSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


def decode_glb(content: bytes) -> Mesh:
    """All triangles of a GLB's scene as one mesh in millimetres, in the order of its nodes.

    Node transforms are applied; morph targets, skins and textures are left out. UV and
    colours are kept where every part has them.

    Raises:
        InputError: the file is not GLB 2.0, is damaged, or is compressed.
    """
    try:
        document, binary = _unpack(content)
        _require_plain(document)
        parts = list(_scene_parts(document, binary))
    except _BROKEN as error:
        raise InputError(
            f"It is not a sound GLB file ({error}). Copy it again, or export it again as glTF "
            "binary with its data inside."
        ) from error
    return _join(parts)


def require_uncompressed(content: bytes) -> None:
    """Do nothing unless `content` is GLB whose geometry is compressed; damage is not looked for.

    Raises:
        InputError: it is.
    """
    try:
        document, _ = _unpack(content)
        _require_plain(document)
    except _BROKEN:
        return


def _unpack(content: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack_from("<III", content)
    if magic != MAGIC or version != 2:
        raise ValueError("it does not begin as glTF binary 2.0 does")
    if length > len(content):
        raise ValueError(f"it says it has {length} bytes, but {len(content)} are there")
    chunks: dict[int, bytes] = {}
    start = 12
    while start + 8 <= length:
        size, kind = struct.unpack_from("<II", content, start)
        chunks.setdefault(kind, content[start + 8 : start + 8 + size])
        start += 8 + size
    return json.loads(chunks[JSON_CHUNK].decode("utf-8")), chunks.get(BINARY_CHUNK, b"")


def _require_plain(document: dict) -> None:
    for extension in document.get("extensionsRequired", ()):
        if extension in _GEOMETRY_EXTENSIONS:
            raise InputError(
                f"Its geometry is compressed ({extension}), which is not supported. "
                "Export it again without compression."
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One primitive in the scene: mm, counter-clockwise, bottom-up UV, sRGB."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64] | None
    colors: NDArray[np.uint8] | None


def _scene_parts(document: dict, binary: bytes) -> Iterator[_Part]:
    nodes = document.get("nodes", [])
    scenes = document.get("scenes", [])
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
    waiting = [(root, np.eye(4)) for root in reversed(roots)]
    visits = 0
    while waiting:
        number, parent = waiting.pop()
        visits += 1
        if visits > len(nodes):
            raise ValueError("its nodes are not a tree")
        node = nodes[number]
        transform = parent @ _local_transform(node)
        waiting.extend((child, transform) for child in reversed(node.get("children", [])))
        if "mesh" in node:
            for primitive in document["meshes"][node["mesh"]]["primitives"]:
                if primitive.get("mode", TRIANGLES) == TRIANGLES:
                    yield _read_part(document, binary, primitive, transform)


def _local_transform(node: dict) -> NDArray[np.float64]:
    """The node's `(4, 4)` matrix, or translation · rotation · scale."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    transform = np.eye(4)
    transform[:3, :3] = rotation * np.array(node.get("scale", (1.0, 1.0, 1.0)), dtype=np.float64)
    transform[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return transform


def _read_part(document: dict, binary: bytes, primitive: dict, transform: NDArray) -> _Part:
    attributes = primitive["attributes"]
    local = read_accessor(document, binary, attributes["POSITION"]).astype(np.float64)
    vertices = (local @ transform[:3, :3].T + transform[:3, 3]) / METRES
    if "indices" in primitive:
        faces = read_accessor(document, binary, primitive["indices"]).astype(np.int64)
    else:
        faces = np.arange(len(vertices))
    faces = faces.reshape(-1, 3)
    if faces.size and faces.max() >= len(vertices):
        raise ValueError(f"a face names vertex {faces.max()} of {len(vertices)}")
    if np.linalg.det(transform[:3, :3]) < 0:
        faces = faces[:, ::-1]
    uv = colors = None
    if "TEXCOORD_0" in attributes:
        top_down = read_accessor(document, binary, attributes["TEXCOORD_0"]).astype(np.float64)
        uv = np.stack([top_down[:, 0], 1.0 - top_down[:, 1]], axis=1)
    if "COLOR_0" in attributes:
        colors = linear_to_srgb(read_accessor(document, binary, attributes["COLOR_0"])[:, :3])
    return _Part(vertices, faces, uv, colors)


def _join(parts: Sequence[_Part]) -> Mesh:
    if not parts:
        return make_mesh(np.empty((0, 3)), np.empty((0, 3), np.int64))
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    uvs = [part.uv for part in parts if part.uv is not None]
    colors = [part.colors for part in parts if part.colors is not None]
    return make_mesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]),
        uv=np.concatenate(uvs) if len(uvs) == len(parts) else None,
        colors=np.concatenate(colors) if len(colors) == len(parts) else None,
    )
