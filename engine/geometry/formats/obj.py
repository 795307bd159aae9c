"""Wavefront OBJ, with vertex order kept.

Positions are millimetres, y up, unless a remark of this writer says otherwise. Colours are the
common extension of three more numbers on a `v` line, sRGB in [0, 1].
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.formats.decoded_mesh import make_mesh
from engine.geometry.formats.face_group import FaceGroup
from engine.geometry.formats.file_frame import FileFrame, stated_frame
from engine.geometry.formats.srgb import unit_to_bytes
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import shading_normals

SKIN = "skin"
"""The material of a surface without groups."""


def decode_obj(content: bytes) -> Mesh:
    """The mesh of an OBJ file, all its objects and groups as one.

    Polygons become fans of triangles; indices may be negative. A vertex keeps its
    texture coordinate where all its corners agree on one; if any vertex has none or
    several, the mesh has no UV, for splitting it would change the vertex order.

    Raises:
        InputError: a line that cannot be read, with its number, or a mesh that is not sound.
    """
    records = _Records()
    text = content.decode("utf-8", errors="replace").replace("\\\r\n", " ").replace("\\\n", " ")
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            records.add(words)
        except (ValueError, IndexError) as error:
            raise InputError(
                f"Line {number} cannot be read: '{line.strip()[:80]}'. "
                "Repair that line, or export the mesh again from the program it comes from."
            ) from error
    return records.mesh(stated_frame(content))


_INDEX_LIMIT = 2**31


@dataclass(slots=True)
class _Records:
    """What the lines of a file said so far."""

    positions: list[list[float]] = field(default_factory=list)
    colors: list[list[float]] = field(default_factory=list)
    texture: list[list[float]] = field(default_factory=list)
    faces: list[tuple[int, int, int]] = field(default_factory=list)
    texture_faces: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, words: list[str]) -> None:
        match words[0]:
            case "v":
                self._add_vertex([float(word) for word in words[1:]])
            case "vt":
                u, v, *_ = [*(float(word) for word in words[1:]), 0.0]
                self.texture.append([u, v])
            case "f":
                self._add_face(words[1:])

    def _add_vertex(self, numbers: list[float]) -> None:
        if len(numbers) < 3:
            raise ValueError("a vertex needs three coordinates")
        self.positions.append(numbers[:3])
        if len(numbers) >= 6:
            self.colors.append(numbers[3:6])

    def _add_face(self, words: list[str]) -> None:
        corners, texture = [], []
        for word in words:
            vertex, _, rest = word.partition("/")
            coordinate = rest.partition("/")[0]
            corners.append(_resolve(int(vertex), len(self.positions)))
            texture.append(_resolve(int(coordinate), len(self.texture)) if coordinate else -1)
        if len(corners) < 3:
            raise ValueError("a face needs three corners")
        for second in range(1, len(corners) - 1):
            self.faces.append((corners[0], corners[second], corners[second + 1]))
            self.texture_faces.append((texture[0], texture[second], texture[second + 1]))

    def mesh(self, frame: FileFrame) -> Mesh:
        faces = np.array(self.faces, dtype=np.int64).reshape(-1, 3)
        colored = len(self.colors) == len(self.positions) > 0
        return make_mesh(
            frame.from_file(np.array(self.positions, dtype=np.float64).reshape(-1, 3)),
            faces,
            uv=self._uv(faces),
            colors=_color_bytes(np.array(self.colors)) if colored else None,
        )

    def _uv(self, faces: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """One texture coordinate `(V, 2)` per vertex, or None where that is not possible."""
        places = np.array(self.texture_faces, dtype=np.int64).reshape(-1, 3)
        known = len(self.texture)
        if not known or not len(faces) or places.min() < 0 or places.max() >= known:
            return None
        if faces.max() >= len(self.positions):
            return None
        corners = np.array(self.texture)[places]
        uv = np.zeros((len(self.positions), 2))
        uv[faces] = corners
        return uv if np.array_equal(uv[faces], corners) else None


def _resolve(index: int, count: int) -> int:
    """From 1 upwards, or from -1 backwards, to an index from 0."""
    if index == 0 or not -count <= index < _INDEX_LIMIT:
        raise ValueError("an index out of range")
    return index - 1 if index > 0 else count + index


def _color_bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Some programs write colours as 0 to 1, others as 0 to 255."""
    return unit_to_bytes(colors / 255.0 if colors.max() > 1.0 else colors)


def encode_obj(
    mesh: Mesh,
    name: str,
    frame: FileFrame | None = None,
    library: str | None = None,
    groups: Sequence[FaceGroup] = (),
) -> bytes:
    """`mesh` as OBJ: every vertex in order, with its normal and what UV and colours it has.

    Args:
        frame: of the file; in mm with y up if None.
        library: name of an MTL file beside it, with the material `SKIN` or one of each group's
            name.
        groups: of faces, which hold every face once; none for one surface.
    """
    frame = frame or FileFrame()
    normals = frame.turn(shading_normals(mesh.vertices, mesh.faces))
    positions = _rows(frame.to_file(mesh.vertices))
    if mesh.colors is not None:
        colors = _rows((mesh.colors / 255.0).round(4).astype(np.float32))
        positions = [f"{place} {color}" for place, color in zip(positions, colors, strict=True)]
    forward = "z out of the face" if frame.up == "y" else "the face looks along -y"
    lines = [f"# {frame.remark()}; x to the subject's left, {forward}."]
    if library is not None:
        lines.append(f"mtllib {library}")
    lines.append(f"o {'_'.join(name.split()) or 'mesh'}")
    lines.extend(f"v {row}" for row in positions)
    if mesh.uv is not None:
        lines.extend(f"vt {row}" for row in _rows(mesh.uv))
    lines.extend(f"vn {row}" for row in _rows(normals.round(5)))
    lines.extend(_face_lines(mesh, groups, with_material=library is not None))
    return ("\n".join(lines) + "\n").encode("utf-8")


def _rows(array: NDArray[np.float32]) -> list[str]:
    """Each row as the shortest decimals that give the same float32 back."""
    return [" ".join(row) for row in array.astype(str).tolist()]


def _face_lines(mesh: Mesh, groups: Sequence[FaceGroup], *, with_material: bool) -> Iterator[str]:
    corner = "{0}/{0}/{0}" if mesh.uv is not None else "{0}//{0}"
    template = "f " + " ".join(corner.replace("0", str(place)) for place in range(3))
    corners = (mesh.faces + 1).tolist()
    if not groups:
        if with_material:
            yield f"usemtl {SKIN}"
        yield from (template.format(*row) for row in corners)
    for group in groups:
        yield f"g {group.name}"
        if with_material:
            yield f"usemtl {group.name}"
        yield from (template.format(*corners[number]) for number in group.faces)
