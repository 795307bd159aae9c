"""What the window asks of a view of the face, so that it can open before VTK is loaded."""

from typing import Protocol

from PySide6.QtGui import QImage

from app.picking import Marker
from app.theme import Theme
from engine.project.document import Camera


class FaceView(Protocol):
    """A view that shows the session's face."""

    def look_from(self, preset: str, mirrored: bool = False) -> None: ...

    def frame_face(self) -> None: ...

    def camera_now(self) -> Camera:
        """Where the viewer stands, as a document keeps it."""
        ...

    def picture(self) -> QImage:
        """What is shown."""
        ...

    def set_picking(self, picking: bool) -> None:
        """Whether a click points at a place on any surface, rather than at a part."""
        ...

    def show_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show numbered dots, these and no others."""
        ...

    def set_theme(self, theme: Theme) -> None: ...

    def shut(self) -> None:
        """Give the graphics back; nothing is drawn from now on."""
        ...
