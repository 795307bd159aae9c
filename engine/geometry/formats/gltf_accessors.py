"""Arrays in the binary part of a glTF 2.0 file (its specification, sections 3.6 and 5.1)."""

import numpy as np
from numpy.typing import NDArray

Json = dict[str, object]

ARRAY_BUFFER = 34962
ELEMENT_ARRAY_BUFFER = 34963
_COMPONENT_TYPES: dict[int, np.dtype] = {
    5120: np.dtype("i1"),
    5121: np.dtype("u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_CODES = {dtype: code for code, dtype in _COMPONENT_TYPES.items()}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TYPES = {width: name for name, width in _WIDTHS.items()}


class AccessorWriter:
    """Collects arrays into one buffer, with the views and accessors that describe it."""

    def __init__(self) -> None:
        self.accessors: list[Json] = []
        self.views: list[Json] = []
        self._buffer = bytearray()

    @property
    def buffer(self) -> bytes:
        return bytes(self._buffer)

    def add(
        self,
        array: NDArray,
        target: int | None = ARRAY_BUFFER,
        *,
        bounds: bool = False,
        normalized: bool = False,
    ) -> int:
        """Store `array` `(N,)` or `(N, K)` and return its accessor's number.

        Args:
            array: of a type that glTF knows.
            target: what the graphics card uses it for; None for what it never sees.
            bounds: whether to state the smallest and largest value of each column.
            normalized: whether integers stand for fractions of their largest value.
        """
        accessor = {"bufferView": self._add_view(array, target), **_describe(array)}
        if normalized:
            accessor["normalized"] = True
        return self._finish(accessor, array, bounds=bounds)

    def add_sparse(self, array: NDArray[np.float32], *, bounds: bool = False) -> int:
        """Store `array` `(N, K)` by its rows that are not zero, where that takes less room."""
        rows = np.flatnonzero(array.any(axis=1))
        index_type = np.uint16 if len(array) <= np.iinfo(np.uint16).max else np.uint32
        row_bytes = array.shape[1] * array.itemsize
        if len(rows) * (row_bytes + np.dtype(index_type).itemsize) >= array.nbytes:
            return self.add(array, bounds=bounds)
        accessor = _describe(array)
        if len(rows):
            indices = rows.astype(index_type)
            accessor["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self._add_view(indices, None),
                    "componentType": _CODES[indices.dtype],
                },
                "values": {"bufferView": self._add_view(array[rows], None)},
            }
        return self._finish(accessor, array, bounds=bounds)

    def add_bytes(self, content: bytes) -> int:
        """Store a file, such as a picture, and return the number of its view."""
        return self._add_view(np.frombuffer(content, np.uint8), None)

    def _finish(self, accessor: Json, array: NDArray, *, bounds: bool) -> int:
        if bounds:
            # As doubles they hold the float32 values exactly, which validators compare.
            accessor["min"] = np.min(array, axis=0).tolist()
            accessor["max"] = np.max(array, axis=0).tolist()
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def _add_view(self, array: NDArray, target: int | None) -> int:
        self._buffer.extend(b"\0" * (-len(self._buffer) % 4))
        view: Json = {"buffer": 0, "byteOffset": len(self._buffer), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        self._buffer.extend(np.ascontiguousarray(array).tobytes())
        self.views.append(view)
        return len(self.views) - 1


def _describe(array: NDArray) -> Json:
    return {
        "componentType": _CODES[array.dtype],
        "count": len(array),
        "type": _TYPES[1 if array.ndim == 1 else array.shape[1]],
    }


def read_accessor(document: dict, binary: bytes, number: int) -> NDArray:
    """The array `(N, K)` of an accessor; integers that stand for fractions become floats.

    Raises:
        ValueError, KeyError, IndexError, TypeError: the description does not fit the data.
    """
    accessor = document["accessors"][number]
    dtype, width = _COMPONENT_TYPES[accessor["componentType"]], _WIDTHS[accessor["type"]]
    count = int(accessor["count"])
    if "bufferView" in accessor:
        offset = accessor.get("byteOffset", 0)
        array = _read_view(document, binary, accessor["bufferView"], offset, dtype, count, width)
    else:
        if count > _most_rows(document, binary):
            raise ValueError(f"accessor {number} claims {count} rows without data")
        array = np.zeros((count, width), dtype)
    if "sparse" in accessor:
        array = array.copy()
        rows, values = _read_sparse(document, binary, accessor["sparse"], dtype, width)
        array[rows] = values
    if accessor.get("normalized", False) and dtype.kind in "iu":
        return np.maximum(array / np.iinfo(dtype).max, -1.0)
    return array


def _most_rows(document: dict, binary: bytes) -> int:
    """A sane limit for rows of zeros, so that a damaged count cannot fill the memory."""
    return max(len(binary), 1)


def _read_sparse(
    document: dict, binary: bytes, sparse: dict, dtype: np.dtype, width: int
) -> tuple[NDArray, NDArray]:
    indices, values, count = sparse["indices"], sparse["values"], int(sparse["count"])
    index_type = _COMPONENT_TYPES[indices["componentType"]]
    view, start = indices["bufferView"], indices.get("byteOffset", 0)
    rows = _read_view(document, binary, view, start, index_type, count, 1)[:, 0]
    view, start = values["bufferView"], values.get("byteOffset", 0)
    return rows, _read_view(document, binary, view, start, dtype, count, width)


def _read_view(
    document: dict, binary: bytes, view: int, offset: int, dtype: np.dtype, count: int, width: int
) -> NDArray:
    """Rows `(count, width)` that start `offset` bytes into a view."""
    description = document["bufferViews"][view]
    if description.get("buffer", 0) != 0:
        raise ValueError("it keeps arrays in a second buffer")
    start = int(description.get("byteOffset", 0)) + int(offset)
    row_bytes = width * dtype.itemsize
    stride = int(description.get("byteStride", row_bytes))
    end = start + (count - 1) * stride + row_bytes
    if count < 1 or start < 0 or stride < row_bytes or end > len(binary):
        raise ValueError(f"an array ends at byte {end}, after the {len(binary)} that are there")
    table = np.ndarray((count, width), dtype, binary, start, (stride, dtype.itemsize))
    return table.copy()
