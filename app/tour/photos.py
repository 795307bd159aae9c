"""The tour's stops at a photo: a face made from it, its landmarks, the methods, and its colours."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from app.tour.scans import Wait
from app.window import MainWindow
from engine.errors import InputError
from engine.project.items import ItemRef

Show = Callable[..., None]
"""Takes a picture: its name, what it shows, and another window to show instead, if any."""


def visit_photo(window: MainWindow, show: Show, wait: Wait) -> None:
    """Bring in a photo of an astronaut, as a person does, and use all that is made of photos.

    Raises:
        InputError: no face was found or made.
    """
    for index in range(len(window.session.state.document.scans)):
        window.commands.items.set_visible(ItemRef("scan", index), False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "astronaut.png"
        _write_astronaut(path)
        _import(window, path, show, wait)
    window.messages.dismiss()
    show("photo", "A face over its photo")
    window.actions_by_name["landmarks"].trigger()
    show("photo-landmarks", "The landmarks of a photo")
    window.photos.landmarks_panel.done.click()
    _compare(window, show, wait)
    photo = len(window.session.state.document.photos) - 1
    window.photos.overlay.leave()
    window.photos.texturing.project(window.session.state.document.active, (photo,))
    wait(lambda: not window.runners.texture.busy, "the photo's colours")
    window.messages.dismiss()
    window.actions_by_name["three-quarter"].trigger()
    show("photo-colours", "The photo's colours on the face")
    window.photos.texturing.remove(window.session.state.document.active)


def _import(window: MainWindow, path: Path, show: Show, wait: Wait) -> None:
    bringing = window.photos.photo_import
    window.photos.bring_in([path])
    wait(lambda: bringing.state is None or bringing.state.stage != "reading", "the photo's faces")
    if bringing.state is None or not bringing.state.faces:
        raise InputError("The tour found no face in its photo. Install Lineament again.")
    show("photo-import", "A face found in a photo")
    window.photos.panel.reconstruct.click()
    wait(lambda: bringing.state is None or bringing.state.stage != "working", "the photo's face")
    if bringing.state is not None:
        raise InputError(f"The tour could not make a face: {window.messages.text}")


def _compare(window: MainWindow, show: Show, wait: Wait) -> None:
    """The published networks side by side, where their weights are installed."""
    methods, runners = window.photos.methods, window.runners
    if not methods.choices():
        return
    window.actions_by_name["compare_methods"].trigger()
    wait(lambda: not runners.photo_mesh.busy, "the published networks")
    if window.compare.window is None:
        raise InputError(f"The tour could not compare methods: {window.messages.text}")
    wait(lambda: not runners.comparison.busy, "the comparison")
    show("photo-methods", "The published networks on a photo", window.compare.window)
    window.compare.window.close()


def _write_astronaut(path: Path) -> None:
    from PIL import Image
    from skimage.data import astronaut

    Image.fromarray(astronaut()).save(path)
