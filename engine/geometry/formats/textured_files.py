"""Writing a mesh with its texture: one GLB, or an OBJ with an MTL and a PNG beside it."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.geometry.formats.atomic_file import replace_file
from engine.geometry.formats.glb import encode_glb
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.formats.morph_target import MorphTarget, require_matching
from engine.geometry.formats.obj import encode_obj
from engine.geometry.textured_mesh import TexturedMesh

TEXTURE_SUFFIXES = (".glb", ".obj")
"""Formats that hold a texture."""
MATERIAL = "skin"


def encode_png(texture: NDArray[np.uint8]) -> bytes:
    """A picture `(H, W, 3)` as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(texture).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def write_textured_mesh(
    path: Path | str,
    textured: TexturedMesh,
    morphs: Sequence[MorphTarget] = (),
    animation: MorphAnimation | None = None,
) -> tuple[Path, ...]:
    """Write a mesh with its texture as its suffix says.

    A GLB holds the picture. An OBJ names `<stem>.mtl`, which names `<stem>.png`; both are written
    beside it, and replaced if they are there. The OBJ is written last, so that it never names
    files that are not there.

    Returns:
        The files that were written.

    Raises:
        InputError: another suffix, a mesh without faces, morphs that do not fit the mesh or the
            format, or a folder that cannot be written to.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in TEXTURE_SUFFIXES:
        raise InputError(
            f"Cannot write {file}: a {suffix or 'nameless'} file holds no texture. Choose a name "
            f"that ends in {' or '.join(TEXTURE_SUFFIXES)}, or leave the texture out."
        )
    if not len(textured.mesh.faces):
        raise InputError(f"Cannot write {file}: the mesh has no faces.")
    require_matching(morphs, len(textured.mesh.vertices))
    picture = encode_png(textured.texture)
    if suffix == ".glb":
        replace_file(file, encode_glb(textured.mesh, file.stem, morphs, animation, picture))
        return (file,)
    if morphs:
        raise InputError(
            f"Cannot write {file}: an .obj file holds no morph targets. Write a .glb file, or "
            "leave the morph targets out."
        )
    return _write_obj(file, textured, picture)


def _write_obj(file: Path, textured: TexturedMesh, picture: bytes) -> tuple[Path, ...]:
    # Readers split the names in these files at spaces, so the names have none.
    stem = "_".join(file.stem.split())
    image, material = (file.with_name(stem + suffix) for suffix in (".png", ".mtl"))
    replace_file(image, picture)
    replace_file(material, _encode_material(image.name))
    replace_file(file, encode_obj(textured.mesh, file.stem, (material.name, MATERIAL)))
    return (file, material, image)


def _encode_material(image: str) -> bytes:
    lines = [
        "# Lineament",
        f"newmtl {MATERIAL}",
        "Ka 0 0 0",
        "Kd 1 1 1",
        "Ks 0 0 0",
        "illum 1",
        f"map_Kd {image}",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")
