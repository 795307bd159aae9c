"""Writing binary glTF 2.0 (GLB), with vertex order kept, morph targets and their animation."""

import json
import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.geometry.formats.glb import BINARY_CHUNK, JSON_CHUNK, MAGIC, METRES, TRIANGLES
from engine.geometry.formats.gltf_accessors import ELEMENT_ARRAY_BUFFER, AccessorWriter, Json
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.formats.morph_target import MorphTarget
from engine.geometry.formats.srgb import srgb_to_linear
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import ShadingNormals
from engine.geometry.topology import is_watertight
from engine.version import lineament_version

_LINEAR, _MIPMAPS = 9729, 9987
_STILL_MM = 1e-4
"""Displacements below this, and changes of normals below it, are stored as none."""
_SKIN = (0.80, 0.62, 0.54, 1.0)
"""Linear base colour of a mesh without colours of its own."""


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
    shading = ShadingNormals(mesh.vertices, mesh.faces)
    normals = shading.at(mesh.vertices)
    primitive = _describe_primitive(writer, mesh, normals)
    description: Json = {"name": name, "primitives": [primitive]}
    if morphs:
        primitive["targets"] = [
            _describe_morph(writer, mesh, normals, shading, morph) for morph in morphs
        ]
        description["weights"] = [morph.weight for morph in morphs]
        description["extras"] = {"targetNames": [morph.name for morph in morphs]}
    # Described before the buffer is measured, since its keyframes lie in it too.
    animations = [] if animation is None else [_describe_animation(writer, animation)]
    document: Json = {
        "asset": {"version": "2.0", "generator": f"Lineament {lineament_version()}"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0}],
        "meshes": [description],
        "materials": [_describe_skin(mesh, textured=picture is not None)],
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": len(writer.buffer)}],
    }
    if animations:
        document["animations"] = animations
    if picture is not None:
        view = writer.add_bytes(picture)
        document["images"] = [{"bufferView": view, "mimeType": "image/png", "name": "skin"}]
        document["samplers"] = [{"magFilter": _LINEAR, "minFilter": _MIPMAPS}]
        document["textures"] = [{"sampler": 0, "source": 0}]
        document["buffers"] = [{"byteLength": len(writer.buffer)}]
    return _pack(document, writer.buffer)


def _describe_skin(mesh: Mesh, *, textured: bool) -> Json:
    base = _SKIN if mesh.colors is None and not textured else (1.0, 1.0, 1.0, 1.0)
    surface: Json = {"baseColorFactor": base, "metallicFactor": 0.0, "roughnessFactor": 0.6}
    if textured:
        surface["baseColorTexture"] = {"index": 0}
    material: Json = {"name": "skin", "pbrMetallicRoughness": surface}
    if not is_watertight(mesh.faces):
        # Players leave out faces that look away, and an open surface shows its inside.
        material["doubleSided"] = True
    return material


def _describe_animation(writer: AccessorWriter, animation: MorphAnimation) -> Json:
    """The weights of node 0 over time; players take the bounds of the times for its length."""
    times = writer.add(animation.seconds[:, None], None, bounds=True)
    weights = writer.add(animation.weights.reshape(-1, 1), None)
    return {
        "name": animation.name,
        "samplers": [{"input": times, "output": weights, "interpolation": "LINEAR"}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }


def _describe_primitive(writer: AccessorWriter, mesh: Mesh, normals: NDArray[np.float32]) -> Json:
    attributes: Json = {
        "POSITION": writer.add(_in_metres(mesh.vertices), bounds=True),
        "NORMAL": writer.add(_all_of_length_1(normals)),
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
    return {"attributes": attributes, "indices": indices, "material": 0, "mode": TRIANGLES}


def _describe_morph(
    writer: AccessorWriter,
    mesh: Mesh,
    normals: NDArray[np.float32],
    shading: ShadingNormals,
    morph: MorphTarget,
) -> Json:
    turned = shading.at(mesh.vertices + morph.displacements) - normals
    return {
        "POSITION": writer.add_sparse(_in_metres(_without_still(morph.displacements)), bounds=True),
        "NORMAL": writer.add_sparse(_without_still(turned)),
    }


def _in_metres(millimetres: NDArray[np.float32]) -> NDArray[np.float32]:
    return (millimetres.astype(np.float64) * METRES).astype(np.float32)


def _without_still(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.abs(rows).max(axis=1, keepdims=True) > _STILL_MM, rows, np.float32(0))


def _all_of_length_1(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """As glTF wants it; a vertex without a normal of its own looks forward."""
    filled: NDArray[np.float32] = np.where(
        normals.any(axis=1, keepdims=True), normals, np.array([0.0, 0.0, 1.0], np.float32)
    )
    return filled


def _pack(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<III", MAGIC, 2, length),
            struct.pack("<II", len(text), JSON_CHUNK),
            text,
            struct.pack("<II", len(binary), BINARY_CHUNK),
            binary,
        )
    )
