"""The tour's stops at several faces, at a scan that is brought in, and at a face fitted to it."""

from collections.abc import Callable
from pathlib import Path

from app.window import MainWindow
from engine.errors import InputError
from engine.project.items import ItemRef

Show = Callable[[str, str], None]
"""Takes a picture: its name and what it shows."""

Wait = Callable[[Callable[[], bool], str], None]
"""Handles events until a condition holds; the text says what is waited for."""

SEEDS = (8, 21)


def show_several_faces(window: MainWindow, show: Show) -> None:
    """Two more faces beside the first, spread out; they are undone again."""
    window.messages.dismiss()
    count = window.commands.stack.count()
    for seed in SEEDS:
        window.actions_by_name["add_face"].trigger()
        window.commands.randomise(seed)
    for index in range(len(window.session.state.document.faces)):
        window.commands.items.set_visible(ItemRef("face", index), True)
    window.actions_by_name["front"].trigger()
    window.actions_by_name["spread"].trigger()
    show("several-faces", "Several faces")
    window.actions_by_name["spread"].trigger()
    while window.commands.stack.index() > count:
        window.commands.stack.undo()
    window.actions_by_name["frame"].trigger()


def import_and_fit(window: MainWindow, scan: Path, show: Show, wait: Wait) -> None:
    """Bring a file in as a scan, accept where it is laid, and fit a face to it.

    A shape that is not known as a head is accepted upright as it is in its file.

    Raises:
        InputError: it could not be read, or nothing could be fitted to it.
    """
    bringing, fitting = window.scans.scan_import, window.fits.fitting
    window.actions_by_name["add_face"].trigger()
    window.scans.bring_in(scan)
    wait(
        lambda: bringing.state is None or bringing.state.stage in ("aligned", "lost"),
        f"the alignment of '{scan.name}'",
    )
    if bringing.state is None:
        raise InputError(f"The tour could not read '{scan}' as a scan.")
    show("scan-import", "A scan laid on the face")
    window.scans.panel.accept.click()
    window.messages.dismiss()
    window.actions_by_name["fit"].trigger()
    window.fits.panel.start.click()
    wait(lambda: not fitting.running, "the fit")
    if fitting.state is None or fitting.state.stage != "done":
        raise InputError(f"The tour could not fit a face to '{scan}'.")
    show("scan-fit", "A face fitted to a scan")
    fitting.cancel()
