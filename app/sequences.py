"""Writing the way from one face to another: as work for a job, and as pictures of the view."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.blend.detail import blended_detail
from app.blend.state import BlendEnds, Timeline
from app.commands import Commands
from app.follower import SurfaceFollower
from app.session import Session
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

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
    ends: BlendEnds
    frames: int
    timeline: Timeline
    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> str:
        from engine.editing.animation import animated_face
        from engine.geometry.formats import write_mesh

        line, ends = self.timeline, self.ends
        way = (self.model, ends.start, ends.end, self.frames, line.order, line.in_order)
        if self.path.suffix.lower() == ".glb":
            made = animated_face(
                *way, line.easing, FRAMES_PER_SECOND, cancel, progress, ends.layers
            )
            cancel.check()
            write_mesh(self.path, made.mesh, made.morphs, made.animation)
            return f"Wrote {self.path.name}, {self.frames} frames."
        for number, worn in enumerate(self.faces()):
            progress(number / self.frames, f"Frame {number + 1} of {self.frames}")
            mesh = self.model.template
            vertices = self.model.template_surface(worn.code, cancel)
            if worn.detail is not None and mesh.region_weights is not None:
                vertices = worn.detail.apply(vertices, mesh.faces, mesh.region_weights)
            write_mesh(numbered(self.path, number, self.frames), mesh.with_vertices(vertices))
        return f"Wrote {self.frames} files like {numbered(self.path, 0, self.frames).name}."

    def faces(self) -> "Iterator[Worn]":
        """The face of every frame."""
        from engine.editing.interpolation import transition

        line, ends = self.timeline, self.ends
        frames = transition(
            ends.start, ends.end, self.frames, line.order, line.in_order, line.easing
        )
        for frame in frames:
            yield Worn(frame.code, blended_detail(self.model, *ends.layers, frame.fractions))


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """A face's code and its scan detail."""

    code: FaceCode
    detail: "ResidualLayer | None"


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
        self._faces: list[Worn] = []
        self._path = Path()
        self._number = 0
        self._before: Worn | None = None
        self._gesture: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._take)

    @property
    def running(self) -> bool:
        return self._before is not None

    def start(self, request: WriteSequence) -> None:
        """Take the pictures of `request` and write them to numbered PNG files."""
        if self.running:
            return
        self._faces = list(request.faces())
        self._path, self._number = request.path, 0
        face = self._session.state.document.face
        self._before = Worn(face.code, face.residual)
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
            self._number / len(self._faces), f"Picture {self._number + 1} of {len(self._faces)}"
        )
        face = self._faces[self._number]
        self._commands.wear(face.code, face.detail, "Pictures", self._gesture)
        self._timer.start(WAIT_MS)

    def _take(self) -> None:
        """Keep the picture once the exact surface is shown, and go on."""
        surface, wanted = self._follower.surface, self._faces[self._number].code
        if surface is None or not self._follower.status.exact or surface.code != wanted:
            self._timer.start(WAIT_MS)
            return
        path = numbered(self._path, self._number, len(self._faces))
        if not self._picture().save(str(path)):
            self._end()
            self.failed.emit(f"Cannot write {path}. Choose another folder, or make room.")
            return
        self._number += 1
        if self._number < len(self._faces):
            self._show()
            return
        self._end()
        first = numbered(self._path, 0, len(self._faces)).name
        self.finished.emit(f"Wrote {len(self._faces)} pictures like {first}.")

    def _end(self) -> None:
        self._timer.stop()
        before, self._before = self._before, None
        if before is not None:
            self._commands.wear(before.code, before.detail, "Pictures", self._gesture)
        self._commands.end_gesture()
        self.running_changed.emit(False)


def numbered(path: Path, number: int, count: int) -> Path:
    """The file of frame `number`, from 0: `way.png` of 24 becomes `way-01.png`."""
    stem = re.sub(r"-?\d*$", "", path.stem) or path.stem
    return path.with_name(f"{stem}-{number + 1:0{len(str(count))}}{path.suffix}")


def sequence_files(path: Path, count: int) -> tuple[Path, ...]:
    """What a sequence of `count` frames is written to: an animated GLB is one file."""
    if path.suffix.lower() == ".glb":
        return (path,)
    return tuple(numbered(path, number, count) for number in range(count))
