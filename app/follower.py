"""Keeps the surface shown in step with the session: preview at once, exact when the hand rests."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.editor_state import ViewChange
from app.extraction import Extraction
from app.jobs import JobRunner
from app.live_preview import LivePreview
from app.refinement import Refinement
from app.session import Session
from app.surfaces import Surface, on_template
from engine.models.protocol import FaceCode
from engine.project.document import Document

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

REST_MS = 150
"""The hand rests when it has not moved for this long."""

CORRECTION_MS = 220
"""While it moves, the template is carried onto the exact face about this often."""

LIVE_LIMIT = 60_000
"""A free surface of more vertices gives way to the template while a slider moves."""


@dataclass(frozen=True, slots=True)
class SurfaceStatus:
    """What the status bar says of the surface.

    Attributes:
        exact: it lies on the zero set; otherwise it is a preview.
        working: a job computes the exact one.
        vertices: how many it has.
        seconds: how long the last update of this kind took.
    """

    exact: bool
    working: bool
    vertices: int
    seconds: float


class SurfaceFollower(QObject):
    """Follows the session's code with a surface.

    Signals:
        replaced: a `Surface` to show instead of the last: other triangles, or exact
            positions and colours.
        moved: a `Frame`, positions of the surface shown.
        status_changed: a `SurfaceStatus`.
    """

    replaced = Signal(object)
    moved = Signal(object)
    status_changed = Signal(object)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._preview: LivePreview | None = None
        self._shade: NDArray[np.float32] | None = None
        self._extraction = Extraction()
        self._status = SurfaceStatus(exact=False, working=False, vertices=0, seconds=0.0)
        self._paused = False
        self._rest = _single_shot(self, self._refine)
        self._correction = _single_shot(self, self._correct)
        session.started.connect(self._forget_shade)
        session.opened.connect(self._begin)
        session.code_changed.connect(self._follow)
        session.items_changed.connect(self._on_items)
        session.view_changed.connect(self._on_view)
        session.moving_changed.connect(self._on_moving)
        runner.finished.connect(self._show)
        runner.busy_changed.connect(lambda busy: self._say(working=busy))

    @property
    def surface(self) -> Surface | None:
        """The base of what is shown; its code may be older than the session's."""
        return self._preview.base if self._preview is not None else None

    @property
    def status(self) -> SurfaceStatus:
        return self._status

    def set_paused(self, paused: bool) -> None:
        """Show previews only, and leave the processor to somebody else."""
        self._paused = paused
        if paused:
            self._rest.stop()
            self._correction.stop()
            self._runner.cancel()
        elif self._preview is not None:
            self._rest.start(0)

    def close(self) -> None:
        """Start no more work."""
        self._rest.stop()
        self._correction.stop()

    def _forget_shade(self) -> None:
        self._shade = None  # another model has other vertices

    def _begin(self) -> None:
        started = time.perf_counter()
        surface = self._preview_surface()
        self._preview = LivePreview(self._session.model, surface)
        self.replaced.emit(self._preview.detailed_base(self._residual))
        self._say(exact=False, seconds=time.perf_counter() - started)
        self._rest.start(0)

    def _follow(self, before: FaceCode, after: FaceCode) -> None:
        del before
        if self._preview is None:
            return
        started = time.perf_counter()
        moving = self._session.state.moving
        if moving:
            self._make_light(self._preview)
        self.moved.emit(self._preview.frame(after, self._residual))
        self._say(exact=False, seconds=time.perf_counter() - started)
        self._rest.start(REST_MS if moving else 0)
        if moving and self._live_template and not self._correction.isActive():
            self._correction.start(CORRECTION_MS)

    def _make_light(self, preview: LivePreview) -> None:
        """Go back to the template where the free surface is too heavy to follow a hand."""
        if preview.base.carrier is None:
            return
        self._runner.cancel()
        if len(preview.base.vertices) > LIVE_LIMIT:
            surface = self._preview_surface()
            preview.rebase(surface)
            self.replaced.emit(preview.detailed_base(self._residual))

    def _preview_surface(self) -> Surface:
        """The template for the session's code.

        It has the shade of the last one, which is much like its own and saves most of the time;
        the exact surface brings its own.
        """
        model, code = self._session.model, self._session.state.code
        surface = on_template(model, code, model.preview(code), exact=False, shade=self._shade)
        self._shade = surface.shade
        return surface

    @property
    def _live_template(self) -> bool:
        return self._session.state.view.topology == "template"

    def _on_view(self, change: ViewChange) -> None:
        before, after = change.before, change.after
        if (before.topology, before.resolution) != (after.topology, after.resolution):
            self._rest.start(0)

    def _on_items(self, before: Document, after: Document) -> None:
        """Another residual layer, or the same one with another strength."""
        same_code = before.face.code == after.face.code
        if self._preview is not None and same_code and before.face.residual is not self._residual:
            self.moved.emit(self._preview.frame(after.face.code, self._residual))

    @property
    def _residual(self) -> "ResidualLayer | None":
        return self._session.state.document.face.residual

    def _on_moving(self, moving: bool) -> None:
        if not moving:
            self._correction.stop()
            if not self._status.exact:
                self._rest.start(0)

    def _refine(self) -> None:
        self._correction.stop()
        self._request(cancel_running=True)

    def _correct(self) -> None:
        if self._session.state.moving and not self._runner.busy:
            self._request(cancel_running=False)

    def _request(self, cancel_running: bool) -> None:
        state = self._session.state
        if self._paused:
            return
        self._runner.request(
            Refinement(
                self._session.model,
                state.code,
                state.view.topology,
                state.view.resolution,
                self._extraction,
            ),
            cancel_running,
        )

    def _show(self, surface: Surface) -> None:
        """Show what finished; what moved since then is added as a preview."""
        if self._preview is None:
            return
        self._preview.rebase(surface)
        if surface.carrier is None:
            self._shade = surface.shade
        code = self._session.state.code
        if surface.code == code:
            self.replaced.emit(self._preview.detailed_base(self._residual))
            self._say(exact=True, seconds=surface.seconds)
            return
        frame = self._preview.frame(code, self._residual)
        self.replaced.emit(
            replace(surface, vertices=frame.vertices, normals=frame.normals, exact=False)
        )
        self._say(exact=False)

    def _say(
        self,
        exact: bool | None = None,
        working: bool | None = None,
        seconds: float | None = None,
    ) -> None:
        status = SurfaceStatus(
            exact=self._status.exact if exact is None else exact,
            working=self._status.working if working is None else working,
            vertices=0 if self._preview is None else len(self._preview.base.vertices),
            seconds=self._status.seconds if seconds is None else seconds,
        )
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)


def _single_shot(parent: QObject, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    return timer
