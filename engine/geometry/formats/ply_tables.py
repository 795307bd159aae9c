"""The tables of a PLY file, whatever they hold.

A PLY is a header that names elements (`vertex`, `face`, …), each with properties that
are single numbers or lists, followed by the rows as text or in either byte order.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_TYPES = {
    name: np.dtype(code)
    for code, names in {
        "i1": "char int8",
        "u1": "uchar uint8",
        "i2": "short int16",
        "u2": "ushort uint16",
        "i4": "int int32",
        "u4": "uint uint32",
        "i8": "int64",
        "u8": "uint64",
        "f4": "float float32",
        "f8": "double float64",
    }.items()
    for name in names.split()
}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True, slots=True)
class _Property:
    """A number per row, or a list where `length_type` is given."""

    name: str
    dtype: np.dtype
    length_type: np.dtype | None = None


@dataclass(slots=True)
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """One list per row: `lengths` `(N,)`, and all their values in a row `(sum of lengths,)`."""

    lengths: NDArray[np.int64]
    values: NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows of one element, by property.

    Attributes:
        columns: values `(N,)` in the type the header states.
        lists: those of list properties.
    """

    columns: dict[str, NDArray]
    lists: dict[str, Lists]


def read_tables(content: bytes) -> dict[str, Table]:
    """Every element of a PLY file by name.

    Raises:
        ValueError: the header or the rows are not as PLY asks; the text says what is wrong.
    """
    order, elements, start = _read_header(content)
    if order:
        return _read_binary(content, start, order, elements)
    return _read_text(content[start:].decode("ascii", errors="replace").split(), elements)


def _read_header(content: bytes) -> tuple[str, list[_Element], int]:
    """The byte order (empty for text), the elements, and where the rows begin."""
    if content[:3] != b"ply":
        raise ValueError("it does not begin with 'ply'")
    end = content.find(b"end_header")
    newline = content.find(b"\n", end)
    if end < 0 or newline < 0:
        raise ValueError("its header has no end")
    order: str | None = None
    elements: list[_Element] = []
    # Comments may be in any encoding; Latin-1 reads every byte.
    for line in content[:end].decode("latin-1").splitlines()[1:]:
        match line.split():
            case ["format", name, *_] if name in _ORDERS:
                order = _ORDERS[name]
            case ["element", name, count]:
                elements.append(_Element(name, int(count)))
            case ["property", "list", length, dtype, name] if elements and "float" not in length:
                elements[-1].properties.append(_Property(name, _type(dtype), _type(length)))
            case ["property", dtype, name] if elements:
                elements[-1].properties.append(_Property(name, _type(dtype)))
            case [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise ValueError(f"its header has the line '{line.strip()[:60]}'")
    if order is None:
        raise ValueError("its header does not state the format")
    return order, elements, newline + 1


def _type(name: str) -> np.dtype:
    if name not in _TYPES:
        raise ValueError(f"its header names the type '{name[:20]}'")
    return _TYPES[name]


def _read_binary(
    content: bytes, start: int, order: str, elements: Sequence[_Element]
) -> dict[str, Table]:
    tables = {}
    for element in elements:
        lengths = _first_lengths(content, start, order, element)
        rows = _same_lengths(content, start, order, element, lengths)
        if rows is not None:
            tables[element.name] = _table_of_rows(rows, element)
            start += rows.nbytes
        else:
            tables[element.name], start = _walk_rows(content, start, order, element)
    return tables


def _first_lengths(content: bytes, start: int, order: str, element: _Element) -> list[int]:
    """How long the lists of the first row are."""
    lengths: list[int] = []
    for prop in element.properties if element.count else ():
        if prop.length_type is None:
            start += prop.dtype.itemsize
            continue
        (length,) = struct.unpack_from(order + prop.length_type.char, content, start)
        lengths.append(int(length))
        start += prop.length_type.itemsize + lengths[-1] * prop.dtype.itemsize
    return lengths


def _same_lengths(
    content: bytes, start: int, order: str, element: _Element, lengths: Sequence[int]
) -> NDArray | None:
    """All rows at once, if every list is as long as in the first row."""
    fields: list[tuple] = []
    expected = iter(lengths)
    for number, prop in enumerate(element.properties if element.count else ()):
        if prop.length_type is not None:
            length = next(expected)
            if length < 0:
                raise ValueError(f"a list of '{element.name}' has length {length}")
            fields.append((f"length {number}", _ordered(prop.length_type, order)))
            fields.append((f"{number}", _ordered(prop.dtype, order), (length,)))
        else:
            fields.append((f"{number}", _ordered(prop.dtype, order)))
    dtype = np.dtype(fields)
    if element.count < 0 or start + element.count * dtype.itemsize > len(content):
        if not lengths:
            raise ValueError(f"it ends within the {element.count} rows of '{element.name}'")
        return None
    if not element.count or not dtype.itemsize:
        return np.empty(0, dtype)
    rows = np.frombuffer(content, dtype, element.count, start)
    names = [name for name, *_ in fields if name.startswith("length")]
    same = all((rows[name] == length).all() for name, length in zip(names, lengths, strict=True))
    return rows if same else None


def _ordered(dtype: np.dtype, order: str) -> np.dtype:
    return np.dtype(f"{order}{dtype.kind}{dtype.itemsize}")


def _table_of_rows(rows: NDArray, element: _Element) -> Table:
    columns, lists = {}, {}
    for number, prop in enumerate(element.properties):
        found = rows[f"{number}"] if len(rows) else np.empty(0)
        values = found.astype(prop.dtype)
        if prop.length_type is None:
            columns[prop.name] = values
        else:
            width = values.shape[1] if values.ndim == 2 else 0
            lists[prop.name] = Lists(np.full(len(rows), width), values.ravel())
    return Table(columns, lists)


def _walk_rows(content: bytes, start: int, order: str, element: _Element) -> tuple[Table, int]:
    """Rows whose lists differ in length, one by one; also where they end."""
    scalars: dict[str, list] = {p.name: [] for p in element.properties if p.length_type is None}
    lengths: dict[str, list[int]] = {p.name: [] for p in element.properties if p.length_type}
    values: dict[str, list] = {name: [] for name in lengths}
    for row in range(element.count):
        try:
            for prop in element.properties:
                count = 1
                if prop.length_type is not None:
                    (count,) = struct.unpack_from(order + prop.length_type.char, content, start)
                    start += prop.length_type.itemsize
                    lengths[prop.name].append(count)
                found = struct.unpack_from(f"{order}{int(count)}{prop.dtype.char}", content, start)
                start += count * prop.dtype.itemsize
                (scalars if prop.length_type is None else values)[prop.name].extend(found)
        except struct.error as error:
            raise ValueError(f"it ends within row {row} of '{element.name}'") from error
    return _table_of_lists(element, scalars, lengths, values), start


def _read_text(words: Sequence[str], elements: Sequence[_Element]) -> dict[str, Table]:
    tables = {}
    start = 0
    for element in elements:
        if any(prop.length_type is not None for prop in element.properties):
            tables[element.name], start = _walk_words(words, start, element)
            continue
        width = len(element.properties)
        end = start + element.count * width
        if element.count < 0 or end > len(words):
            raise ValueError(f"it ends within the {element.count} rows of '{element.name}'")
        rows = np.array(words[start:end], dtype=np.float64).reshape(element.count, width)
        columns = {
            prop.name: _cast(rows[:, number], prop.dtype)
            for number, prop in enumerate(element.properties)
        }
        tables[element.name] = Table(columns, {})
        start = end
    return tables


def _walk_words(words: Sequence[str], start: int, element: _Element) -> tuple[Table, int]:
    scalars: dict[str, list] = {p.name: [] for p in element.properties if p.length_type is None}
    lengths: dict[str, list[int]] = {p.name: [] for p in element.properties if p.length_type}
    values: dict[str, list] = {name: [] for name in lengths}
    for row in range(element.count):
        for prop in element.properties:
            count = 1
            if prop.length_type is not None and start < len(words):
                count = int(words[start])
                start += 1
                lengths[prop.name].append(count)
            if count < 0 or start + count > len(words):
                raise ValueError(f"it ends within row {row} of '{element.name}'")
            found = words[start : start + count]
            start += count
            (scalars if prop.length_type is None else values)[prop.name].extend(found)
    return _table_of_lists(element, scalars, lengths, values), start


def _table_of_lists(
    element: _Element,
    scalars: dict[str, list],
    lengths: dict[str, list[int]],
    values: dict[str, list],
) -> Table:
    types = {prop.name: prop.dtype for prop in element.properties}
    return Table(
        {name: _cast(np.array(found, np.float64), types[name]) for name, found in scalars.items()},
        {
            name: Lists(
                np.array(found, np.int64), _cast(np.array(values[name], np.float64), types[name])
            )
            for name, found in lengths.items()
        },
    )


def _cast(values: NDArray[np.float64], dtype: np.dtype) -> NDArray:
    """As the type the header states; an integer that does not fit it is an error."""
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return values.astype(dtype)
    limits = np.iinfo(dtype)
    sound = (values == np.floor(values)) & (values >= limits.min) & (values <= limits.max)
    if not sound.all():
        raise ValueError(f"{values[np.argmin(sound)]:g} stands where an integer should")
    return values.astype(dtype)
