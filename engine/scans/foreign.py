"""Files that our own readers refuse or whose texture we want, read by trimesh."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.scans.raw_surface import RawSurface

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NameError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What a damaged file makes trimesh and its decoders raise; they promise nothing narrower."""
UNPAINTED = (190, 190, 190)
METRES_TO_MM = 1000.0


def read_foreign(path: Path) -> RawSurface:
    """All triangles of a file, with colours sampled from its texture at the vertices.

    Raises:
        InputError: trimesh cannot read it either.
    """
    import trimesh

    try:
        scene: Any = trimesh.load(str(path), force="scene", process=False)
        parts = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh)]
        painted = [_colors_of(part) for part in parts]
    except BROKEN as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else "damaged"
        raise InputError(
            f"Cannot read {path} ({reason}). Export it again as binary PLY, or as OBJ."
        ) from error
    if not parts:
        raise InputError(
            f"Cannot read {path}: it has no triangles. Make a surface of its points in a meshing "
            "program first."
        )
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    vertices = np.concatenate([np.asarray(part.vertices, np.float64) for part in parts])
    faces = np.concatenate(
        [
            np.asarray(part.faces, np.int64) + start
            for part, start in zip(parts, starts, strict=False)
        ]
    )
    if path.suffix.lower() == ".glb":
        vertices = vertices * METRES_TO_MM
    return RawSurface(vertices, faces, _joined_colors(parts, painted))


def _colors_of(part: Any) -> NDArray[np.uint8] | None:
    """sRGB `(V, 3)` of one part, from its texture or its vertices."""
    visual = part.visual
    if visual.kind == "texture":
        image = getattr(visual.material, "image", None)
        image = image if image is not None else getattr(visual.material, "baseColorTexture", None)
        if image is None or visual.uv is None or len(visual.uv) != len(part.vertices):
            return None
        pixels = np.asarray(image.convert("RGB"))
        if (pixels == pixels[0, 0]).all():
            return None  # what trimesh makes up where the image is missing
        return sample_texture(pixels, np.asarray(visual.uv))
    if visual.kind == "vertex":
        colors = np.asarray(visual.vertex_colors)
        return colors[:, :3].astype(np.uint8) if len(colors) == len(part.vertices) else None
    return None


def sample_texture(image: NDArray[np.uint8], uv: NDArray) -> NDArray[np.uint8]:
    """Colours `(V, 3)` of `image` `(H, W, 3)`, top row first, at `uv` `(V, 2)`, v from the bottom.

    The texture repeats beyond [0, 1]; the nearest texel is taken.
    """
    height, width = image.shape[:2]
    finite = np.where(np.isfinite(uv), uv, 0.0)
    wrapped = np.where((finite >= 0) & (finite <= 1), finite, finite % 1.0)
    column = np.minimum((wrapped[:, 0] * width).astype(np.int64), width - 1)
    row = np.minimum(((1.0 - wrapped[:, 1]) * height).astype(np.int64), height - 1)
    return image[row, column]


def _joined_colors(
    parts: list[Any], painted: list[NDArray[np.uint8] | None]
) -> NDArray[np.uint8] | None:
    if all(colors is None for colors in painted):
        return None
    filled = [
        np.tile(np.array(UNPAINTED, np.uint8), (len(part.vertices), 1))
        if colors is None
        else colors
        for part, colors in zip(parts, painted, strict=True)
    ]
    return np.concatenate(filled)
