"""Positions, colours and faces of an OBJ file by whole arrays: for files of any size.

The reader in `engine.geometry.formats` goes line by line and keeps texture coordinates; it
would need minutes and all the memory for ten million vertices.
"""

import re
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.file_frame import stated_frame
from engine.scans.raw_surface import RawSurface

BLOCK_BYTES = 1 << 25
_COMMENT = re.compile(rb"#[^\n]*")
_TEXTURE_INDEX = re.compile(rb"/\S*")


def read_quick_obj(content: bytes) -> RawSurface:
    """The triangles of an OBJ file; polygons become fans. Texture coordinates are left out.

    Raises:
        InputError: a line of numbers cannot be read.
    """
    vertices: list[NDArray[np.float64]] = []
    triangles: list[NDArray[np.int64]] = []
    known = 0
    for block in _blocks(content.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")):
        lines = block.split(b"\n")
        found = _numbers([line[2:] for line in lines if line[:2] in (b"v ", b"v\t")])
        before = known
        known += sum(len(rows) for rows in found)
        vertices.extend(_six_columns(rows) for rows in found)
        faces = [line[2:] for line in lines if line[:2] in (b"f ", b"f\t")]
        if faces and b"-" in b"".join(faces):
            triangles.append(_relative_faces(lines, before))
        elif faces:
            triangles.extend(_triangles(corners - 1) for corners in _face_corners(faces))
    every = np.concatenate([np.empty((0, 6)), *vertices])
    faces_of_all = np.concatenate([np.empty((0, 3), np.int64), *triangles])
    colored = len(every) and not np.isnan(every[:, 3:]).any()
    return RawSurface(
        stated_frame(content).from_file(np.ascontiguousarray(every[:, :3])),
        faces_of_all,
        _color_bytes(every[:, 3:]) if colored else None,
    )


def _blocks(content: bytes) -> Iterator[bytes]:
    """Pieces of `content` that end where a line does."""
    start = 0
    while start < len(content):
        end = min(start + BLOCK_BYTES, len(content))
        if end < len(content):
            end = content.find(b"\n", end) + 1 or len(content)
        yield content[start:end]
        start = end


def _numbers(lines: list[bytes]) -> list[NDArray[np.float64]]:
    """The lines' numbers as matrices, one for each run of lines of the same length."""
    if not lines:
        return []
    counts = np.array([len(line.split(b"#")[0].split()) for line in lines])
    cuts = np.flatnonzero(np.diff(counts)) + 1
    runs = np.split(np.arange(len(lines)), cuts)
    if len(runs) > 1000:
        raise InputError("Its vertices have varying numbers of coordinates. Export it again.")
    return [_matrix(lines[run[0] : run[-1] + 1], int(counts[run[0]])) for run in runs]


def _matrix(lines: list[bytes], columns: int) -> NDArray[np.float64]:
    text = b"\n".join(lines)
    if b"#" in text:
        text = _COMMENT.sub(b"", text)
    return _parsed(text, len(lines) * columns).reshape(-1, columns)


def _parsed(text: bytes, count: int) -> NDArray[np.float64]:
    """The `count` numbers in `text`.

    Raises:
        InputError: there are others, or something that is no number.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what cannot be read shows in the count
        try:
            numbers = np.fromstring(text, np.float64, sep=" ")
        except ValueError:
            numbers = np.empty(0)
    if len(numbers) != count:
        where = text[:60].decode("utf-8", "replace").strip()
        raise InputError(
            f"Of {count} numbers after '{where}' only {len(numbers)} can be read. "
            "Export the mesh again from the program it comes from."
        )
    return numbers


def _six_columns(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Position and colour; NaN colours where there are none."""
    if rows.shape[1] < 3:
        raise InputError("A vertex has fewer than three coordinates. Export the mesh again.")
    six = np.full((len(rows), 6), np.nan)
    six[:, :3] = rows[:, :3]
    if rows.shape[1] >= 6:
        six[:, 3:] = rows[:, 3:6]
    return six


def _face_corners(lines: list[bytes]) -> list[NDArray[np.int64]]:
    """Corners `(n, k)` of faces with k corners each, counting from 1."""
    text = b"\n".join(lines)
    if b"/" in text:
        text = _TEXTURE_INDEX.sub(b"", text)
    if b"#" in text:
        text = _COMMENT.sub(b"", text)
    rows = text.split(b"\n")
    counts = np.array([len(row.split()) for row in rows])
    found = []
    for count in np.unique(counts[counts >= 3]).tolist():
        chosen = (
            text
            if (counts == count).all()
            else b"\n".join(row for row, own in zip(rows, counts, strict=True) if own == count)
        )
        corners = _parsed(chosen, count * int(np.count_nonzero(counts == count)))
        found.append(corners.astype(np.int64).reshape(-1, count))
    return found


def _triangles(polygons: NDArray[np.int64]) -> NDArray[np.int64]:
    fans = [polygons[:, [0, k, k + 1]] for k in range(1, polygons.shape[1] - 1)]
    return np.stack(fans, axis=1).reshape(-1, 3)


def _relative_faces(lines: list[bytes], known: int) -> NDArray[np.int64]:
    """Faces whose negative indices count back from the last vertex before them."""
    found = []
    for line in lines:
        if line[:2] in (b"v ", b"v\t"):
            known += 1
        elif line[:2] in (b"f ", b"f\t"):
            words = _TEXTURE_INDEX.sub(b"", line[2:].split(b"#")[0]).split()
            try:
                corners = np.array([int(word) for word in words], np.int64)
            except ValueError as error:
                raise InputError(f"A face cannot be read ({error}).") from error
            if len(corners) >= 3:
                placed = np.where(corners < 0, known + corners, corners - 1)
                found.append(_triangles(placed[None]))
    return np.concatenate([np.empty((0, 3), np.int64), *found])


def _color_bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Some programs write colours as 0 to 1, others as 0 to 255."""
    scale = 255.0 if colors.max(initial=0.0) <= 1.0 else 1.0
    return np.clip(np.round(colors * scale), 0, 255).astype(np.uint8)
