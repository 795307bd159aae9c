"""The questions that need an answer before anything else; tests answer them without a person."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from engine.project.archive import SUFFIX

Decision = Literal["save", "discard", "cancel"]
SCAN_FILTER = "Scans (*.obj *.ply *.stl *.glb *.OBJ *.PLY *.STL *.GLB)"
PHOTO_KINDS = ("jpg", "jpeg", "png", "webp", "heic", "heif", "bmp", "tif", "tiff")
PHOTO_FILTER = f"Photos ({' '.join(f'*.{kind} *.{kind.upper()}' for kind in PHOTO_KINDS)})"
WEIGHTS_FILTER = "Weights (*.safetensors)"
DOCUMENT_FILTER = f"Lineament documents (*{SUFFIX})"

MOST_NAMED = 6
"""Files that a question names; of more it tells the number."""


class Prompts:
    """Asks with dialogs of the system."""

    def ask_unsaved(self, parent: QWidget, title: str) -> Decision:
        """What to do with a document that has unsaved work."""
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes to “{title}”?")
        box.setInformativeText("They are lost if you do not save them.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        for button in box.buttons():
            button.setIcon(QIcon())
        answer = box.exec()
        if answer == buttons.Save:
            return "save"
        return "discard" if answer == buttons.Discard else "cancel"

    def ask_open(self, parent: QWidget, folder: Path) -> Path | None:
        """Which document to open."""
        name, _ = QFileDialog.getOpenFileName(parent, "Open", str(folder), DOCUMENT_FILTER)
        return Path(name) if name else None

    def ask_scan(self, parent: QWidget, folder: Path) -> Path | None:
        """Which scan to bring in."""
        name, _ = QFileDialog.getOpenFileName(parent, "Import scan", str(folder), SCAN_FILTER)
        return Path(name) if name else None

    def ask_photos(self, parent: QWidget, folder: Path) -> list[Path]:
        """Which photos to bring in; empty for none."""
        names, _ = QFileDialog.getOpenFileNames(parent, "Import photos", str(folder), PHOTO_FILTER)
        return [Path(name) for name in names]

    def ask_weights(self, parent: QWidget, folder: Path) -> Path | None:
        """Which autoencoder to use."""
        name, _ = QFileDialog.getOpenFileName(parent, "Open weights", str(folder), WEIGHTS_FILTER)
        return Path(name) if name else None

    def ask_save(self, parent: QWidget, suggestion: Path) -> Path | None:
        """Where to save the document."""
        return _ask_where(parent, "Save as", suggestion, DOCUMENT_FILTER)

    def ask_export(self, parent: QWidget, suggestion: Path, filter_text: str) -> Path | None:
        """Where to write a mesh."""
        return _ask_where(parent, "Export", suggestion, filter_text)

    def ask_replace(self, parent: QWidget, files: Sequence[Path]) -> bool:
        """Whether files that are there may be replaced; True if there are none."""
        if not files:
            return True
        names = "\n".join(file.name for file in files[:MOST_NAMED])
        more = len(files) - MOST_NAMED
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Replace files")
        which = "This file is" if len(files) == 1 else "These files are"
        box.setText(f"{which} there already.")
        box.setInformativeText(f"{names}\nand {more} more" if more > 0 else names)
        replace = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        for button in box.buttons():
            button.setIcon(QIcon())
        box.exec()
        return box.clickedButton() is replace


def _ask_where(parent: QWidget, title: str, suggestion: Path, filter_text: str) -> Path | None:
    """The name of a file to write; a name without a suffix gets that of the chosen filter.

    The dialog adds the suffix before it asks whether to replace a file that is there: were it
    added afterwards, another file than the one that was asked about would be replaced.
    """
    dialog = QFileDialog(parent, title, str(suggestion.parent), filter_text)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(suggestion.suffix.removeprefix("."))
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix_in(chosen)))
    dialog.selectFile(suggestion.name)
    if dialog.exec() != QFileDialog.DialogCode.Accepted or not dialog.selectedFiles():
        return None
    return Path(dialog.selectedFiles()[0])


def _suffix_in(filter_text: str) -> str:
    """`obj` in `Numbered OBJ (*.obj)`; empty if a filter names none."""
    found = re.search(r"\*\.(\w+)", filter_text)
    return found[1] if found else ""
