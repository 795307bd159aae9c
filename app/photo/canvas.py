"""A photograph that can be zoomed and moved, with marks upon it; coordinates are its pixels."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from engine.project.picture import Picture

ZOOM_PER_NOTCH = 1.2
CLOSEST = 40.0
"""Pixels of the screen per pixel of the photo."""
STILL_PIXELS = 4


class PhotoCanvas(QGraphicsView):
    """Shows one photo; the wheel zooms, a drag moves it.

    Signals:
        clicked: x and y in pixels of the photo, without a drag.
    """

    clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self._image = QGraphicsPixmapItem()
        self._image.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.scene().addItem(self._image)
        self._picture: Picture | None = None
        self._wanted: QRectF | None = None
        self._pressed: QPointF | None = None
        self._still = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(200)
        self.setAcceptDrops(False)
        self.setAccessibleName("Photo")

    @property
    def picture(self) -> Picture | None:
        return self._picture

    @property
    def scale_now(self) -> float:
        """Pixels of the screen per pixel of the photo."""
        return float(self.transform().m11())

    def show_picture(self, picture: Picture | None) -> None:
        """Show `picture` whole; the one that is shown already stays as it is zoomed."""
        if picture is self._picture:
            return
        self._picture = picture
        if picture is None:
            self._image.setPixmap(QPixmap())
            return
        self._image.setPixmap(_pixmap(picture))
        self._image.setScale(picture.reduction)
        margin = max(picture.width, picture.height)
        whole = QRectF(0, 0, picture.width, picture.height)
        # Room around it, so that its edges can be brought to the middle.
        self.setSceneRect(whole.adjusted(-margin, -margin, margin, margin))
        self.fit_picture()

    def fit_picture(self) -> None:
        """Show all of the photo."""
        if self._picture is not None:
            self._keep(QRectF(0, 0, self._picture.width, self._picture.height))

    def show_box(self, box: tuple[float, float, float, float]) -> None:
        """Bring the box x0, y0, x1, y1 close."""
        self._keep(QRectF(QPointF(box[0], box[1]), QPointF(box[2], box[3])))

    def photo_place(self, place: QPointF) -> QPointF:
        """The pixel of the photo under a place of this widget."""
        return self.viewportTransform().inverted()[0].map(place)

    def widget_place(self, x: float, y: float) -> QPointF:
        """Where a pixel of the photo is in this widget."""
        return self.viewportTransform().map(QPointF(x, y))

    # Qt

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = ZOOM_PER_NOTCH ** (event.angleDelta().y() / 120.0)
        wanted = self.scale_now * factor
        if self._picture is not None and self._least_scale() * 0.8 <= wanted <= CLOSEST:
            before = self.photo_place(event.position())
            self.scale(factor, factor)
            moved = self.photo_place(event.position()) - before
            self.translate(moved.x(), moved.y())
            self._wanted = None
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        self._still = event.button() == Qt.MouseButton.LeftButton
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = event.position() - self._pressed
        if self._still and moved.manhattanLength() < STILL_PIXELS:
            return  # a hand that clicks trembles
        self._still, self._wanted = False, None
        self._pressed = event.position()
        self.translate(moved.x() / self.scale_now, moved.y() / self.scale_now)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._still and self._pressed is not None:
            place = self.photo_place(event.position())
            self.clicked.emit(place.x(), place.y())
        self._pressed, self._still = None, False
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # two quick clicks are two clicks

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wanted is not None:
            self._keep(self._wanted)

    def _keep(self, rect: QRectF) -> None:
        """Show `rect` of the photo, in whatever size this has, until a hand moves it."""
        self._wanted = rect
        size = self.viewport().size()
        scale = min(size.width() / max(rect.width(), 1), size.height() / max(rect.height(), 1))
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(rect.center())

    def _least_scale(self) -> float:
        if self._picture is None:
            return 1.0
        size = self.viewport().size()
        return min(size.width() / self._picture.width, size.height() / self._picture.height)


def _pixmap(picture: Picture) -> QPixmap:
    pixels = picture.preview
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)  # a copy
