"""Per-vertex values as files for other programs: PLY, CSV and NPZ."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.fields import ScalarField
from engine.evaluation.tables import write_bytes
from engine.geometry.mesh import Mesh


def write_values(
    path: Path, mesh: Mesh, fields: Mapping[str, ScalarField], colors: NDArray | None = None
) -> None:
    """Write the values of each vertex of `mesh` in the format of `path`'s suffix.

    * `.ply`: the mesh with a float property for each field; the first is also called `quality`,
      which MeshLab shows, and the colours of the heatmap if given.
    * `.csv`: a row for each vertex: its number, place and values.
    * `.npz`: `vertices`, `faces`, and an array for each field.

    Args:
        fields: by name; a name becomes a column.
        colors: `(V, 3)` uint8, for PLY.

    Raises:
        InputError: the suffix is not known, there is no field or one of another length, or
            the file cannot be written.
    """
    encode = VALUE_WRITERS.get(path.suffix.lower())
    if encode is None:
        raise InputError(
            f"Values cannot be written as '{path.name}'. Choose a name that ends in "
            f"{', '.join(VALUE_WRITERS)}."
        )
    if not fields:
        raise InputError("There are no values to write. Measure a field first.")
    for name, field in fields.items():
        if field.values.shape != (len(mesh.vertices),):
            raise InputError(
                f"The mesh has {len(mesh.vertices)} vertices, but '{name}' has values of shape "
                f"{field.values.shape}."
            )
    write_bytes(path, encode(mesh, fields, colors))


def _encode_ply(mesh: Mesh, fields: Mapping[str, ScalarField], colors: NDArray | None) -> bytes:
    columns = [(axis, "float", "<f4", mesh.vertices[:, k]) for k, axis in enumerate("xyz")]
    values = list(fields.items())
    columns.append(("quality", "float", "<f4", values[0][1].values))
    columns += [(f"{name}_mm", "float", "<f4", field.values) for name, field in values]
    if colors is not None:
        names = ("red", "green", "blue")
        columns += [(name, "uchar", "u1", colors[:, k]) for k, name in enumerate(names)]
    vertices = np.empty(len(mesh.vertices), [(name, dtype) for name, _, dtype, _ in columns])
    for name, _, _, column in columns:
        vertices[name] = column
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    header = [
        "ply",
        "format binary_little_endian 1.0",
        "comment Lineament: distances in millimetres, nan where there is none",
        f"element vertex {len(vertices)}",
        *(f"property {word} {name}" for name, word, _, _ in columns),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    return ("\n".join(header) + "\n").encode("ascii") + vertices.tobytes() + faces.tobytes()


def _encode_csv(mesh: Mesh, fields: Mapping[str, ScalarField], colors: NDArray | None) -> bytes:
    del colors
    columns = [np.arange(len(mesh.vertices)), *mesh.vertices.T]
    columns += [field.values for field in fields.values()]
    text = io.StringIO()
    header = ",".join(["vertex", "x", "y", "z", *(f"{name}_mm" for name in fields)])
    formats = ["%d"] + ["%.6g"] * (len(columns) - 1)
    np.savetxt(text, np.column_stack(columns), formats, ",", header=header, comments="")
    return text.getvalue().encode("utf-8")


def _encode_npz(mesh: Mesh, fields: Mapping[str, ScalarField], colors: NDArray | None) -> bytes:
    content = io.BytesIO()
    arrays: dict[str, Any] = {f"{name}_mm": field.values for name, field in fields.items()}
    if colors is not None:
        arrays["colors"] = colors
    np.savez_compressed(content, vertices=mesh.vertices, faces=mesh.faces, **arrays)
    return content.getvalue()


VALUE_WRITERS: dict[str, Callable[[Mesh, Mapping[str, ScalarField], NDArray | None], bytes]] = {
    ".ply": _encode_ply,
    ".csv": _encode_csv,
    ".npz": _encode_npz,
}
"""What writes values, by the suffix of the file."""
