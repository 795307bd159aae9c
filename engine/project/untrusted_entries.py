"""The entries of a `.lineament` file that nobody vouches for: never more than a document holds."""

import io
import re
import zipfile
import zlib

from engine.errors import DocumentError
from engine.project.document import MAXIMUM_PHOTO_PIXELS
from engine.project.item_entries import RESTORE
from engine.project.picture import picture_size

MANIFEST_ENTRY = "document.json"
CODES_ENTRY = "codes.safetensors"

MAXIMUM_ENTRIES = 20_000
MAXIMUM_ENTRY_BYTES = {MANIFEST_ENTRY: 16 * 2**20, CODES_ENTRY: 256 * 2**20}
MAXIMUM_MESH_BYTES = 256 * 2**20
MAXIMUM_TOTAL_BYTES = 2 * 2**30
"""No honest document comes near these; a small file that unpacks to more is a trap."""

_ITEM_ENTRY = re.compile(
    r"(scans|residuals)/(0|[1-9]\d{0,5})\.safetensors|(photos|textures)/(0|[1-9]\d{0,5})\.jpg"
)


def read_entries(content: bytes) -> dict[str, bytes]:
    """The entries a document can have, checked against their checksums and the limits.

    Raises:
        DocumentError: it is no zip file, is damaged, or unpacks to more than a document holds.
    """
    entries = _unpack(content)
    _check_pictures(entries)
    return entries


def _unpack(content: bytes) -> dict[str, bytes]:
    damaged = f"the file is damaged or was not copied completely. {RESTORE}"
    if not content.startswith(b"PK"):
        raise DocumentError(
            "it is not a document of Lineament (those are zip files, .lineament). "
            "To bring in a mesh, import it instead."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > MAXIMUM_ENTRIES or len(set(names)) != len(names):
                raise DocumentError(damaged)
            wanted = [name for name in names if _ITEM_ENTRY.fullmatch(name)]
            return _read_within(archive, (*MAXIMUM_ENTRY_BYTES, *wanted))
    except DocumentError:
        raise
    except (
        # What zipfile raises on damaged input, by trial; RuntimeError is an encrypted entry
        # and NotImplementedError, its child, an unknown compression.
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
    ) as error:
        raise DocumentError(damaged) from error


def _read_within(archive: zipfile.ZipFile, names: tuple[str, ...]) -> dict[str, bytes]:
    """The entries `names`, as long as all of them together are not too much."""
    entries: dict[str, bytes] = {}
    total = 0
    for name in names:
        entries[name] = _read_entry(archive, name)
        total += len(entries[name])
        if total > MAXIMUM_TOTAL_BYTES:
            raise DocumentError(
                f"it unpacks to more than {MAXIMUM_TOTAL_BYTES >> 20} MB; no document of "
                "Lineament does. Do not trust this file."
            )
    return entries


def _read_entry(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        entry = archive.getinfo(name)
    except KeyError as error:
        raise DocumentError(
            f"it holds no '{name}', so it is not a document of Lineament, or a damaged one. "
            f"{RESTORE}"
        ) from error
    limit = MAXIMUM_ENTRY_BYTES.get(name, MAXIMUM_MESH_BYTES)
    too_large = DocumentError(
        f"its '{name}' unpacks to more than {limit >> 20} MB; no document of Lineament does. "
        "Do not trust this file."
    )
    if entry.file_size > limit:
        raise too_large
    # The declared size may lie, so the limit holds while reading, too.
    with archive.open(entry) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise too_large
    return content


def _check_pictures(entries: dict[str, bytes]) -> None:
    """Refuse pictures that are too large together, before any of them is unpacked."""
    pixels = 0
    for name, content in entries.items():
        if not name.endswith(".jpg"):
            continue
        try:
            width, height = picture_size(content)
        except DocumentError as error:
            raise DocumentError(f"its '{name}' is damaged: {error}. {RESTORE}") from error
        pixels += width * height
    if pixels > MAXIMUM_PHOTO_PIXELS:
        raise DocumentError(
            f"its photos have {pixels // 1_000_000} million pixels, and no document of Lineament "
            f"has more than {MAXIMUM_PHOTO_PIXELS // 1_000_000}. Do not trust this file."
        )
