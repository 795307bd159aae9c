"""Scan files: our own readers first, trimesh for what they refuse and for textures."""

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import InputError
from engine.geometry.formats.glb import decode_glb, require_uncompressed
from engine.geometry.formats.ply import decode_ply
from engine.geometry.formats.stl import decode_stl
from engine.geometry.mesh import Mesh
from engine.scans.cleaning import clean
from engine.scans.foreign import read_foreign
from engine.scans.quick_obj import read_quick_obj
from engine.scans.raw_surface import RawSurface
from engine.scans.scan import Scan

_DECODERS: Mapping[str, Callable[[bytes], Mesh]] = {
    ".ply": decode_ply,
    ".stl": decode_stl,
    ".glb": decode_glb,
}
SCAN_SUFFIXES = (".obj", *_DECODERS)
"""Suffixes that can be read, with the dot, lower case."""

LARGEST_BYTES = 3 << 30
LARGEST_TEXT_BYTES = 300 << 20
"""PLY and STL as text take many times their size while they are read."""
LARGEST_FOREIGN_BYTES = 300 << 20
HEADER_BYTES = 1 << 16


def read_scan(path: Path | str) -> Scan:
    """The surface in an OBJ, PLY, STL or GLB file, cleaned, in the unit and axes of the file.

    Colours are kept at the vertices: the file's own, or its texture's sampled there. Scans of
    more than 300,000 vertices are thinned to about 200,000.

    Raises:
        InputError: the file is missing, empty, damaged or too large, its suffix is unknown, or
            it holds no surface; the message names the file and says what to do.
    """
    file = Path(path)
    if file.suffix.lower() not in SCAN_SUFFIXES:
        given = f"'{file.suffix}'" if file.suffix else "no suffix"
        raise InputError(
            f"{file} has {given}, which is no scan format known here. "
            f"Choose a file that ends in {', '.join(SCAN_SUFFIXES)}."
        )
    content = _content_of(file)
    raw = _decode(file, content)
    del content
    try:
        mesh, notes = clean(raw)
    except InputError as error:
        raise InputError(f"Cannot read {file}: {error}") from error
    return Scan(mesh, file.stem, notes)


def _content_of(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > LARGEST_BYTES:
            raise InputError(
                f"{file} has {size / 2**30:.1f} GB; up to {LARGEST_BYTES >> 30} can be read. Thin "
                "the scan out in a meshing program first; 200,000 vertices are plenty."
            )
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {file}. Check its name and folder.") from error
    except OSError as error:
        raise InputError(
            f"Cannot read {file}: {error.strerror or error}. Check that it is a file you may read."
        ) from error
    if not content[:HEADER_BYTES].strip() and not content.strip():
        raise InputError(f"Cannot read {file}: it is empty. Copy or export it again.")
    if len(content) > LARGEST_TEXT_BYTES and _is_text(file, content):
        raise InputError(
            f"{file} is a text file of {len(content) >> 20} MB, which takes too long to read. "
            "Save it as binary in a meshing program."
        )
    return content


def _is_text(file: Path, content: bytes) -> bool:
    start = content[:HEADER_BYTES]
    if file.suffix.lower() == ".ply":
        return b"format ascii" in start
    return file.suffix.lower() == ".stl" and start[:5] == b"solid" and b"facet" in start


def _decode(file: Path, content: bytes) -> RawSurface:
    if file.suffix.lower() == ".glb":
        try:
            require_uncompressed(content)  # trimesh would put zeros in its place
        except InputError as error:
            raise InputError(f"Cannot read {file}: {error}") from error
    textured = _has_texture(file, content) and len(content) <= LARGEST_FOREIGN_BYTES
    if textured:
        try:
            foreign = read_foreign(file)
        except InputError:
            foreign = None  # without its texture, then
        if foreign is not None and len(foreign.faces):
            return foreign
    note = ("The texture could not be read.",) if textured else ()
    try:
        if file.suffix.lower() == ".obj":
            raw = read_quick_obj(content)
        else:
            raw = RawSurface.of(_DECODERS[file.suffix.lower()](content))
    except InputError as error:
        if len(content) > LARGEST_FOREIGN_BYTES:
            raise InputError(f"Cannot read {file}: {error}") from error
        try:
            return read_foreign(file)
        except InputError:
            # Our own reader's words are the better ones.
            raise InputError(f"Cannot read {file}: {error}") from error
    return RawSurface(raw.vertices, raw.faces, raw.colors, (*raw.notes, *note))


def _has_texture(file: Path, content: bytes) -> bool:
    suffix, start = file.suffix.lower(), content[:HEADER_BYTES]
    if suffix == ".obj":
        return b"mtllib" in content and b"vt " in content
    if suffix == ".glb":
        return b'"textures"' in content[: 1 << 22]
    return suffix == ".ply" and b"TextureFile" in start
