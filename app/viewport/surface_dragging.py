"""The drag tool: press on the face and pull; Shift+click sets pins that stay."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.commands import Commands
from app.follower import SurfaceFollower
from app.picking import Hit, first_hit
from app.session import Session
from app.surfaces import Surface
from app.viewport.orbit_mouse import STILL_PIXELS
from app.viewport.surface_pins import SurfacePins
from app.viewport.viewport import Viewport
from engine.models.protocol import PARTS, REGIONS, FaceCode

if TYPE_CHECKING:
    from engine.editing.drag import SurfaceDrag
    from engine.editing.surface_point import SurfacePoint


@dataclass(slots=True, eq=False)
class Hold:
    """A press on the face that may become a drag.

    Attributes:
        pressed: where, in pixels.
        hit: where on the surface that is shown.
        place: the same on the template.
        part: the part under the cursor.
        parts: those that follow.
        start: the face when it was pressed.
        drag, gesture: once the hand has moved.
    """

    pressed: QPointF
    hit: Hit
    place: "SurfacePoint"
    part: str
    parts: list[str]
    start: FaceCode
    drag: "SurfaceDrag | None" = None
    gesture: int | None = None


class SurfaceDragging(QObject):
    """Watches the viewport's mouse while the tool is on, or Alt is held.

    Attributes:
        pins: places that stay.

    Signals:
        said: level and text for the message bar.
    """

    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        follower: SurfaceFollower,
        viewport: Viewport,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._follower = follower
        self._viewport = viewport
        self._hold: Hold | None = None
        self.pins = SurfacePins(session, follower, viewport, self)
        self.pins.said.connect(self.said)
        viewport.installEventFilter(self)
        commands.way.changed.connect(self._adapt)

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._viewport:
            return False
        if isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QEvent.Type.KeyPress and self._hold is not None:
            self._give_up(self._hold)
            return True
        return False

    def _on_mouse(self, event: QMouseEvent) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and left and self._wanted(event):
            return self._press(event)
        if self._hold is None:
            return False
        if event.type() == QEvent.Type.MouseMove:
            self._move(self._hold, event.position())
            return True
        if event.type() == QEvent.Type.MouseButtonRelease and left:
            self._release(self._hold)
            return True
        return False

    def _wanted(self, event: QMouseEvent) -> bool:
        way = self._commands.way
        if not self._session.ready or self._viewport.picking or way.paused:
            return False
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return alt or way.dragging

    # The drag

    def _press(self, event: QMouseEvent) -> bool:
        surface, view = self._follower.surface, self._viewport
        if surface is None or not self._session.state.document.face.visible:
            return False
        place = event.position()
        ray = view.lens.ray(place.x(), place.y(), view.width(), view.height())
        hit = first_hit(view.vertex_buffer, surface.faces, ray)
        if hit is None:
            return False  # beside the face the hand turns it
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        on_template, part = self._locate(surface, hit)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pins.toggle(on_template)
            return True
        self._hold = Hold(
            place, hit, on_template, part, self._followers(part), self._session.state.code
        )
        return True

    def _move(self, hold: Hold, place: QPointF) -> None:
        moved = place - hold.pressed
        still = moved.manhattanLength() < STILL_PIXELS
        if hold.drag is None and (still or not self._begin(hold)):
            return
        assert hold.drag is not None
        pull = self._viewport.lens.pulled(
            moved.x(), moved.y(), hold.hit.point, self._viewport.height()
        )
        code = hold.drag.move(hold.drag.start + pull)
        text = f"Drag the {hold.part}" if len(hold.parts) == 1 else "Drag the face"
        self._commands.edit(code, text, hold.gesture)

    def _begin(self, hold: Hold) -> bool:
        """Prepare the solver; False if nothing may follow."""
        if not hold.parts:
            self._hold = None
            self.said.emit("info", f"The {hold.part} is locked. Unlock it to drag it.")
            return False
        from engine.editing.drag import PERCENTILE, SurfaceDrag

        way = self._commands.way
        hold.drag = SurfaceDrag(
            self._session.model,
            hold.start,
            hold.place,
            hold.parts,
            self.pins.places,
            way.mirror if way.symmetric else None,
            way.motions,
            way.limit or PERCENTILE,
        )
        hold.gesture = self._commands.begin_gesture()
        self._viewport.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _release(self, hold: Hold) -> None:
        self._hold = None
        if hold.drag is None:
            surface = self._follower.surface
            if surface is not None:
                self._viewport.clicked.emit(int(surface.faces[hold.hit.face][0]))
            return
        self._commands.end_gesture()
        self._adapt()

    def _give_up(self, hold: Hold) -> None:
        """Put the face back as it was when it was pressed."""
        self._hold = None
        if hold.drag is not None:
            self._commands.edit(hold.start, "Drag", hold.gesture)
            self._commands.end_gesture()
            self._adapt()

    def _followers(self, part: str) -> list[str]:
        """The parts that may follow a pull at `part`."""
        scope = PARTS if self._commands.way.drag_scope == "all" else (part,)
        return [name for name in scope if name not in self._session.state.locks]

    def _locate(self, surface: Surface, hit: Hit) -> tuple["SurfacePoint", str]:
        """The hit's place on the template, and the part it belongs to."""
        from engine.editing.surface_point import SurfacePoint

        corners = surface.faces[hit.face]
        shares = corner_shares(self._viewport.vertex_buffer[corners], hit.point)
        region = int((shares @ surface.weights[corners]).argmax())
        part = REGIONS[region] if surface.weights.shape[1] == len(REGIONS) else "head"
        if surface.carrier is not None:
            # A vertex of the free surface is tied to its nearest vertices of the template.
            row = surface.carrier[[int(corners[shares.argmax()])], :].tocoo()
            corners, shares = row.coords[-1][:3], row.data[:3] / row.data[:3].sum()
        first, second, third = (int(corner) for corner in corners)
        a, b, c = (float(share) for share in shares)
        return SurfacePoint((first, second, third), (a, b, c)), part

    def _adapt(self) -> None:
        if self._hold is None and not self._viewport.picking:
            on = self._commands.way.dragging
            shape = Qt.CursorShape.OpenHandCursor if on else Qt.CursorShape.ArrowCursor
            self._viewport.setCursor(shape)


def corner_shares(corners: NDArray, point: NDArray) -> NDArray[np.float64]:
    """Weights `(3,)` of a triangle's `corners` `(3, 3)` at the point of it nearest to `point`."""
    sides = np.asarray(corners[1:] - corners[0], np.float64).T
    shares, *_ = np.linalg.lstsq(sides, np.asarray(point, np.float64) - corners[0], rcond=None)
    weights = np.clip(np.array([1.0 - shares.sum(), *shares]), 0.0, 1.0)
    normed: NDArray[np.float64] = weights / weights.sum()
    return normed
