"""How a slider edits: both sides alike or one, freely or held within the usual."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.models.protocol import FaceCode, FaceModel

if TYPE_CHECKING:
    from engine.editing.mirror import Mirror
    from engine.editing.motion_table import MotionTable

LIMITS = (90.0, 95.0, 99.0)
"""Percentiles of the training faces that edits can be held within."""

DRAG_SCOPES = ("part", "all")
"""What follows a drag on the surface: the part under the cursor, or all that are not locked."""


class EditingWay(QObject):
    """The choices, and what they make of an edit.

    Attributes:
        symmetric: an edit moves the other side too; what is asymmetric already stays.
        limit: one of `LIMITS`, or None to edit freely.
        drag_scope: one of `DRAG_SCOPES`.
        dragging: a press on the face pulls it instead of turning the view.
        paused: something else changes the face, and nobody may edit meanwhile.
        mirror: of the model; None until it is derived, and edits are one-sided till then.
        motions: of the model; None until they are read, and the first drag waits for them.

    Signals:
        changed: a choice, or that the mirror is there.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.symmetric = True
        self.limit: float | None = None
        self.drag_scope = DRAG_SCOPES[0]
        self.dragging = False
        self.paused = False
        self.mirror: Mirror | None = None
        self.motions: MotionTable | None = None

    def set_symmetric(self, symmetric: bool) -> None:
        if symmetric != self.symmetric:
            self.symmetric = symmetric
            self.changed.emit()

    def set_limit(self, limit: float | None) -> None:
        if limit != self.limit:
            self.limit = limit
            self.changed.emit()

    def set_drag_scope(self, scope: str) -> None:
        if scope != self.drag_scope:
            self.drag_scope = scope
            self.changed.emit()

    def set_dragging(self, dragging: bool) -> None:
        if dragging != self.dragging:
            self.dragging = dragging
            self.changed.emit()

    def set_paused(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self.changed.emit()

    def set_kit(self, mirror: "Mirror | None", motions: "MotionTable | None") -> None:
        """Use what was derived from a model."""
        self.mirror, self.motions = mirror, motions
        self.changed.emit()

    def with_value(
        self, model: FaceModel, before: FaceCode, part: str, index: int, value: float
    ) -> FaceCode:
        """`before` with a coordinate set, and what the choices make of it.

        Args:
            before: the face where the gesture began.
        """
        if self.symmetric and self.mirror is not None:
            after = self.mirror.symmetric_edit(before, part, index, value)
        else:
            after = before.with_value(part, index, value)
        return self.held(model, before, after)

    def held(self, model: FaceModel, before: FaceCode, after: FaceCode) -> FaceCode:
        """`after`, with its step from `before` cut short at the limit if there is one."""
        if self.limit is None:
            return after
        from engine.editing.plausibility import limit_edit

        return limit_edit(model, before, after, self.limit)
