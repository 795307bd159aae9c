"""Writing a mesh with its texture: one GLB, or an OBJ with an MTL and a PNG beside it."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.geometry.formats.atomic_file import replace_file
from engine.geometry.formats.face_group import FaceGroup
from engine.geometry.formats.file_frame import FileFrame
from engine.geometry.formats.glb_encoder import encode_glb
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.formats.morph_target import MorphTarget, require_matching
from engine.geometry.formats.obj_files import write_obj_files
from engine.geometry.textured_mesh import TexturedMesh

TEXTURE_SUFFIXES = (".glb", ".obj")
"""Formats that hold a texture."""


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
    frame: FileFrame | None = None,
    groups: Sequence[FaceGroup] = (),
) -> tuple[Path, ...]:
    """Write a mesh with its texture as its suffix says.

    A GLB holds the picture. An OBJ names `<stem>.mtl`, which names `<stem>_skin.png`; both are
    written beside it, and replaced if they are there.

    Args:
        frame, groups: of an OBJ; a GLB is in metres and one surface.

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
    # Some programs multiply colours of vertices with the texture.
    bare = replace(textured.mesh, colors=None)
    return write_obj_files(file, bare, frame, picture, groups)
