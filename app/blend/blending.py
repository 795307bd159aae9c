"""Moving the active face towards another one, part by part and over time."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.blend.detail import blended_detail
from app.blend.state import BlendEnds, BlendState, Timeline
from app.commands import Commands
from app.session import Session
from engine.editing.interpolation import interpolate
from engine.models.protocol import PARTS, FaceCode
from engine.project.document import Document, NamedFace

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

FRAME_MS = 33
PLAY_SECONDS = 4.0


class Blending(QObject):
    """Edits the active face between where it was and another face.

    The face as it was when the blend began is remembered until something else edits it, so
    that every slider can be drawn back to zero.

    Signals:
        changed: a `BlendState`.
    """

    changed = Signal(object)

    def __init__(self, session: Session, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._base: NamedFace | None = None
        self._made: FaceCode | None = None
        self._made_detail: ResidualLayer | None = None
        self._source: NamedFace | None = None
        self._fractions: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._time = 0.0
        self._timeline = Timeline()
        self._gesture: int | None = None
        self._clock = QElapsedTimer()
        self._started_at = 0.0
        self._suspended = False
        self._play = QTimer(self)
        self._play.setInterval(FRAME_MS)
        self._play.timeout.connect(self._tick)
        session.opened.connect(self._begin_again)
        session.code_changed.connect(self._on_code)
        session.items_changed.connect(self._on_items)
        session.view_changed.connect(lambda _change: self._tell())

    @property
    def state(self) -> BlendState:
        document, active = self._session.state.document, self._session.state.document.active
        sources = {k: face.name for k, face in enumerate(document.faces) if k != active}
        return BlendState(
            sources,
            self._source_index(document),
            dict(self._fractions),
            self._session.state.locks,
            self._time,
            self._timeline,
            self._play.isActive(),
        )

    @property
    def ends(self) -> BlendEnds | None:
        """The faces between which the timeline runs; locked parts stay on it.

        Raises:
            InputError: the faces' scan detail is of another template.
        """
        source = self._source
        if source is None:
            return None
        start = self._base or self._session.state.document.face
        free = {part: 1.0 for part in PARTS if part not in self._session.state.locks}
        detail = blended_detail(self._session.model, start.residual, source.residual, free)
        code = interpolate(start.code, source.code, free)
        return BlendEnds(start.code, code, (start.residual, detail))

    def set_suspended(self, suspended: bool) -> None:
        """Leave edits from elsewhere unseen, because they will be taken back."""
        self._suspended = suspended

    def choose(self, index: int) -> None:
        """Blend with another face."""
        faces = self._session.state.document.faces
        if 0 <= index < len(faces) and index != self._session.state.document.active:
            self._source = faces[index]
            self._forget()
            self._tell()

    def set_timeline(self, timeline: Timeline) -> None:
        """Run otherwise; the face stays until the time is moved."""
        if timeline != self._timeline:
            self.pause()
            self._timeline = timeline
            self._tell()

    def hold(self) -> None:
        """A hand is on a slider: what follows is one step."""
        self.pause()
        self._gesture = self._commands.begin_gesture()

    def let_go(self) -> None:
        if self._gesture is not None:
            self._gesture = None
            self._commands.end_gesture()

    def set_fraction(self, part: str, fraction: float) -> None:
        """Move one part; the time no longer says where the parts are."""
        self._fractions[part] = min(max(fraction, 0.0), 1.0)
        self._apply()

    def set_time(self, time: float) -> None:
        """Go to a place on the timeline."""
        self._time = min(max(time, 0.0), 1.0)
        self._fractions = dict.fromkeys(PARTS, 0.0) | self._timeline.fractions(self._time)
        self._apply()

    def play(self) -> None:
        """Run from here to the end, or from the start if it is there; one step of undo."""
        if self._source is None or self._play.isActive():
            return
        self._started_at = 0.0 if self._time >= 1.0 else self._time
        self._gesture = self._commands.begin_gesture()
        self._clock.start()
        self._play.start()
        self._tell()

    def pause(self) -> None:
        if self._play.isActive():
            self._play.stop()
            self.let_go()
            self._tell()

    def _tick(self) -> None:
        time = self._started_at + self._clock.elapsed() / 1000.0 / PLAY_SECONDS
        self.set_time(time)
        if time >= 1.0:
            self.pause()

    def _apply(self) -> None:
        if self._source is None:
            return
        base, source = self._base or self._session.state.document.face, self._source
        locks = self._session.state.locks
        moving = {part: f for part, f in self._fractions.items() if part not in locks}
        detail = blended_detail(self._session.model, base.residual, source.residual, moving)
        self._base, self._made_detail = base, detail
        self._made = interpolate(base.code, source.code, moving)
        self._commands.wear(self._made, detail, f"Blend with {source.name}", self._gesture)
        self._tell()

    def _on_code(self, before: FaceCode, after: FaceCode) -> None:
        del before
        if after == self._made or self._suspended:
            return
        self.pause()
        self._forget()
        self._tell()

    def _on_items(self, before: Document, after: Document) -> None:
        ours = self._suspended or after.face.residual is self._made_detail
        if before.active != after.active or (self._base is not None and not ours):
            self.pause()
            self._forget()
        place = self._source_index(after)
        if place is None:
            self._source = self._first_other(after)
            self._forget()
        else:
            self._source = after.faces[place]  # with the scan detail that it has now
        self._tell()

    def _begin_again(self) -> None:
        self.pause()
        self._source = self._first_other(self._session.state.document)
        self._forget()
        self._tell()

    def _forget(self) -> None:
        """The face is as it is; the blend begins at zero."""
        self._base = self._made = self._made_detail = None
        self._fractions = dict.fromkeys(PARTS, 0.0)
        self._time = 0.0

    def _source_index(self, document: Document) -> int | None:
        """Where the source is now: the same code under the same name, or the code alone."""
        if self._source is None:
            return None
        others = [k for k in range(len(document.faces)) if k != document.active]
        alike = [k for k in others if document.faces[k].code == self._source.code]
        named = [k for k in alike if document.faces[k].name == self._source.name]
        return next(iter(named or alike), None)

    def _first_other(self, document: Document) -> NamedFace | None:
        others = [face for k, face in enumerate(document.faces) if k != document.active]
        return others[0] if others else None

    def _tell(self) -> None:
        if self._session.ready:
            self.changed.emit(self.state)
