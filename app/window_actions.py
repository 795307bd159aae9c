"""The window's actions, as a table: name, text, keys, icon, what it does."""

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from app.icons import SHAPES, make_icon
from app.theme import Theme


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One entry of a menu.

    Attributes:
        name: how the code calls it.
        text: what the user reads.
        keys: its shortcut, empty for none.
        icon: one of `SHAPES`, empty for none.
        tip: a sentence on what it does.
        checkable: it is on or off.
        needs_face: it is disabled until there is a face.
    """

    name: str
    text: str
    keys: str = ""
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    needs_face: bool = True


SPECS = (
    ActionSpec("new", "&New", "Ctrl+N", "new", "Start again from the mean face"),
    ActionSpec("open", "&Open…", "Ctrl+O", "open", "Open a document"),
    ActionSpec("save", "&Save", "Ctrl+S", "save", "Save the document"),
    ActionSpec("save_as", "Save &as…", "Ctrl+Shift+S", "", "Save under another name"),
    ActionSpec("export", "&Export…", "Ctrl+E", "export", "Write a mesh for other programs"),
    ActionSpec("quit", "&Quit", "Ctrl+Q", "", "Close the window", needs_face=False),
    ActionSpec(
        "import_scan", "&Import scan…", "Ctrl+I", "scan-import", "Bring in OBJ, PLY, STL, GLB"
    ),
    ActionSpec(
        *("import_photo", "Import &photo…", "Ctrl+Shift+I", "photo-import"),
        tip="Make a face of a JPEG, PNG, WebP or HEIC",
    ),
    ActionSpec("add_face", "&Add face", "Ctrl+Shift+N", "plus", "The mean face, as another face"),
    ActionSpec("duplicate", "&Duplicate face", "Ctrl+D", "duplicate", "Copy the face being edited"),
    ActionSpec("rename", "Re&name", "F2", "", "Give the chosen item another name"),
    ActionSpec("delete", "De&lete", "", "trash", "Take the chosen item away"),
    ActionSpec(
        "spread", "&Spread out", "S", "spread", "Visible items stand side by side", checkable=True
    ),
    ActionSpec("fit", "&Fit a face to a scan…", "Ctrl+F", "fit", "Find the parts of a scan's face"),
    ActionSpec("compare", "&Compare…", "Ctrl+K", "", "Measure surfaces against each other"),
    ActionSpec(
        *("compare_methods", "Compare photo &methods", "", "photo"),
        tip="The published networks on the photo at hand, side by side",
    ),
    ActionSpec(
        *("reconstruct", "Reconstruct with &Neural3DMM", "Ctrl+Shift+K", ""),
        tip="Encode and decode the face, and compare both",
    ),
    ActionSpec(
        *("latent", "Neural3DMM's &latent space…", "Ctrl+L", ""),
        tip="Sliders, random faces and ways between faces of the other model",
    ),
    ActionSpec("blend", "&Blend with another face", "", "blend", "Take over parts; run over time"),
    ActionSpec("random", "&Random face", "Ctrl+R", "dice", "Draw a new face; locked parts stay"),
    ActionSpec("reset", "R&eset face", "Ctrl+Backspace", "reset", "Back to the mean face"),
    ActionSpec("unlock", "&Unlock all parts", "", "unlock", "Let random and reset change all"),
    ActionSpec(
        "nearby", "Random &near this face", "Ctrl+Shift+R", "dice", "Draw a face near this one"
    ),
    ActionSpec("mirror", "&Mirror", "M", "mirror", "Swap left and right; locked parts stay"),
    ActionSpec("even_average", "&Both sides alike", "", "", "The middle of both sides"),
    ActionSpec("even_left", "Repeat the &left side", "", "", "The subject's left on both sides"),
    ActionSpec("even_right", "Repeat the ri&ght side", "", "", "The subject's right on both sides"),
    ActionSpec(
        *("symmetric", "S&ymmetric editing", "X", "symmetric"),
        tip="Sliders and drags move both sides alike",
        checkable=True,
    ),
    ActionSpec(
        *("drag", "&Drag the surface", "D", "drag"),
        tip="Pull the face; Shift+click sets a pin. Alt+drag does it at any time",
        checkable=True,
    ),
    ActionSpec(
        *("drag_all", "Drags move &all parts", "", ""),
        tip="All unlocked parts follow a drag, not only the one under the cursor",
        checkable=True,
    ),
    ActionSpec("clear_pins", "Clear p&ins", "", "", "Let every place of the face move again"),
    ActionSpec("front", "&Front", "1", "front", "Look from the front; Ctrl+1 from behind"),
    ActionSpec(
        "three-quarter", "&Three-quarter", "2", "three-quarter", "Look from halfway; Ctrl+2 mirrors"
    ),
    ActionSpec("side", "&Side", "3", "side", "Look from the side; Ctrl+3 from the other"),
    ActionSpec("top", "To&p", "7", "top", "Look from above; Ctrl+7 from below"),
    ActionSpec("frame", "F&rame the face", "F", "frame", "Fill the view with the face"),
    ActionSpec(
        *("look_through", "Look through the &photo", "P", "look-through"),
        tip="The face lies over its photo, seen by the same camera",
        checkable=True,
    ),
    ActionSpec(
        *("landmarks", "Photo's land&marks", "Shift+P", "landmarks"),
        tip="Drag landmarks over the photo; the part they belong to follows",
        checkable=True,
    ),
    ActionSpec(
        "wireframe", "&Wireframe", "W", "wireframe", "Draw the triangles' edges", checkable=True
    ),
    ActionSpec(
        "regions", "Re&gions", "R", "regions", "Colour the face by its parts", checkable=True
    ),
    ActionSpec(
        "skin", "S&kin colours", "C", "skin", "Natural colours instead of clay", checkable=True
    ),
    ActionSpec("shortcuts", "&Keyboard and mouse", "F1", "help", "What keys do", needs_face=False),
    ActionSpec("about", "&About Lineament", "", "", "Version and credits", needs_face=False),
)

EDITING = (
    *("new", "open", "save", "save_as", "import_scan", "import_photo"),
    *("add_face", "duplicate", "rename", "delete", "fit", "random", "reset", "nearby", "mirror"),
    *("even_average", "even_left", "even_right"),
)
"""What changes the document or its file."""

VIEW_PRESETS = ("front", "three-quarter", "side", "top")


class WindowActions(QObject):
    """The actions by name."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._specs = {spec.name: spec for spec in SPECS}
        self._actions = {spec.name: _make_action(spec, parent) for spec in SPECS}
        self.mirrored = {name: _make_mirrored(self._specs[name], parent) for name in VIEW_PRESETS}
        self.set_ready(False)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def set_ready(self, ready: bool) -> None:
        """Enable what needs a face."""
        for name, spec in self._specs.items():
            if spec.needs_face:
                self._actions[name].setEnabled(ready)
        for action in self.mirrored.values():
            action.setEnabled(ready)

    def set_editing(self, allowed: bool) -> None:
        """Enable what changes the document, or not while something else does."""
        for name in EDITING:
            self._actions[name].setEnabled(allowed)

    def set_theme(self, theme: Theme) -> None:
        for name, spec in self._specs.items():
            if spec.icon in SHAPES:
                self._actions[name].setIcon(make_icon(spec.icon, theme))


def _make_action(spec: ActionSpec, parent: QObject) -> QAction:
    action = QAction(spec.text, parent)
    action.setCheckable(spec.checkable)
    if spec.keys:
        action.setShortcut(QKeySequence(spec.keys))
    keys = f" ({QKeySequence(spec.keys).toString()})" if spec.keys else ""
    name = spec.text.replace("&", "").rstrip("…")
    action.setToolTip(f"{name}{keys}\n{spec.tip}")
    action.setStatusTip("")
    return action


def _make_mirrored(spec: ActionSpec, parent: QObject) -> QAction:
    action = QAction(f"{spec.text.replace('&', '')}, other side", parent)
    action.setShortcut(QKeySequence(f"Ctrl+{spec.keys}"))
    return action
