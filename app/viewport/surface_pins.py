"""Places on the face that stay while others are pulled, and their dots in the view."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.follower import SurfaceFollower
from app.picking import Marker
from app.session import Session
from app.viewport.viewport import Viewport

if TYPE_CHECKING:
    from engine.editing.surface_point import SurfacePoint

COLOR = (255, 176, 58)
REACH_MM = 7.0
"""A press this near a pin takes it away."""

MOST_PINS = 12


class SurfacePins(QObject):
    """The pins of one face; another document begins without any.

    Attributes:
        places: on the template.

    Signals:
        said: level and text for the message bar.
    """

    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        follower: SurfaceFollower,
        viewport: Viewport,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._follower, self._viewport = session, follower, viewport
        self.places: tuple[SurfacePoint, ...] = ()
        self._marked = False
        session.opened.connect(self.clear)
        follower.moved.connect(lambda _frame: self._mark())
        follower.replaced.connect(lambda _surface: self._mark())

    def clear(self) -> None:
        """Let everything move again."""
        self.places = ()
        self._mark()

    def toggle(self, place: "SurfacePoint") -> None:
        """Pin a place of the template, or free the pin that is there."""
        shown = self._session.model.preview(self._session.state.code)
        here = place.of(shown)
        gaps = [float(np.linalg.norm(pin.of(shown) - here)) for pin in self.places]
        if gaps and min(gaps) < REACH_MM:
            freed = int(np.argmin(gaps))
            self.places = self.places[:freed] + self.places[freed + 1 :]
        elif len(self.places) < MOST_PINS:
            self.places = (*self.places, place)
        else:
            self.said.emit(
                "info", f"There are {MOST_PINS} pins already. Shift+click one to free it."
            )
        self._mark()

    def _mark(self) -> None:
        """Show the pins where the surface is now."""
        if self._viewport.picking or not (self.places or self._marked):
            return
        surface = self._follower.surface
        shown = self._viewport.vertex_buffer
        if surface is None or surface.carrier is not None:
            shown = self._session.model.preview(self._session.state.code)
        dots = [pin.of(shown) for pin in self.places]
        self._viewport.show_markers(
            tuple(Marker((float(x), float(y), float(z)), "", COLOR) for x, y, z in dots)
        )
        self._marked = bool(dots)
