"""Registered faces that end in the plane in which a model's neck ends, to measure it against."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.topology import boundary_loops, unique_edges
from engine.models.parts_model import PartsModel
from training.parts.registered import GROUPS, RegisteredFaces

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


def cut_like(faces: RegisteredFaces, model: PartsModel) -> RegisteredFaces:
    """`faces` without what lies beyond the plane of `model` on the canonical face.

    Vertices keep their numbers; those of the new rim and the middle of its cap follow, each the
    same mean of old ones on every face. The cap is of the group `cap`, which is not measured.
    A model without such a plane gives `faces` back.

    Raises:
        InputError: the plane does not cut the skin in one loop.
    """
    plane = model.canonical_plane()
    if plane is None:
        return faces
    vertices = faces.vertices(faces.canonical_code()).astype(np.float64)
    beyond = (vertices - plane.point) @ plane.normal
    skin = (faces.groups == GROUPS.index("skin")) | (faces.groups == GROUPS.index("cap"))
    crossing = unique_edges(faces.faces[skin])
    crossing = crossing[(beyond[crossing[:, 0]] > 0.0) != (beyond[crossing[:, 1]] > 0.0)]
    share = beyond[crossing[:, 0]] / (beyond[crossing[:, 0]] - beyond[crossing[:, 1]])
    clipped, groups = _clip(faces, beyond, crossing)
    loops = boundary_loops(clipped[np.isin(groups, (0, 3))])
    if len(loops) != 1:
        raise InputError(
            f"The plane that ends the neck cuts the registered skin in {len(loops)} loops, "
            "expected one. Measure the model with the data set it was trained on."
        )
    middle = len(vertices) + len(crossing)
    loop = loops[0]
    cap = np.stack([np.roll(loop, -1), loop, np.full_like(loop, middle)], axis=1)
    blend = _Blend(crossing, share, loop)
    return replace(
        faces,
        rest=blend(faces.rest),
        basis=blend(faces.basis),
        region_weights=blend(faces.region_weights),
        faces=np.concatenate([clipped, cap]),
        groups=np.concatenate([groups, np.full(len(cap), GROUPS.index("cap"))]),
    )


def _clip(
    faces: RegisteredFaces, beyond: Array, crossing: Indices
) -> tuple[Indices, NDArray[np.int64]]:
    """Triangles and their groups on the head's side; crossing edge k is vertex V + k."""
    count = len(beyond)
    number = {tuple(edge): count + k for k, edge in enumerate(crossing.tolist())}
    outside = beyond > 0.0
    inner = ~outside[faces.faces].any(1)
    kept, groups = [faces.faces[inner]], [faces.groups[inner]]
    mixed = np.flatnonzero(outside[faces.faces].any(1) & ~outside[faces.faces].all(1))
    for row in mixed:
        polygon: list[int] = []
        corners = faces.faces[row].tolist()
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
            if not outside[a]:
                polygon.append(a)
            if outside[a] != outside[b]:
                polygon.append(number[(min(a, b), max(a, b))])
        fan = [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
        kept.append(np.array(fan))
        groups.append(np.full(len(fan), faces.groups[row]))
    return np.concatenate(kept), np.concatenate(groups)


class _Blend:
    """Values of the vertices, with those of the crossings and of the loop's middle added."""

    def __init__(self, crossing: Indices, share: Array, loop: Indices) -> None:
        self._crossing, self._share, self._loop = crossing, share, loop

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        share = self._share.reshape(-1, *[1] * (values.ndim - 1)).astype(np.float32)
        first, second = values[self._crossing[:, 0]], values[self._crossing[:, 1]]
        longer = np.concatenate([values, first + share * (second - first)])
        return np.concatenate([longer, longer[self._loop].mean(0, keepdims=True)])
