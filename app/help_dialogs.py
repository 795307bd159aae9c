"""What keys and mouse do, and what Lineament is."""

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from app.icons import application_icon
from app.window_actions import SPECS
from engine.version import lineament_version

MOUSE = (
    ("Drag on the face", "turn"),
    ("Shift+drag, middle drag", "move sideways"),
    ("Wheel, right drag", "closer or farther"),
    ("Click on the face", "open the part's sliders"),
    ("Double-click on the face", "frame it"),
    ("Drag on the face with the tool (D), Alt+drag", "pull the surface; Escape puts it back"),
    ("Shift+click on the face with the tool", "set a pin that stays, or take it away"),
    ("Drag a slider", "change a value; with Shift finely"),
    ("Ctrl+wheel on a slider", "step its value"),
    ("Arrow keys on a slider", "step; with Shift finely"),
    ("Double-click a name", "reset that value"),
    ("Click an eye in the outliner", "show or hide; with Ctrl only this one, or all again"),
    ("Double-click a face or scan", "rename it"),
    ("Drag a face or scan", "reorder"),
    ("Drop a .lineament file", "open it"),
    ("Drop an OBJ, PLY, STL or GLB file", "import it as a scan"),
    ("Drop photos", "make faces of them"),
)

OTHER_KEYS = (
    ("Ctrl+Z", "Undo", "Take the last edit back"),
    ("Ctrl+Shift+Z", "Redo", "Again"),
    ("Del", "Delete", "Take the item chosen in the outliner away"),
    ("F7", "Blend panel", "Show or hide it"),
    ("F8", "Outliner", "Show or hide it"),
    ("F9", "Face panel", "Show or hide it"),
    ("Esc", "Close", "The message, or the panel that stands in for the sliders"),
)
"""Beside those of the window's actions."""


class ShortcutsDialog(QDialog):
    """A table of keys and of what the mouse does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        self.resize(680, 600)
        page = QTextBrowser()
        page.setHtml(_shortcuts_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(page)
        layout.addWidget(_close_button(self))


class AboutDialog(QDialog):
    """Version and credits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Lineament")
        self.setMinimumWidth(380)
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(72, 72))
        heading = QLabel(f"Lineament {lineament_version()}")
        heading.setObjectName("heading")
        text = QLabel(
            "A face editor on a parts-based implicit model: each part of the face has its own "
            "code, and the surface follows your hand.\n\n"
            "Built with Qt, VTK, PyVista and PyTorch. The model was trained on heads of "
            "ICT-FaceKit."
        )
        text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 18)
        layout.setSpacing(12)
        for widget in (picture, heading, text, _close_button(self)):
            layout.addWidget(widget)


def _shortcuts_page() -> str:
    keys = [
        (spec.keys, spec.text.replace("&", "").rstrip("…"), spec.tip) for spec in SPECS if spec.keys
    ]
    keys += OTHER_KEYS
    rows = "".join(
        f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{name}&nbsp;&nbsp;</td><td>{tip}</td></tr>"
        for key, name, tip in keys
    )
    mouse = "".join(
        f"<tr><td><b>{what}</b>&nbsp;&nbsp;</td><td>{does}</td></tr>" for what, does in MOUSE
    )
    return (
        f"<h3>Keyboard</h3><table cellpadding='4'>{rows}</table>"
        f"<h3>Mouse</h3><table cellpadding='4'>{mouse}</table>"
    )


def _close_button(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    for button in buttons.buttons():
        button.setIcon(QIcon())
    buttons.rejected.connect(dialog.reject)
    return buttons
