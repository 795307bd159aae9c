"""Python's garbage collector, kept from holding the window up."""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

from app.follower import SurfaceFollower
from app.surfaces import Surface

LONGEST_MS = 30_000
"""Nothing is collected for so long at most, should the first surface never come."""


class LateCollection(QObject):
    """Collects nothing until the first exact surface is there, and nothing of what is there then.

    A full collection looks at every object: some 400,000 once VTK, torch and the model are
    loaded. Whichever thread it falls to, it holds the interpreter for up to a quarter of a
    second. But modules stay until the program ends, so they need not be looked at.
    """

    def __init__(self, follower: SurfaceFollower, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        follower.replaced.connect(self._on_surface)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._begin)
        self._patience.start(LONGEST_MS)

    @Slot(object)
    def _on_surface(self, surface: Surface) -> None:
        if surface.exact:
            self._begin()

    @Slot()
    def _begin(self) -> None:
        if not gc.isenabled():
            self._patience.stop()
            gc.freeze()
            gc.enable()
