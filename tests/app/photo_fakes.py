"""Photos for tests: pictures with a known face in them, and methods that know the answer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.photo.canvas import PhotoCanvas
from app.photo.source import MethodChoice
from app.window import MainWindow
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceCode, FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import FoundFace, PhotoFace, Reconstruction
from engine.photo.weak_perspective import WeakPerspective, five_points
from engine.progress import CancelToken, Progress, ignore_progress

SIZE = (320, 240)
"""Width and height of the pictures."""
CODES = MethodChoice("codes", "Face codes")
MESHES = MethodChoice("pixel2mesh", "Pixel2Mesh")

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def turned_camera(degrees: float = 20.0, scale: float = 0.5, nearness: float = 0.0) -> NearCamera:
    """Sees a head turned about the vertical, in the middle of a picture."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    pose = WeakPerspective(turn, scale, np.array([150.0, 130.0]))
    return NearCamera.of(pose, nearness, np.array([0.0, -5.0, 70.0]) if nearness else None)


def some_code(model: FaceModel, seed: int = 3) -> FaceCode:
    rng = np.random.default_rng(seed)
    mean = model.mean_code()
    return FaceCode(
        *(
            0.5 * rng.standard_normal(len(mean.part(part.name))).astype(np.float32)
            for part in model.parts
        )
    )


def quadrants() -> NDArray[np.uint8]:
    """A picture whose quarters are red and green above, blue and white below."""
    width, height = SIZE
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (200, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 180, 30)
    pixels[height // 2 :, : width // 2] = (40, 40, 200)
    pixels[height // 2 :, width // 2 :] = (220, 220, 220)
    return pixels


def face_at(x: float, y: float, size: float = 60.0, confidence: float = 0.9) -> FoundFace:
    """A face whose box is centred at (x, y)."""
    half = size / 2.0
    points = np.array([[-0.4, -0.4], [0.4, -0.4], [0, 0], [-0.3, 0.5], [0.3, 0.5]]) * half
    box = np.array([x - half, y - half, x + half, y + half])
    return FoundFace(box, points + np.array([x, y]), confidence)


class KnownMethod:
    """Gives what the test says; remembers what it was asked for."""

    def __init__(self, model: FaceModel, choice: MethodChoice, stages: int = 1) -> None:
        self.name, self.title = choice.name, choice.title
        self.model, self.stages = model, stages
        self.code: FaceCode | None = some_code(model) if choice.editable else None
        self.camera = turned_camera()
        self.asked: list[PhotoFace] = []
        self.error: Exception | None = None

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        self.asked.append(face)
        progress(0.5, "Half of it")
        if cancel is not None:
            cancel.check()
        if self.error is not None:
            raise self.error
        return self._result(self.code, self.camera)

    def reconstruct_person(
        self,
        faces: Sequence[PhotoFace],
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> tuple[Reconstruction, ...]:
        del cancel, progress
        self.asked.extend(faces)
        shape = some_code(self.model, seed=9)
        made = []
        for number, _face in enumerate(faces):
            worn = shape.with_part("expression", np.full_like(shape.expression, 0.1 * number))
            made.append(self._result(worn, turned_camera(10.0 * number)))
        return tuple(made)

    def _result(self, code: FaceCode | None, camera: NearCamera) -> Reconstruction:
        template = self.model.template
        vertices = template.vertices if code is None else self.model.preview(code)
        stages = tuple(
            Mesh(vertices * np.float32(1.0 + 0.02 * (self.stages - 1 - k)), template.faces)
            for k in range(self.stages)
        )
        landmarks = camera.project(vertices[self.model.landmarks])
        return Reconstruction(
            self.name, camera, stages, code, landmarks, np.full(len(landmarks), 1.0), 0.1
        )


class KnownPhotos:
    """Puts known faces and methods into a window.

    Attributes:
        faces: what the detector finds.
        methods: by name.
        broken: file names that cannot be read.
    """

    def __init__(self, window: MainWindow, *choices: MethodChoice) -> None:
        model = window.session.model
        self.faces: tuple[FoundFace, ...] = (face_at(150, 120),)
        self.methods = {
            choice.name: KnownMethod(model, choice, 1 if choice.editable else 3)
            for choice in choices or (CODES,)
        }
        self.broken: set[str] = set()
        source = window.photos.source
        source.read = self._read
        source.make_find = lambda device: lambda pixels, cancel: self.faces
        source.make_method = lambda name, _model, _device: self.methods[name]
        source.list_methods = lambda: choices or (CODES,)

    def _read(self, path: Path) -> NDArray[np.uint8]:
        if path.name in self.broken:
            raise InputError(f"Cannot read {path.name}: it is damaged.")
        return quadrants()


def import_photo(window: MainWindow, *names: str) -> None:
    """Bring photos in and reconstruct the best face of the first."""
    window.photos.bring_in([Path("/photos") / name for name in names or ("Ada.jpg",)])
    window.photos.panel.reconstruct.click()


def send(canvas: PhotoCanvas, kind: QEvent.Type, place: QPointF) -> None:
    """One event of the left button at a place of the canvas."""
    moving = kind == QEvent.Type.MouseMove
    held = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
    there = canvas.viewport().mapToGlobal(place)
    event = QMouseEvent(
        kind, place, there, NONE if moving else LEFT, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(canvas.viewport(), event)


def click(canvas: PhotoCanvas, x: float, y: float) -> None:
    """Click on a pixel of the photo."""
    place = canvas.widget_place(x, y)
    send(canvas, QEvent.Type.MouseButtonPress, place)
    send(canvas, QEvent.Type.MouseButtonRelease, place)


def mean_points(model: FaceModel, camera: NearCamera) -> NDArray[np.float64]:
    """The detector's points `(5, 2)` of the mean head under `camera`."""
    return camera.project(five_points(model.template.vertices[model.landmarks]))
