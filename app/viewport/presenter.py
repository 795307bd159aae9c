"""Ties the viewport to the session and to the surface that follows it."""

from PySide6.QtCore import QObject

from app.editor_state import ViewChange
from app.eye_fit import fit_eyeball
from app.follower import SurfaceFollower
from app.live_preview import Frame
from app.session import Session
from app.shading.coloring import Coloring, color_surface
from app.shading.texture_colors import texture_colors
from app.surfaces import Surface
from app.viewport.viewport import Viewport
from engine.models.protocol import REGIONS
from engine.project.document import Document


class Presenter(QObject):
    """Shows in the viewport what the session and the follower say."""

    def __init__(
        self,
        session: Session,
        follower: SurfaceFollower,
        viewport: Viewport,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._viewport = viewport
        self._surface: Surface | None = None
        follower.replaced.connect(self._show)
        follower.moved.connect(self._move)
        session.opened.connect(self._open)
        session.view_changed.connect(self._on_view)
        session.items_changed.connect(self._on_items)
        viewport.clicked.connect(self._on_click)
        session.highlight_changed.connect(lambda _part: self._paint())
        if follower.surface is not None:
            self._show(follower.surface)
        if session.ready:
            self._open()

    def _open(self) -> None:
        self._viewport.set_wireframe(self._session.state.view.wireframe)
        self._viewport.look_through(self._session.state.view.camera)

    def _show(self, surface: Surface) -> None:
        self._surface = surface
        self._viewport.show_surface(surface, color_surface(surface, self._coloring()))
        eyes = self._session.model.eyes(self._session.state.code)
        right, left = (fit_eyeball(surface.vertices, surface.normals, eye) for eye in eyes)
        self._viewport.fit_eyes(eyes, (right, left))

    def _move(self, frame: Frame) -> None:
        self._viewport.move_surface(frame)
        self._viewport.place_eyes(self._session.model.eyes(self._session.state.code))

    def _on_click(self, vertex: int) -> None:
        if self._surface is not None and self._surface.weights.shape[1] == len(REGIONS):
            region = int(self._surface.weights[vertex].argmax())
            self._session.request_part(REGIONS[region])

    def _paint(self) -> None:
        if self._surface is not None:
            self._viewport.paint_surface(color_surface(self._surface, self._coloring()))

    def _coloring(self) -> Coloring:
        state = self._session.state
        texture = state.document.face.texture
        own = None if texture is None else texture_colors(texture, self._session.model.template)
        return Coloring(state.skin, state.view.regions, state.highlight, own)

    def _on_items(self, before: Document, after: Document) -> None:
        if before.face.texture is not after.face.texture:
            self._paint()

    def _on_view(self, change: ViewChange) -> None:
        before, after = change.before, change.after
        if before.wireframe != after.wireframe:
            self._viewport.set_wireframe(after.wireframe)
        if (before.regions, change.skin_before) != (after.regions, change.skin_after):
            self._paint()
