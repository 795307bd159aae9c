"""Where the surface is while a slider moves: an exact surface plus the linear motion since."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.surfaces import Surface
from engine.models.protocol import PARTS, FaceCode, FaceModel

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

Floats = NDArray[np.float32]

TANGENTS_KEPT = 24


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Vertices and normals `(V, 3)` of the surface shown, for one tick."""

    vertices: Floats
    normals: Floats


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One element of a code."""

    part: str
    index: int


class LivePreview:
    """Follows codes from a base surface.

    The motion from the base to a code is that of the model's linear preview. While one
    coordinate moves, a tick adds value · tangent to an anchor, so that its cost does not
    depend on how many coordinates the face has.
    """

    def __init__(self, model: FaceModel, base: Surface) -> None:
        self._model = model
        self._tangents: OrderedDict[Coordinate, Floats] = OrderedDict()
        self._base = base
        self._anchor_code = base.code
        self._anchor = base.vertices
        self._linear_base: Floats | None = None

    @property
    def base(self) -> Surface:
        return self._base

    def rebase(self, base: Surface) -> None:
        """Start from another surface, exact or of another topology."""
        if base.carrier is not self._base.carrier:
            self._tangents.clear()
        self._base = base
        self._linear_base = None
        self._anchor_code, self._anchor = base.code, base.vertices

    def frame(self, code: FaceCode, residual: "ResidualLayer | None" = None) -> Frame:
        """The surface for `code`, with a residual layer on top if there is one."""
        vertices = self._vertices(code)
        if residual is not None:
            vertices = self._detailed(vertices, code, residual)
        return Frame(vertices, self._base.shading.at(vertices))

    def detailed_base(self, residual: "ResidualLayer | None") -> Surface:
        """The base with a residual layer on top if there is one."""
        if residual is None:
            return self._base
        vertices = self._detailed(self._base.vertices, self._base.code, residual)
        normals = self._base.shading.at(vertices)
        return replace(self._base, vertices=vertices, normals=normals)

    def _vertices(self, code: FaceCode) -> Floats:
        changed = changed_coordinates(self._anchor_code, code)
        if not changed:
            return self._anchor
        if len(changed) > 1:
            self._anchor = self._moved_from_base(code)
            self._anchor_code = code
            return self._anchor
        where = changed[0]
        before = self._anchor_code.part(where.part)[where.index]
        step = np.float32(code.part(where.part)[where.index] - before)
        moved: Floats = self._anchor + step * self._tangent(where)
        return moved

    def _moved_from_base(self, code: FaceCode) -> Floats:
        if self._linear_base is None:
            self._linear_base = self._model.preview(self._base.code)
        motion = self._model.preview(code) - self._linear_base
        moved: Floats = self._base.vertices + self._base.carry(motion)
        return moved

    def _detailed(self, vertices: Floats, code: FaceCode, residual: "ResidualLayer") -> Floats:
        """`vertices` `(V, 3)` of the surface for `code`, moved by a layer of the template."""
        template = self._model.template
        if template.region_weights is None:
            return vertices
        on_template = vertices if self._base.carrier is None else self._model.preview(code)
        detailed = residual.apply(on_template, template.faces, template.region_weights)
        if self._base.carrier is None:
            return detailed
        return vertices + self._base.carry(detailed - on_template)

    def _tangent(self, where: Coordinate) -> Floats:
        tangent = self._tangents.get(where)
        if tangent is None:
            tangent = self._base.carry(self._model.tangent(where.part, where.index))
            self._tangents[where] = tangent
            if len(self._tangents) > TANGENTS_KEPT:
                self._tangents.popitem(last=False)
        self._tangents.move_to_end(where)
        return tangent


def changed_coordinates(before: FaceCode, after: FaceCode) -> list[Coordinate]:
    """The coordinates in which two codes differ, at most two of them."""
    changed: list[Coordinate] = []
    for part in PARTS:
        for index in np.flatnonzero(before.part(part) != after.part(part))[:2]:
            changed.append(Coordinate(part, int(index)))
            if len(changed) == 2:
                return changed
    return changed
