"""Faces and scans of a document as JSON and arrays, with every value checked.

A scan's mesh is one safetensors entry: `vertices` `(V, 3)` float32, `faces` `(F, 3)` int32 and,
where the mesh has them, `colors` `(V, 3)` uint8 and `uv` `(V, 2)` float32. A residual layer is
one with `displacement` `(T, 3)` float32, T the template's vertices.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine.errors import DocumentError, InputError
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode
from engine.project.document import MAXIMUM_FACES, MAXIMUM_SCANS, NamedFace, NamedScan

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

RESTORE = "Restore it from a backup, or open another document."

Json = dict[str, Any]
Arrays = dict[str, NDArray]


def scan_entry(index: int) -> str:
    """Name of the entry with the mesh of scan `index`."""
    return f"scans/{index}.safetensors"


def residual_entry(index: int) -> str:
    """Name of the entry with the residual layer of face `index`."""
    return f"residuals/{index}.safetensors"


def face_to_json(face: NamedFace) -> Json:
    """What the manifest says of `face`; its codes are elsewhere."""
    described: Json = {"name": face.name, "visible": face.visible}
    if face.residual is not None:
        strengths = face.residual.strengths
        described["residual"] = {name: float(value) for name, value in strengths.items()}
    return described


def face_from_json(
    value: object, index: int, code: FaceCode, visible: bool, entries: Mapping[str, bytes]
) -> NamedFace:
    """Face `index` with `code`.

    Args:
        visible: where the manifest does not say.
        entries: the archive's entries by name.

    Raises:
        DocumentError: something is missing or damaged.
    """
    described = _described(value, "face")
    strengths = described.get("residual")
    residual = None if strengths is None else _read_residual(strengths, index, entries)
    return NamedFace(_name(described, "face"), code, _flag(described, "visible", visible), residual)


def encode_residual(residual: "ResidualLayer") -> bytes:
    """The bytes of a residual layer's entry."""
    return save({"displacement": np.ascontiguousarray(residual.displacement, np.float32)})


def scan_to_json(scan: NamedScan) -> Json:
    """What the manifest says of `scan`; its mesh is elsewhere."""
    return {
        "name": scan.name,
        "alignment": scan.alignment.to_json(),
        "accepted": scan.accepted,
        "visible": scan.visible,
    }


def scan_from_json(value: object, index: int, entries: Mapping[str, bytes]) -> NamedScan:
    """Scan `index`.

    Raises:
        DocumentError: something is missing or damaged.
    """
    described = _described(value, "scan")
    placed = described.get("alignment")
    try:
        alignment = Similarity.from_json(placed if isinstance(placed, dict) else {})
    except (InputError, OverflowError) as error:
        raise DocumentError(f"the place of scan {index + 1} is damaged: {error}") from error
    return NamedScan(
        _name(described, "scan"),
        decode_mesh(_entry(entries, scan_entry(index)), scan_entry(index)),
        alignment,
        _flag(described, "accepted", False),
        _flag(described, "visible", True),
    )


def encode_mesh(mesh: Mesh) -> bytes:
    """The bytes of a mesh's entry; region weights are not kept."""
    arrays: Arrays = {"vertices": mesh.vertices, "faces": mesh.faces}
    if mesh.colors is not None:
        arrays["colors"] = mesh.colors
    if mesh.uv is not None:
        arrays["uv"] = mesh.uv
    return save(arrays)


def decode_mesh(content: bytes, name: str) -> Mesh:
    """The mesh in the entry `name`.

    Raises:
        DocumentError: it is damaged.
    """
    arrays = _load(content, name)
    types = {"vertices": np.float32, "faces": np.int32, "colors": np.uint8, "uv": np.float32}
    for key, wanted in types.items():
        array = arrays.get(key)
        if array is None and key in ("vertices", "faces"):
            raise DocumentError(f"its '{name}' has no {key}. {RESTORE}")
        if array is not None and array.dtype != wanted:
            raise DocumentError(
                f"its '{name}' has {key} of type {array.dtype}, expected {np.dtype(wanted)}."
            )
    try:
        return Mesh(arrays["vertices"], arrays["faces"], arrays.get("uv"), arrays.get("colors"))
    except InputError as error:
        raise DocumentError(f"its '{name}' is damaged: {error}") from error


def read_list(manifest: Json, kind: str) -> list[Any]:
    """The list of faces or of scans in a manifest.

    Raises:
        DocumentError: there is none, or it is longer than a document can be.
    """
    listed = manifest.get(f"{kind}s", [])
    most = MAXIMUM_FACES if kind == "face" else MAXIMUM_SCANS
    least = 1 if kind == "face" else 0
    if not isinstance(listed, list) or not least <= len(listed) <= most:
        problem = f"lists no {kind}s, or more than {most}"
        raise DocumentError(f"it {problem}. {RESTORE}")
    return listed


def _read_residual(strengths: object, index: int, entries: Mapping[str, bytes]) -> "ResidualLayer":
    from engine.editing.residual import ResidualLayer

    name = residual_entry(index)
    displacement = _load(_entry(entries, name), name).get("displacement")
    if displacement is None or displacement.ndim != 2 or displacement.shape[1] != 3:
        raise DocumentError(f"its '{name}' holds no displacement of shape (T, 3). {RESTORE}")
    if displacement.dtype != np.float32 or not np.isfinite(displacement).all():
        raise DocumentError(f"its '{name}' is not made of finite float32 numbers. {RESTORE}")
    if not isinstance(strengths, dict) or not all(
        type(value) in (int, float) and 0.0 <= value <= 2.0 for value in strengths.values()
    ):
        raise DocumentError(f"the strengths of residual {index + 1} are {strengths!r}. {RESTORE}")
    try:
        return ResidualLayer(displacement, {key: float(v) for key, v in strengths.items()})
    except InputError as error:
        raise DocumentError(f"the residual of face {index + 1} is damaged: {error}") from error


def _load(content: bytes, name: str) -> Arrays:
    try:
        arrays: Arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DocumentError(f"its '{name}' is damaged ({error}). {RESTORE}") from error
    return arrays


def _entry(entries: Mapping[str, bytes], name: str) -> bytes:
    if name not in entries:
        raise DocumentError(f"it holds no '{name}', which it speaks of. {RESTORE}")
    return entries[name]


def _described(value: object, kind: str) -> Json:
    if not isinstance(value, dict):
        raise DocumentError(f"one of its {kind}s has no name. {RESTORE}")
    return value


def _name(described: Json, kind: str) -> str:
    name = described.get("name")
    if not isinstance(name, str):
        raise DocumentError(f"one of its {kind}s has no name. {RESTORE}")
    return name


def _flag(described: Json, key: str, default: bool) -> bool:
    value = described.get(key, default)
    if type(value) is not bool:
        raise DocumentError(f"one of its items has '{key}' {value!r}, expected true or false.")
    return value
