"""Whether a window can be shown; Qt would end the process without a word to the user."""

import ctypes
import os
import sys

from engine.errors import InputError

_ADVICE = (
    "Start it from a desktop session, or on a virtual display: 'xvfb-run -a lineament tour -o tour'"
    ". 'lineament sample' and 'lineament export' need no display."
)


def require_display() -> None:
    """Check that a window can be shown, and have Qt show it where VTK can draw into it.

    On Linux that is X11, also on a Wayland desktop (through its XWayland): VTK draws into a
    window of X11 and knows no other. Call it before Qt is loaded.

    Raises:
        InputError: there is no display, or none that answers.
    """
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    if platform != "xcb":
        raise InputError(
            f"The view needs X11, but the variable QT_QPA_PLATFORM says '{platform}'. "
            "Unset it, or set it to 'xcb'."
        )
    name = os.environ.get("DISPLAY")
    if not name:
        wayland = "WAYLAND_DISPLAY" in os.environ
        missing = "XWayland is not running on this Wayland desktop." if wayland else ""
        raise InputError(f"There is no display to open a window on. {missing} {_ADVICE}")
    if not _answers(name):
        raise InputError(f"The display '{name}' (variable DISPLAY) does not answer. {_ADVICE}")


def _answers(name: str) -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt names the library that is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(name.encode(), None))
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers
