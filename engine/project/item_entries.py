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
from engine.project.document import (
    MAXIMUM_FACES,
    MAXIMUM_PHOTOS,
    MAXIMUM_SCANS,
    NamedFace,
    NamedScan,
)
from engine.project.picture import Picture

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


def texture_entry(index: int) -> str:
    """Name of the entry with the texture of face `index`."""
    return f"textures/{index}.jpg"


def face_to_json(face: NamedFace) -> Json:
    """What the manifest says of `face`; its codes are elsewhere."""
    described: Json = {"name": face.name, "visible": face.visible}
    if face.residual is not None:
        strengths = face.residual.strengths
        described["residual"] = {name: float(value) for name, value in strengths.items()}
    if face.texture is not None:
        described["texture"] = True
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
    described = described_of(value, "face")
    strengths = described.get("residual")
    residual = None if strengths is None else _read_residual(strengths, index, entries)
    texture = None
    if flag_of(described, "texture", False):
        texture = read_picture(entry_of(entries, texture_entry(index)), texture_entry(index))
    shown = flag_of(described, "visible", visible)
    return NamedFace(name_of(described, "face"), code, shown, residual, texture)


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
    described = described_of(value, "scan")
    placed = described.get("alignment")
    try:
        alignment = Similarity.from_json(placed if isinstance(placed, dict) else {})
    except (InputError, OverflowError) as error:
        raise DocumentError(f"the place of scan {index + 1} is damaged: {error}") from error
    return NamedScan(
        name_of(described, "scan"),
        decode_mesh(entry_of(entries, scan_entry(index)), scan_entry(index)),
        alignment,
        flag_of(described, "accepted", False),
        flag_of(described, "visible", True),
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


def read_picture(content: bytes, name: str) -> Picture:
    """The picture in the entry `name`.

    Raises:
        DocumentError: it is damaged or too large.
    """
    try:
        return Picture.read(content)
    except DocumentError as error:
        raise DocumentError(f"its '{name}' is damaged: {error}. {RESTORE}") from error


def read_list(manifest: Json, kind: str) -> list[Any]:
    """The list of faces, of scans or of photos in a manifest.

    Raises:
        DocumentError: there is none, or it is longer than a document can be.
    """
    listed = manifest.get(f"{kind}s", [])
    most = {"face": MAXIMUM_FACES, "scan": MAXIMUM_SCANS, "photo": MAXIMUM_PHOTOS}[kind]
    least = 1 if kind == "face" else 0
    if not isinstance(listed, list) or not least <= len(listed) <= most:
        problem = f"lists no {kind}s, or more than {most}"
        raise DocumentError(f"it {problem}. {RESTORE}")
    return listed


def _read_residual(strengths: object, index: int, entries: Mapping[str, bytes]) -> "ResidualLayer":
    from engine.editing.residual import ResidualLayer

    name = residual_entry(index)
    displacement = _load(entry_of(entries, name), name).get("displacement")
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


def entry_of(entries: Mapping[str, bytes], name: str) -> bytes:
    """The entry `name`, which has to be there."""
    if name not in entries:
        raise DocumentError(f"it holds no '{name}', which it speaks of. {RESTORE}")
    return entries[name]


def described_of(value: object, kind: str) -> Json:
    """`value` as what a manifest says of an item."""
    if not isinstance(value, dict):
        raise DocumentError(f"one of its {kind}s has no name. {RESTORE}")
    return value


def name_of(described: Json, kind: str) -> str:
    """What an item is called."""
    name = described.get("name")
    if not isinstance(name, str):
        raise DocumentError(f"one of its {kind}s has no name. {RESTORE}")
    return name


def flag_of(described: Json, key: str, default: bool) -> bool:
    """A truth that a manifest tells of an item."""
    value = described.get(key, default)
    if type(value) is not bool:
        raise DocumentError(f"one of its items has '{key}' {value!r}, expected true or false.")
    return value
