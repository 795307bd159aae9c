"""The tour's stop at Neural3DMM: the edited face as the autoencoder reconstructs it."""

from collections.abc import Callable

from app.tour.scans import Wait
from app.window import MainWindow
from engine.errors import InputError

Show = Callable[..., None]
"""Takes a picture: its name, what it shows, and another window to show instead, if any."""


def visit_spiral(window: MainWindow, show: Show, wait: Wait) -> None:
    """Reconstruct the edited face, then walk through the latent space.

    Raises:
        InputError: the autoencoder could not be used.
    """
    runners = window.runners
    window.spiral.reconstruct()
    wait(lambda: not runners.reconstruction.busy, "the autoencoder")
    if window.compare.window is None:
        raise InputError(f"The tour could not reconstruct a face: {window.messages.text}")
    wait(lambda: not runners.comparison.busy, "the comparison")
    show("neural3dmm", "A face by Neural3DMM", window.compare.window)
    window.compare.window.close()
    window.spiral.open()
    wait(lambda: not runners.latent.busy, "the latent space")
    if window.spiral.window is None:
        raise InputError(f"The tour could not open the latent space: {window.messages.text}")
    show("latent-space", "Neural3DMM's latent space", window.spiral.window)
    window.spiral.window.close()
