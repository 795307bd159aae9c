"""Smooth edges for what the graphics can do: by samples on a GPU, at rest only without one."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software", "gdi generic")
GPU_SAMPLES = 8
REST_MS = 200
"""Without a GPU smoothing doubles a picture's cost, so it waits until nothing moves."""


class Antialiasing(QObject):
    """Chooses the smoothing of one render window.

    Args:
        redraw: draws the picture again, when it has come to rest.
    """

    def __init__(
        self,
        window: vtkRenderWindow,
        renderer: vtkRenderer,
        redraw: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._renderer = renderer
        self._window = window
        self._redraw = redraw
        self.in_software = True
        window.SetMultiSamples(0)
        renderer.UseFXAAOn()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._smooth)

    def adapt(self) -> None:
        """Look at the graphics, once there are some."""
        told = self._window.ReportCapabilities().casefold()
        self.in_software = any(name in told for name in SOFTWARE)
        if not self.in_software:
            self._renderer.UseFXAAOff()
            self._window.SetMultiSamples(GPU_SAMPLES)

    def hurry(self) -> None:
        """Something moves: the next pictures must be quick."""
        if self.in_software:
            self._renderer.UseFXAAOff()
            self._rest.start()

    def stop(self) -> None:
        """Draw no more."""
        self._rest.stop()

    def _smooth(self) -> None:
        self._renderer.UseFXAAOn()
        self._redraw()
