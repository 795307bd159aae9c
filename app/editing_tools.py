"""Ties the actions for editing to the session, and derives what they need off the GUI thread."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.commands import Commands
from app.jobs import JobRunner
from app.panels.parts_panel import PartsPanel
from app.session import Session
from app.window_actions import WindowActions
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress

if TYPE_CHECKING:
    from engine.editing.mirror import Mirror
    from engine.editing.motion_table import MotionTable


@dataclass(frozen=True, slots=True, eq=False)
class Kit:
    """What is derived from a model once."""

    mirror: "Mirror"
    motions: "MotionTable"


@dataclass(frozen=True, slots=True, eq=False)
class PrepareKit:
    """A frozen request to derive a model's kit; called on a worker thread."""

    model: FaceModel

    def __call__(self, cancel: CancelToken, progress: Progress) -> Kit:
        del progress
        from engine.editing.mirror import Mirror
        from engine.editing.motion_table import MotionTable

        kit = Kit(Mirror(self.model), MotionTable(self.model))
        kit.mirror.prepare()
        cancel.check()
        kit.motions.prepare()
        return kit


class EditingTools(QObject):
    """Symmetric editing, mirrors, random faces nearby and the drag tool, as actions."""

    def __init__(
        self,
        session: Session,
        commands: Commands,
        actions: WindowActions,
        panel: PartsPanel,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._way = commands.way
        self._actions = actions
        session.started.connect(lambda model: runner.request(PrepareKit(model)))
        runner.finished.connect(lambda kit: self._way.set_kit(kit.mirror, kit.motions))
        edits = panel.edits
        for name, act in (
            ("mirror", edits.mirror),
            ("even_average", lambda: edits.symmetrise("average")),
            ("even_left", lambda: edits.symmetrise("left")),
            ("even_right", lambda: edits.symmetrise("right")),
            ("nearby", panel.editing_bar.draw_nearby),
        ):
            actions[name].triggered.connect(lambda _checked=False, act=act: act())
        actions["symmetric"].toggled.connect(self._way.set_symmetric)
        actions["drag"].toggled.connect(self._way.set_dragging)
        actions["drag_all"].toggled.connect(
            lambda every: self._way.set_drag_scope("all" if every else "part")
        )
        self._way.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._actions["symmetric"].setChecked(self._way.symmetric)
        self._actions["drag"].setChecked(self._way.dragging)
        self._actions["drag_all"].setChecked(self._way.drag_scope == "all")
