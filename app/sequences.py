"""Writing the way from one face to another: as work for a job, and as pictures of the view."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.blending import Timeline
from app.commands import Commands
from app.follower import SurfaceFollower
from app.session import Session
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress

FRAMES_PER_SECOND = 24.0
FILTERS = (
    "Animated GLB (*.glb);;Numbered pictures (*.png);;Numbered OBJ (*.obj);;"
    "Numbered PLY (*.ply);;Numbered STL (*.stl)"
)
SUFFIXES = (".glb", ".png", ".obj", ".ply", ".stl")
WAIT_MS = 15


@dataclass(frozen=True, slots=True, eq=False)
class WriteSequence:
    """A frozen request to write meshes of a transition; called on a worker thread.

    Attributes:
        path: a `.glb` is one animated file; of others each frame gets its number.
    """

    model: FaceModel
    start: FaceCode
    end: FaceCode
    frames: int
    timeline: Timeline
    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> str:
        from engine.editing.animation import animated_face
        from engine.editing.interpolation import transition
        from engine.geometry.formats import write_mesh

        line = self.timeline
        way = (self.model, self.start, self.end, self.frames, line.order, line.in_order)
        if self.path.suffix.lower() == ".glb":
            made = animated_face(*way, line.easing, FRAMES_PER_SECOND, cancel, progress)
            cancel.check()
            write_mesh(self.path, made.mesh, made.morphs, made.animation)
            return f"Wrote {self.path.name}, {self.frames} frames."
        for number, frame in enumerate(transition(*way[1:], line.easing)):
            progress(number / self.frames, f"Frame {number + 1} of {self.frames}")
            vertices = self.model.template_surface(frame.code, cancel)
            mesh = self.model.template.with_vertices(vertices)
            write_mesh(numbered(self.path, number, self.frames), mesh)
        return f"Wrote {self.frames} files like {numbered(self.path, 0, self.frames).name}."


class PictureSequence(QObject):
    """Shows every frame of a transition in the view and keeps its picture.

    The pictures are what the viewer sees: the same place, light and colours. Afterwards the
    face is as it was and there is nothing to undo.

    Signals:
        progressed: fraction in [0, 1] and a text.
        finished: a sentence for the user.
        failed: why a picture could not be written.
        running_changed: whether it runs.
    """

    progressed = Signal(float, str)
    finished = Signal(str)
    failed = Signal(str)
    running_changed = Signal(bool)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        follower: SurfaceFollower,
        picture: Callable[[], QImage],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._follower = follower
        self._picture = picture
        self._codes: list[FaceCode] = []
        self._path = Path()
        self._number = 0
        self._before: FaceCode | None = None
        self._gesture: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._take)

    @property
    def running(self) -> bool:
        return self._before is not None

    def start(self, request: WriteSequence) -> None:
        """Take the pictures of `request` and write them to numbered PNG files."""
        from engine.editing.interpolation import transition

        if self.running:
            return
        line = request.timeline
        ends = (request.start, request.end, request.frames)
        frames = transition(*ends, line.order, line.in_order, line.easing)
        self._codes = [frame.code for frame in frames]
        self._path, self._number = request.path, 0
        self._before = self._session.state.code
        self._gesture = self._commands.begin_gesture()
        self._session.set_moving(False)
        self.running_changed.emit(True)
        self._show()

    def cancel(self) -> None:
        """Stop; what is written stays, the face is as it was."""
        if self.running:
            self._end()

    def _show(self) -> None:
        self.progressed.emit(
            self._number / len(self._codes), f"Picture {self._number + 1} of {len(self._codes)}"
        )
        self._commands.edit(self._codes[self._number], "Pictures", self._gesture)
        self._timer.start(WAIT_MS)

    def _take(self) -> None:
        """Keep the picture once the exact surface is shown, and go on."""
        surface, wanted = self._follower.surface, self._codes[self._number]
        if surface is None or not self._follower.status.exact or surface.code != wanted:
            self._timer.start(WAIT_MS)
            return
        path = numbered(self._path, self._number, len(self._codes))
        if not self._picture().save(str(path)):
            self._end()
            self.failed.emit(f"Cannot write {path}. Choose another folder, or make room.")
            return
        self._number += 1
        if self._number < len(self._codes):
            self._show()
            return
        self._end()
        first = numbered(self._path, 0, len(self._codes)).name
        self.finished.emit(f"Wrote {len(self._codes)} pictures like {first}.")

    def _end(self) -> None:
        self._timer.stop()
        before, self._before = self._before, None
        if before is not None:
            self._commands.edit(before, "Pictures", self._gesture)
        self._commands.end_gesture()
        self.running_changed.emit(False)


def numbered(path: Path, number: int, count: int) -> Path:
    """The file of frame `number`, from 0: `way.png` of 24 becomes `way-01.png`."""
    stem = re.sub(r"-?\d*$", "", path.stem) or path.stem
    return path.with_name(f"{stem}-{number + 1:0{len(str(count))}}{path.suffix}")
