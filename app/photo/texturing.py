"""A photo's colours on the face that was made from it."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.jobs import JobRunner
from app.session import Session
from app.written_numbers import as_percent
from engine.errors import LineamentError
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project import items
from engine.project.document import NamedFace
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

TEXELS = 1024
"""A side of the texture: finer than a face of 500 px in its photo."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintTexture:
    """Lay photos on a face, as a picture over the template's UV; called on a worker thread.

    Attributes:
        photos: of the face; each with its camera, the most frontal one goes first.
    """

    model: FaceModel
    face: NamedFace
    photos: tuple[NamedPhoto, ...]

    def __call__(self, cancel: CancelToken, progress: Progress) -> "TexturePainted":
        from engine.photo.texture import TexturePainter
        from engine.photo.texture_layers import PhotoView

        progress(0.0, "Projecting the photo")
        template, code, residual = self.model.template, self.face.code, self.face.residual
        views = []
        for photo in sorted(self.photos, key=_turn):
            worn = code
            if photo.expression is not None:
                worn = code.with_part("expression", photo.expression)
            vertices = self.model.template_surface(worn, cancel)
            if residual is not None and template.region_weights is not None:
                vertices = residual.apply(vertices, template.faces, template.region_weights)
            assert photo.camera is not None
            views.append((vertices, PhotoView(photo.pixels, photo.camera)))
        painted = TexturePainter(template, TEXELS).paint(views, cancel)
        return TexturePainted(self.photos[0], Picture.of(painted.image), float(painted.seen.mean()))


@dataclass(frozen=True, slots=True, eq=False)
class TexturePainted:
    """The outcome of `PaintTexture`.

    Attributes:
        photo: one of those that were laid on the face.
        seen: share of the face that photos show directly.
    """

    photo: NamedPhoto
    texture: Picture
    seen: float


class PhotoTexturing(QObject):
    """Projects photos onto their face, as one step of undo.

    Signals:
        said: level and text for the message bar.
    """

    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._commands = session, commands
        self._runner = runner
        runner.finished.connect(self._keep)
        runner.failed.connect(self._fail)
        session.opened.connect(runner.cancel)

    def project(self, face: int, photos: tuple[int, ...]) -> None:
        """Lay `photos` on `face`, of the document."""
        document = self._session.state.document
        chosen = tuple(document.photos[k] for k in photos if document.photos[k].camera is not None)
        if chosen:
            # It takes seconds; what it made is told over this.
            self.said.emit("info", f"Projecting onto {document.faces[face].name}…")
            request = PaintTexture(self._session.model, document.faces[face], chosen)
            self._runner.request(request, cancel_running=True)

    def remove(self, face: int) -> None:
        """Give a face its usual colours again."""
        document = self._session.state.document
        if items.face_at(document, face).texture is not None:
            after = items.set_texture(document, face, None)
            self._commands.items.change(after, "Remove photo colours")

    def _keep(self, painted: TexturePainted) -> None:
        document = self._session.state.document
        faces = [photo.face for photo in document.photos if photo.picture is painted.photo.picture]
        if not faces or faces[0] is None:
            return
        if not self._commands.may_edit:
            self.said.emit("warning", "The editor is busy with a fit. Project it afterwards.")
            return
        try:
            after = items.set_texture(document, faces[0], painted.texture)
        except LineamentError as error:
            self.said.emit("error", str(error))
            return
        name = document.faces[faces[0]].name
        self._commands.items.change(after, f"Project {painted.photo.name}")
        if not self._session.state.skin:
            self._session.set_skin(True)
        self.said.emit(
            "done",
            f"Projected onto {name}: {as_percent(painted.seen)} of the head is seen, the rest is "
            "mirrored or filled. Export it as GLB or OBJ to keep the texture.",
        )

    def _fail(self, error: LineamentError) -> None:
        self.said.emit("error", str(error))


def _turn(photo: NamedPhoto) -> float:
    """How far a face looks away from the camera, in radians."""
    assert photo.camera is not None
    return float(np.arccos(np.clip(photo.camera.rotation[2, 2], -1.0, 1.0)))
