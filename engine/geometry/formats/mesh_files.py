"""Reading and writing meshes by the suffix of their file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.errors import InputError
from engine.geometry.formats.atomic_file import replace_file
from engine.geometry.formats.file_frame import FileFrame, default_frame
from engine.geometry.formats.glb import decode_glb
from engine.geometry.formats.glb_encoder import encode_glb
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.geometry.formats.morph_target import MorphTarget, require_matching
from engine.geometry.formats.obj import decode_obj, encode_obj
from engine.geometry.formats.ply import decode_ply, encode_ply
from engine.geometry.formats.stl import decode_stl, encode_stl
from engine.geometry.mesh import Mesh

_DECODERS: Mapping[str, Callable[[bytes], Mesh]] = {
    ".obj": decode_obj,
    ".ply": decode_ply,
    ".stl": decode_stl,
    ".glb": decode_glb,
}
_ENCODERS: Mapping[str, Callable[[Mesh, str, FileFrame], bytes]] = {
    ".obj": encode_obj,
    ".ply": encode_ply,
    ".stl": encode_stl,
}
MESH_SUFFIXES = tuple(_DECODERS)
"""Suffixes that can be read and written, with the dot, lower case."""
MORPH_SUFFIXES = (".glb",)
"""Those of the formats that hold morph targets."""


def read_mesh(path: Path | str) -> Mesh:
    """The mesh in an OBJ, PLY, STL or GLB file, in millimetres, with its vertices in file order.

    OBJ, PLY and STL state no unit and are taken to be in millimetres with y up, unless they were
    written here: then a remark in the file says what it is in. GLB is in metres.

    Raises:
        InputError: the file is missing, empty or damaged, its suffix is unknown, or it
            holds no faces; the message names the file and says what to do.
    """
    file = Path(path)
    decode = _DECODERS[_require_suffix(file)]
    content = _read_bytes(file)
    try:
        mesh = decode(content)
    except InputError as error:
        raise InputError(f"Cannot read {file}: {error}") from error
    if not len(mesh.faces):
        raise InputError(
            f"Cannot read {file}: it has {len(mesh.vertices)} points but no faces. "
            "Make a surface of them in a meshing program first."
        )
    return mesh


def _read_bytes(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {file}. Check its name and folder.") from error
    except OSError as error:
        raise InputError(
            f"Cannot read {file}: {error.strerror or error}. Check that it is a file you may read."
        ) from error
    if not content.strip():
        raise InputError(f"Cannot read {file}: it is empty. Copy or export it again.")
    return content


def write_mesh(
    path: Path | str,
    mesh: Mesh,
    morphs: Sequence[MorphTarget] = (),
    animation: MorphAnimation | None = None,
    frame: FileFrame | None = None,
) -> None:
    """Write `mesh` as its suffix says: `.obj`, `.ply`, `.stl` or `.glb`.

    With normals, and UV and colours where the mesh and the format have them. The file is
    replaced in one step: on failure the old one stays.

    Args:
        path: the file; its folder must be there.
        mesh: what to write, with at least one face.
        morphs: named displacements `(V, 3)` in mm; only GLB holds them.
        animation: of the weights of `morphs`, one column each.
        frame: unit and upward axis; None for those that suit the format: millimetres, with y up
            in OBJ and PLY and z in STL. A GLB is always in metres with y up.

    Raises:
        InputError: an unknown suffix, a mesh without faces, morphs or a frame that do not fit
            the mesh or the format, or a folder that cannot be written to.
    """
    file = Path(path)
    suffix = _require_suffix(file)
    if not len(mesh.faces):
        raise InputError(f"Cannot write {file}: the mesh has no faces.")
    require_matching(morphs, len(mesh.vertices))
    if animation is not None and animation.weights.shape[1] != len(morphs):
        raise InputError(
            f"Cannot write {file}: the animation moves {animation.weights.shape[1]} morph targets, "
            f"but there are {len(morphs)}."
        )
    require_frame(suffix, frame)
    if suffix == ".glb":
        replace_file(file, encode_glb(mesh, file.stem, morphs, animation))
    elif not morphs:
        replace_file(file, _ENCODERS[suffix](mesh, file.stem, frame or default_frame(suffix)))
    else:
        raise InputError(
            f"Cannot write {file}: a {suffix} file holds no morph targets. "
            "Write a .glb file, or leave the morph targets out."
        )


def require_frame(suffix: str, frame: FileFrame | None) -> None:
    """Check that a format lets its unit and axes be chosen.

    Raises:
        InputError: it does not.
    """
    if suffix == ".glb" and frame is not None:
        raise InputError(
            "A .glb is in metres with y up, as its standard says. Leave the unit and the axis out, "
            "or choose another format."
        )


def _require_suffix(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix not in MESH_SUFFIXES:
        given = f"'{file.suffix}'" if file.suffix else "no suffix"
        raise InputError(
            f"{file} has {given}, which is no mesh format known here. "
            f"Choose a name that ends in {', '.join(MESH_SUFFIXES)}."
        )
    return suffix
