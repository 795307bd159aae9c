"""Binary glTF 2.0 (GLB), with vertex order kept and morph targets.

glTF is in metres with y up and faces looking along +z, which is this project's frame,
so only the unit changes. Its texture coordinates count from the top, and its vertex
colours are linear light. Weights of morph targets can be animated.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.decoded_mesh import make_mesh
from engine.geometry.formats.gltf_accessors import (
    ELEMENT_ARRAY_BUFFER,
    AccessorWriter,
    Json,
    read_accessor,
)
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.formats.morph_target import MorphTarget
from engine.geometry.formats.srgb import linear_to_srgb, srgb_to_linear
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.version import lineament_version

_METRES = 0.001
_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
_TRIANGLES = 4
_LINEAR, _MIPMAPS = 9729, 9987
_STILL_MM = 1e-4
"""Displacements below this, and changes of normals below it, are stored as none."""
_SKIN = (0.80, 0.62, 0.54, 1.0)
"""Linear base colour of a mesh without colours of its own."""
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


def encode_glb(
    mesh: Mesh,
    name: str,
    morphs: Sequence[MorphTarget] = (),
    animation: MorphAnimation | None = None,
    picture: bytes | None = None,
) -> bytes:
    """`mesh` as GLB in metres, with normals, what UV and colours it has, and `morphs`.

    `animation` moves the weights of `morphs`; it has one column for each of them. `picture` is a
    PNG over the UV, in place of the mesh's own colours, which players would multiply with it.
    """
    if picture is not None:
        mesh = replace(mesh, colors=None)
    writer = AccessorWriter()
    primitive = _describe_primitive(writer, mesh)
    description: Json = {"name": name, "primitives": [primitive]}
    if morphs:
        primitive["targets"] = [_describe_morph(writer, mesh, morph) for morph in morphs]
        description["weights"] = [morph.weight for morph in morphs]
        description["extras"] = {"targetNames": [morph.name for morph in morphs]}
    bare = mesh.colors is None and picture is None
    base = _SKIN if bare else (1.0, 1.0, 1.0, 1.0)
    surface: Json = {"baseColorFactor": base, "metallicFactor": 0.0, "roughnessFactor": 0.6}
    # Described before the buffer is measured, since its keyframes lie in it too.
    animations = [] if animation is None else [_describe_animation(writer, animation)]
    document: Json = {
        "asset": {"version": "2.0", "generator": f"Lineament {lineament_version()}"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0}],
        "meshes": [description],
        "materials": [{"name": "skin", "pbrMetallicRoughness": surface}],
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": len(writer.buffer)}],
    }
    if animations:
        document["animations"] = animations
    if picture is not None:
        surface["baseColorTexture"] = {"index": 0}
        view = writer.add_bytes(picture)
        document["images"] = [{"bufferView": view, "mimeType": "image/png", "name": "skin"}]
        document["samplers"] = [{"magFilter": _LINEAR, "minFilter": _MIPMAPS}]
        document["textures"] = [{"sampler": 0, "source": 0}]
        document["buffers"] = [{"byteLength": len(writer.buffer)}]
    return _pack(document, writer.buffer)


def _describe_animation(writer: AccessorWriter, animation: MorphAnimation) -> Json:
    """The weights of node 0 over time; players take the bounds of the times for its length."""
    times = writer.add(animation.seconds[:, None], None, bounds=True)
    weights = writer.add(animation.weights.reshape(-1, 1), None)
    return {
        "name": animation.name,
        "samplers": [{"input": times, "output": weights, "interpolation": "LINEAR"}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }


def _describe_primitive(writer: AccessorWriter, mesh: Mesh) -> Json:
    attributes: Json = {
        "POSITION": writer.add(_in_metres(mesh.vertices), bounds=True),
        "NORMAL": writer.add(_unit_normals(mesh)),
    }
    if mesh.uv is not None:
        flipped = np.stack([mesh.uv[:, 0], 1.0 - mesh.uv[:, 1]], axis=1)
        attributes["TEXCOORD_0"] = writer.add(flipped)
    if mesh.colors is not None:
        # Four 16-bit columns keep the dark tones of linear light and the 4-byte alignment.
        linear = np.ones((len(mesh.colors), 4))
        linear[:, :3] = srgb_to_linear(mesh.colors)
        steps = np.round(linear * 65535.0).astype(np.uint16)
        attributes["COLOR_0"] = writer.add(steps, normalized=True)
    # The largest 16-bit index is reserved.
    index_type = np.uint16 if len(mesh.vertices) <= 65535 else np.uint32
    indices = writer.add(mesh.faces.ravel().astype(index_type), ELEMENT_ARRAY_BUFFER)
    return {"attributes": attributes, "indices": indices, "material": 0, "mode": _TRIANGLES}


def _describe_morph(writer: AccessorWriter, mesh: Mesh, morph: MorphTarget) -> Json:
    moved = mesh.vertices + morph.displacements
    turned = vertex_normals(moved, mesh.faces) - vertex_normals(mesh.vertices, mesh.faces)
    return {
        "POSITION": writer.add_sparse(_in_metres(_without_still(morph.displacements)), bounds=True),
        "NORMAL": writer.add_sparse(_without_still(turned)),
    }


def _in_metres(millimetres: NDArray[np.float32]) -> NDArray[np.float32]:
    return (millimetres.astype(np.float64) * _METRES).astype(np.float32)


def _without_still(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.abs(rows).max(axis=1, keepdims=True) > _STILL_MM, rows, np.float32(0))


def _unit_normals(mesh: Mesh) -> NDArray[np.float32]:
    """glTF wants length 1 everywhere, so a vertex without a normal of its own looks forward."""
    normals = vertex_normals(mesh.vertices, mesh.faces)
    normals[~normals.any(axis=1)] = (0.0, 0.0, 1.0)
    return normals


def _pack(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<III", _MAGIC, 2, length),
            struct.pack("<II", len(text), _JSON_CHUNK),
            text,
            struct.pack("<II", len(binary), _BINARY_CHUNK),
            binary,
        )
    )


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


def _unpack(content: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack_from("<III", content)
    if magic != _MAGIC or version != 2:
        raise ValueError("it does not begin as glTF binary 2.0 does")
    if length > len(content):
        raise ValueError(f"it says it has {length} bytes, but {len(content)} are there")
    chunks: dict[int, bytes] = {}
    start = 12
    while start + 8 <= length:
        size, kind = struct.unpack_from("<II", content, start)
        chunks.setdefault(kind, content[start + 8 : start + 8 + size])
        start += 8 + size
    return json.loads(chunks[_JSON_CHUNK].decode("utf-8")), chunks.get(_BINARY_CHUNK, b"")


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
                if primitive.get("mode", _TRIANGLES) == _TRIANGLES:
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
    vertices = (local @ transform[:3, :3].T + transform[:3, 3]) / _METRES
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
