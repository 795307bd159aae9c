"""Actors of the faces that are not edited and of the scans."""

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer

from app.other_items import PlacedItem
from app.viewport.eye_actors import EyeActors
from app.viewport.surface_actor import SurfaceActor
from engine.project.items import ItemRef

FRAMING_POINTS = 3000


class ItemActor:
    """One item in the scene; its triangles are sent to VTK once, its place is a matrix."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._surface = SurfaceActor()
        self._surface.give_way()
        self._eyes: EyeActors | None = None
        self._item: PlacedItem | None = None
        self._matrix = vtkMatrix4x4()
        self._surface.actor.SetUserMatrix(self._matrix)
        renderer.AddActor(self._surface.actor)

    def show(self, item: PlacedItem) -> None:
        drawn, before = item.drawn, self._item
        if before is None or before.drawn is not drawn:
            self._surface.show(drawn.vertices, drawn.normals, drawn.faces, drawn.colors)
            self._show_eyes(item)
        if before is None or not np.array_equal(before.matrix, item.matrix):
            self._matrix.DeepCopy(item.matrix.ravel().tolist())
            self._matrix.Modified()
        self._item = item

    def points(self) -> NDArray[np.float64]:
        """Some of its vertices `(N, 3)`, in the scene, enough to frame it."""
        if self._item is None:
            return np.zeros((0, 3))
        vertices, matrix = self._item.drawn.vertices, self._item.matrix
        some = vertices[:: max(1, len(vertices) // FRAMING_POINTS)].astype(np.float64)
        placed: NDArray[np.float64] = some @ matrix[:3, :3].T + matrix[:3, 3]
        return placed

    def remove(self) -> None:
        self._renderer.RemoveActor(self._surface.actor)
        self._remove_eyes()

    def _show_eyes(self, item: PlacedItem) -> None:
        drawn = item.drawn.eyes
        if drawn is None:
            self._remove_eyes()
            return
        if self._eyes is None:
            self._eyes = EyeActors()
            for actor in self._eyes.actors:
                actor.SetUserMatrix(self._matrix)
                self._renderer.AddActor(actor)
        self._eyes.fit(drawn.eyes, drawn.fits)

    def _remove_eyes(self) -> None:
        if self._eyes is not None:
            for actor in self._eyes.actors:
                self._renderer.RemoveActor(actor)
            self._eyes = None


class ItemActors:
    """The actors of all other items, by item."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._actors: dict[ItemRef, ItemActor] = {}
        self._items: tuple[PlacedItem, ...] = ()

    def items(self) -> tuple[PlacedItem, ...]:
        """What is shown."""
        return self._items

    def show(self, items: tuple[PlacedItem, ...]) -> None:
        """Show exactly `items`."""
        self._items = items
        wanted = {item.ref for item in items}
        for ref in [ref for ref in self._actors if ref not in wanted]:
            self._actors.pop(ref).remove()
        for item in items:
            if item.ref not in self._actors:
                self._actors[item.ref] = ItemActor(self._renderer)
            self._actors[item.ref].show(item)

    def points(self) -> NDArray[np.float64]:
        """Points `(N, 3)` to be in the picture."""
        if not self._actors:
            return np.zeros((0, 3))
        return np.concatenate([actor.points() for actor in self._actors.values()])
