"""What the window asks of a view of the face, so that it can open before VTK is loaded."""

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.picking import Marker
from app.theme import Theme
from engine.project.document import Camera
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.photo.near_camera import NearCamera


class PhotoBackdrop(Protocol):
    """A photo behind the face, seen through the camera that took it."""

    def show(self, picture: Picture, near: "NearCamera", box: NDArray[np.float64]) -> None:
        """Look as the photo's camera does.

        Args:
            near: from the model's frame to the pixels of `picture`.
            box: of the face in it (x0, y0, x1, y1), which fills the view at first.
        """
        ...

    def hide(self) -> None:
        """Look as before, from an orbit."""
        ...

    def set_drawn(self, drawn: bool) -> None:
        """Draw the photo, or only look through its camera."""
        ...

    def set_share(self, share: float) -> None:
        """How much of the photo is seen where the face is, 0 to 1."""
        ...


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

    @property
    def photo(self) -> "PhotoBackdrop":
        """The photo behind the face."""
        ...

    def set_theme(self, theme: Theme) -> None: ...

    def shut(self) -> None:
        """Give the graphics back; nothing is drawn from now on."""
        ...
