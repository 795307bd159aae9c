"""What is being edited and how it is shown, and who hears when it changes."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.editor_state import EditorState, ViewChange, fresh_document
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.project.document import Document, ViewSettings, check_model
from engine.project.items import ItemRef, activate, items_of, set_residual

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer


class Session(QObject):
    """Holds the state and a face model, and says what changed.

    Signals:
        started: a model is there; the state can be read from now on.
        opened: another document is edited.
        code_changed: the active face's code before and after; also when another face
            becomes the active one.
        items_changed: the document before and after, when anything but a code changed:
            names, order, visibility, alignments, residual layers, which face is active.
        selection_changed: the `ItemRef` that the outliner's commands act on.
        spread_changed: whether visible items stand side by side.
        view_changed: a `ViewChange`.
        highlight_changed: a part's name or None.
        moving_changed: whether a hand is on a slider.
        title_changed: the document's file or whether it has unsaved work.
        part_requested: the user pointed at a part of the face and wants to edit it.
    """

    started = Signal(object)
    opened = Signal()
    code_changed = Signal(object, object)
    items_changed = Signal(object, object)
    selection_changed = Signal(object)
    spread_changed = Signal(bool)
    view_changed = Signal(object)
    highlight_changed = Signal(object)
    moving_changed = Signal(bool)
    title_changed = Signal()
    part_requested = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model: FaceModel | None = None
        self._state: EditorState | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a model, and so a state."""
        return self._state is not None

    @property
    def model(self) -> FaceModel:
        if self._model is None:
            raise RuntimeError("The session has no model yet; wait for `started`.")
        return self._model

    @property
    def state(self) -> EditorState:
        if self._state is None:
            raise RuntimeError("The session has no model yet; wait for `started`.")
        return self._state

    def start(self, model: FaceModel, skin: bool = True) -> None:
        """Begin with the mean face of `model`."""
        self._model = model
        self._state = EditorState(fresh_document(model), skin=skin)
        self.started.emit(model)
        self.opened.emit()
        self.title_changed.emit()

    def open(self, document: Document, path: Path | None) -> str | None:
        """Edit `document`, whose file is `path`.

        Returns:
            What the user should know of it, or None.

        Raises:
            DocumentError: it was made for a model of another layout.
        """
        warning = check_model(document, self.model)
        before = self.state.view
        self._state = replace(self.state, document=document, path=path, dirty=False, moving=False)
        self._state = replace(self._state, scan=None, photo=None)
        self.opened.emit()
        self._say_view(before, self.state.skin)
        self.title_changed.emit()
        return warning

    def set_code(self, code: FaceCode, face: int | None = None) -> None:
        """Change a face, the active one if none is named; it becomes the active one.

        Only the commands call this, so that it can be undone.
        """
        if face is not None:
            self.activate(face)
        self.wear(code, self.state.document.face.residual)

    def wear(
        self, code: FaceCode, residual: "ResidualLayer | None", face: int | None = None
    ) -> None:
        """Change a face and its layer of scan detail at once; as `set_code`."""
        if face is not None:
            self.activate(face)
        before = self.state.document
        after = before.with_code(code)
        if residual is not before.face.residual:
            after = set_residual(after, after.active, residual)
        self._state = replace(self.state, document=after)
        if before.face.code != code:
            self.code_changed.emit(before.face.code, code)
        if residual is not before.face.residual:
            self.items_changed.emit(before, after)

    def set_items(self, document: Document) -> None:
        """Take all items and the active face from `document`. Only the commands call this."""
        before = self.state.document
        after = replace(document, model=before.model, view=before.view)
        selected = self.state.selected
        self._state = self.state.with_items(after)
        if before.face.code != after.face.code:
            self.code_changed.emit(before.face.code, after.face.code)
        self.items_changed.emit(before, after)
        if selected != self.state.selected:
            self.selection_changed.emit(self.state.selected)

    def activate(self, face: int) -> None:
        """Edit another face; what is drawn moves along. Not a step of undo."""
        if face != self.state.document.active:
            self.set_items(activate(self.state.document, face))

    def select(self, ref: ItemRef) -> None:
        """Choose an item; a face becomes the active one. Not a step of undo."""
        if not 0 <= ref.index < len(items_of(self.state.document, ref.kind)):
            return
        if ref.kind == "face":
            self.activate(ref.index)
        scan = ref.index if ref.kind == "scan" else None
        photo = ref.index if ref.kind == "photo" else None
        if (scan, photo) != (self.state.scan, self.state.photo):
            self._state = replace(self.state, scan=scan, photo=photo)
            self.selection_changed.emit(self.state.selected)

    def set_spread(self, spread: bool) -> None:
        if spread != self.state.spread:
            self._state = replace(self.state, spread=spread)
            self.spread_changed.emit(spread)

    def set_view(self, view: ViewSettings) -> None:
        before = self.state.view
        if before != view:
            self._state = replace(self.state, document=replace(self.state.document, view=view))
            self._say_view(before, self.state.skin)

    def set_skin(self, skin: bool) -> None:
        before = self.state.skin
        if before != skin:
            self._state = replace(self.state, skin=skin)
            self._say_view(self.state.view, before)

    def set_lock(self, part: str, locked: bool) -> None:
        """Keep random and reset away from `part`, or no longer."""
        self.set_locks(self.state.locks | {part} if locked else self.state.locks - {part})

    def set_locks(self, locks: Collection[str]) -> None:
        ordered = tuple(part for part in PARTS if part in locks)
        self.set_view(replace(self.state.view, locked=ordered))

    def set_hovered_part(self, part: str | None) -> None:
        self._set_highlight(replace(self.state, hovered_part=part))

    def set_active_part(self, part: str | None) -> None:
        self._set_highlight(replace(self.state, active_part=part))

    def request_part(self, part: str) -> None:
        """The user wants to edit `part`."""
        self.part_requested.emit(part)

    def set_moving(self, moving: bool) -> None:
        if self.state.moving != moving:
            self._state = replace(self.state, moving=moving)
            self.moving_changed.emit(moving)

    def set_dirty(self, dirty: bool) -> None:
        if self.state.dirty != dirty:
            self._state = replace(self.state, dirty=dirty)
            self.title_changed.emit()

    def set_path(self, path: Path | None) -> None:
        if self.state.path != path:
            self._state = replace(self.state, path=path)
            self.title_changed.emit()

    def _set_highlight(self, state: EditorState) -> None:
        before = self.state.highlight
        self._state = state
        if before != state.highlight:
            self.highlight_changed.emit(state.highlight)

    def _say_view(self, before: ViewSettings, skin_before: bool) -> None:
        self.view_changed.emit(ViewChange(before, self.state.view, skin_before, self.state.skin))
