"""The `.lineament` file: a zip of `document.json`, `codes.safetensors` and what they name.

`document.json` names the faces, scans and photos and says how they are shown; `codes.safetensors`
holds one float32 matrix `(N, D)` per part, a row per face; see `item_entries` for meshes and
residual layers, `photo_entries` for photos. `FORMAT_VERSION` rises with everything a file may
newly hold, so that an older program says so instead of dropping it on the next save. Version 1 had
faces only, without visibility; version 2 had no photos and no textures; version 3 did not say how
near a photo's camera was.
"""

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine.atomic_file import write_atomically
from engine.errors import DocumentError, InputError
from engine.models.protocol import PARTS, FaceCode
from engine.project.document import Document
from engine.project.item_entries import (
    RESTORE,
    encode_mesh,
    encode_residual,
    face_from_json,
    face_to_json,
    read_list,
    residual_entry,
    scan_entry,
    scan_from_json,
    scan_to_json,
    texture_entry,
)
from engine.project.photo_entries import photo_entry, photo_from_json, photo_to_json
from engine.project.untrusted_entries import (
    CODES_ENTRY,
    MANIFEST_ENTRY,
    MAXIMUM_TOTAL_BYTES,
    read_entries,
)
from engine.project.view_json import view_from_json, view_to_json
from engine.version import lineament_version

FORMAT = "lineament-document"
FORMAT_VERSION = 4
SUFFIX = ".lineament"

MAXIMUM_FILE_BYTES = 2 * 2**30
"""See `untrusted_entries` for the limits of what is in it."""

_DATE = (1980, 1, 1, 0, 0, 0)  # the same document gives the same bytes


def save_document(path: Path | str, document: Document) -> None:
    """Write `document` to `path`, atomically: a crash leaves the old file or the new one.

    Raises:
        DocumentError: the folder is missing, read-only or full; an older file is untouched.
    """
    path = Path(path)
    try:
        write_atomically(path, encode_document(document))
    except OSError as error:
        raise DocumentError(
            f"Could not save '{path}': {error.strerror or error}. Nothing was overwritten; "
            "choose another folder or make room, and save again."
        ) from error


def open_document(path: Path | str) -> Document:
    """Read the document at `path`, checking everything in it.

    Raises:
        DocumentError: there is no such file, or it is no intact document of a known version.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"Could not open '{path}': it is not a file. Choose a document.")
        if status.st_size > MAXIMUM_FILE_BYTES:
            raise DocumentError(
                f"'{path}' is larger than {MAXIMUM_FILE_BYTES >> 20} MB and is no document of "
                f"Lineament. {RESTORE}"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"Could not open '{path}': {error.strerror or error}. Check the name and the folder."
        ) from error
    except ValueError as error:
        raise DocumentError(f"{str(path)!r} is not a file name: {error}.") from error
    try:
        return decode_document(content)
    except (DocumentError, InputError) as error:
        raise DocumentError(f"Could not open '{path}': {error}") from error


def encode_document(document: Document) -> bytes:
    """The bytes of a `.lineament` file.

    Raises:
        DocumentError: it would be too large to be opened again.
    """
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "application": lineament_version(),
        "model": document.model,
        "active": document.active,
        "faces": [face_to_json(face) for face in document.faces],
        "scans": [scan_to_json(scan) for scan in document.scans],
        "photos": [photo_to_json(photo) for photo in document.photos],
        "view": view_to_json(document.view),
    }
    codes = {part: np.stack([face.code.part(part) for face in document.faces]) for part in PARTS}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
        _add(archive, MANIFEST_ENTRY, text.encode("utf-8"))
        _add(archive, CODES_ENTRY, save(codes))
        for index, face in enumerate(document.faces):
            if face.residual is not None:
                _add(archive, residual_entry(index), encode_residual(face.residual))
            if face.texture is not None:
                _add(archive, texture_entry(index), face.texture.content, zipfile.ZIP_STORED)
        for index, photo in enumerate(document.photos):
            _add(archive, photo_entry(index), photo.picture.content, zipfile.ZIP_STORED)
        for index, scan in enumerate(document.scans):
            # Coordinates hardly shrink, and saving must be quick.
            _add(archive, scan_entry(index), encode_mesh(scan.mesh), zipfile.ZIP_STORED)
        if sum(entry.file_size for entry in archive.infolist()) > MAXIMUM_TOTAL_BYTES:
            raise DocumentError(
                f"This document has more than {MAXIMUM_TOTAL_BYTES >> 20} MB, mostly scans and "
                "photos; it could not be opened again. Delete some of them and save."
            )
    return buffer.getvalue()


def decode_document(content: bytes) -> Document:
    """The document in the bytes of a `.lineament` file.

    Raises:
        DocumentError: they are not an intact document of a known version.
    """
    entries = read_entries(content)
    manifest = _read_manifest(entries[MANIFEST_ENTRY])
    faces_json = read_list(manifest, "face")
    codes = _read_codes(entries[CODES_ENTRY], len(faces_json))
    active, model = manifest.get("active"), manifest.get("model")
    faces = tuple(
        face_from_json(
            described,
            row,
            FaceCode(**{part: codes[part][row] for part in PARTS}),
            row == active,
            entries,
        )
        for row, described in enumerate(faces_json)
    )
    scans = tuple(
        scan_from_json(described, row, entries)
        for row, described in enumerate(read_list(manifest, "scan"))
    )
    photos = tuple(
        photo_from_json(described, row, entries)
        for row, described in enumerate(read_list(manifest, "photo"))
    )
    if type(active) is not int or not isinstance(model, str):
        raise DocumentError(
            f"it does not say which face is active or which model made it. {RESTORE}"
        )
    view = view_from_json(manifest.get("view", {}))
    return Document(faces, model, active, view, scans, photos)


def _add(
    archive: zipfile.ZipFile, name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED
) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = how
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _read_manifest(content: bytes) -> dict[str, Any]:
    damaged = f"its '{MANIFEST_ENTRY}' is damaged. {RESTORE}"
    try:
        manifest = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(damaged) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DocumentError(damaged)
    version = manifest.get("version")
    if type(version) is not int or version < 1:
        raise DocumentError(f"its format version is {version!r}, expected 1 to {FORMAT_VERSION}.")
    if version > FORMAT_VERSION:
        raise DocumentError(
            f"it was written by a newer Lineament ({manifest.get('application', 'unknown')}, "
            f"format {version}; this one reads up to {FORMAT_VERSION}). Update Lineament."
        )
    return manifest


def _read_codes(content: bytes, count: int) -> dict[str, NDArray[np.float32]]:
    """A matrix `(count, D)` per part, finite."""
    try:
        codes = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DocumentError(f"its '{CODES_ENTRY}' is damaged ({error}). {RESTORE}") from error
    for part in PARTS:
        matrix = codes.get(part)
        if matrix is None:
            raise DocumentError(f"it has no codes of part '{part}'. {RESTORE}")
        if matrix.ndim != 2 or len(matrix) != count or matrix.dtype != np.float32:
            raise DocumentError(
                f"its codes of part '{part}' are {matrix.dtype} of shape {matrix.shape}, expected "
                f"float32 with {count} rows. {RESTORE}"
            )
        if not np.isfinite(matrix).all():
            raise DocumentError(
                f"its codes of part '{part}' hold values that are no numbers. {RESTORE}"
            )
    return codes
