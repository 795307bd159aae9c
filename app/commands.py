"""The undoable edits. A command holds codes before and after, never a mesh."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.editing_way import EditingWay
from app.item_commands import ItemCommands
from app.session import Session
from engine.editing.random import random_code
from engine.models.protocol import PARTS, Direction, FaceCode

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

SET_CODE_ID = 1
"""Qt merges only commands of one id; the gesture decides among those."""


class SetCode(QUndoCommand):
    """Another code for the active face, and scan detail with it; undo returns to that face.

    Args:
        residual: the face's layer of scan detail from then on.
        gesture: edits of one gesture become one entry; None stands alone.
    """

    def __init__(
        self,
        session: Session,
        after: FaceCode,
        residual: "ResidualLayer | None",
        text: str,
        gesture: int | None = None,
    ) -> None:
        super().__init__(text)
        self._session = session
        self._face = session.state.document.active
        self._before = session.state.code
        self._after = after
        self._detail_before = session.state.document.face.residual
        self._detail_after = residual
        self._gesture = gesture

    def id(self) -> int:
        return SET_CODE_ID

    def redo(self) -> None:
        self._session.wear(self._after, self._detail_after, self._face)

    def undo(self) -> None:
        self._session.wear(self._before, self._detail_before, self._face)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetCode) or self._gesture is None:
            return False
        if other._gesture != self._gesture:
            return False
        self._after, self._detail_after = other._after, other._detail_after
        # A drag that ends where it began leaves no entry.
        same_detail = self._detail_after is self._detail_before
        self.setObsolete(self._after == self._before and same_detail)
        return True


@dataclass(frozen=True, slots=True)
class Begun:
    """A slider's gesture: which one, where the face was when it began, and where it is now."""

    gesture: int
    part: str
    index: int
    start: FaceCode
    last: FaceCode


class Commands(QObject):
    """What a panel or a menu can do to the face.

    Attributes:
        stack: what can be undone.
        items: what can be done to whole faces and scans.
        way: how a slider edits.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._gestures = itertools.count(1)
        self.stack = QUndoStack(self)
        self.items = ItemCommands(session, self.stack)
        self.way = EditingWay(self)
        self._begun: Begun | None = None
        self.stack.cleanChanged.connect(self._tell_dirty)
        session.opened.connect(self._forget)

    @property
    def may_edit(self) -> bool:
        """Whether the document may be changed now: it is there, and nothing else changes it."""
        return self._session.ready and not self.way.paused

    def begin_gesture(self) -> int:
        """A new gesture, for the edits of one drag."""
        self._session.set_moving(True)
        return next(self._gestures)

    def end_gesture(self) -> None:
        """The hand let go."""
        self._session.set_moving(False)

    def set_value(self, part: str, index: int, value: float, gesture: int | None = None) -> None:
        """Set one coordinate, within the ends of its direction; `way` may move others along."""
        direction = self._direction(part, index)
        value = float(np.clip(value, direction.minimum, direction.maximum))
        start = self._start_of(part, index, gesture)
        code = self.way.with_value(self._session.model, start, part, index, value)
        self._push(code, direction.name, gesture)
        if gesture is not None:
            self._begun = Begun(gesture, part, index, start, self._session.state.code)

    def edit(self, code: FaceCode, text: str, gesture: int | None = None) -> None:
        """Give the active face another code, as one step."""
        self._push(code, text, gesture)

    def wear(
        self,
        code: FaceCode,
        residual: "ResidualLayer | None",
        text: str,
        gesture: int | None = None,
    ) -> None:
        """Give the active face another code and another layer of scan detail, as one step."""
        face = self._session.state.document.face
        # Within a gesture an edit back to the start must reach the entry, to remove it.
        if code != face.code or residual is not face.residual:
            self.stack.push(SetCode(self._session, code, residual, text, gesture))

    def reset_direction(self, part: str, index: int) -> None:
        """Set one coordinate back to zero."""
        direction = self._direction(part, index)
        code = self._session.state.code.with_value(part, index, 0.0)
        self._push(code, f"Reset {direction.name}")

    def reset(self, parts: Collection[str] = PARTS) -> None:
        """Set `parts` that are not locked back to the mean face."""
        mean = self._session.model.mean_code()
        code = self._session.state.code
        for part in self._unlocked(parts):
            code = code.with_part(part, mean.part(part))
        self._push(code, f"Reset {_name(parts)}")

    def randomise(self, seed: int, parts: Collection[str] = PARTS) -> None:
        """Draw `parts` that are not locked; a seed gives the same values every time."""
        code = random_code(
            self._session.model,
            np.random.default_rng(seed),
            self._unlocked(parts),
            self._session.state.code,
        )
        self._push(code, f"Random {_name(parts)}")

    def mark_saved(self) -> None:
        """The document's file holds what is shown."""
        self.stack.setClean()
        self._session.set_dirty(False)

    def mark_unsaved(self) -> None:
        """No file holds what is shown, although nothing can be undone."""
        self.stack.resetClean()
        self._session.set_dirty(True)

    def _start_of(self, part: str, index: int, gesture: int | None) -> FaceCode:
        """The face when the slider's gesture began; an edit from elsewhere begins it anew."""
        code, begun = self._session.state.code, self._begun
        if begun is None or gesture is None or code != begun.last:
            return code
        same = (begun.gesture, begun.part, begun.index) == (gesture, part, index)
        return begun.start if same else code

    def _unlocked(self, parts: Collection[str]) -> list[str]:
        return [part for part in PARTS if part in parts and part not in self._session.state.locks]

    def _direction(self, part: str, index: int) -> Direction:
        return self._session.model.parts[PARTS.index(part)].directions[index]

    def _push(self, code: FaceCode, text: str, gesture: int | None = None) -> None:
        self.wear(code, self._session.state.document.face.residual, text, gesture)

    def _tell_dirty(self, clean: bool) -> None:
        if self._session.ready:
            self._session.set_dirty(not clean)

    def _forget(self) -> None:
        self.stack.clear()


def _name(parts: Collection[str]) -> str:
    return "face" if set(parts) == set(PARTS) else " and ".join(parts)
