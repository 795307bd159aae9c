"""The icons: our own strokes on a grid of 24, drawn in the theme's colours."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import Theme

_DOT = '<circle cx="{x}" cy="{y}" r="1.5" fill="COLOR" stroke="none"/>'


def _dots(*places: tuple[float, float]) -> str:
    return "".join(_DOT.format(x=x, y=y) for x, y in places)


_HEAD = "M12 3c4 0 6.4 2.7 6.4 6.8 0 5.2-3 11.2-6.4 11.2S5.6 15 5.6 9.8C5.6 5.7 8 3 12 3z"

SHAPES = {
    "new": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M12 11v6M9 14h6"/>',
    "open": '<path d="M3 19V6h6l2 2h8v3M3 19l3-8h16l-3 8z"/>',
    "save": '<path d="M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6"/>',
    "export": '<path d="M12 15V4M8 8l4-4 4 4M5 13v7h14v-7"/>',
    "undo": '<path d="M8 6L4 10l4 4M4 10h9a6 6 0 0 1 0 12h-2" transform="translate(0 -2)"/>',
    "redo": '<path d="M16 6l4 4-4 4M20 10h-9a6 6 0 0 0 0 12h2" transform="translate(0 -2)"/>',
    "dice": '<rect x="4" y="4" width="16" height="16" rx="4"/>'
    + _dots((8.7, 8.7), (15.3, 8.7), (12, 12), (8.7, 15.3), (15.3, 15.3)),
    "reset": '<path d="M5 8a8 8 0 1 1-1 5M5 3v5h5"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "unlock": '<rect x="5" y="11" width="14" height="9" rx="2"/>'
    '<path d="M8 11V8a4 4 0 0 1 7.5-2"/>',
    "front": f'<path d="{_HEAD}"/>' + _dots((9.5, 10.5), (14.5, 10.5)) + '<path d="M10 16h4"/>',
    "side": '<path d="M9 3c4 0 7 2 7 6l2.5 4-2 .8v2.7c0 1.5-1 2.5-2.5 2.5H12v2'
    'M5 21c1-4-1-6-1-10 0-5 2-8 5-8"/>',
    "three-quarter": f'<path d="{_HEAD}"/>'
    + _dots((11, 10.5), (15.5, 10.5))
    + '<path d="M13.5 9.5l1 4h-1.5M12 16.5h3"/>',
    "top": '<ellipse cx="12" cy="12" rx="7" ry="8.5"/><path d="M10.5 20.3l1.5 2 1.5-2"/>',
    "frame": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/><circle cx="12" cy="12" r="3"/>',
    "wireframe": '<path d="M12 3l8 5v8l-8 5-8-5V8zM4 8l8 4 8-4M12 12v9M4 16l8-4 8 4M12 3v9"/>',
    "regions": f'<path d="{_HEAD}"/><path d="M6 9.5h12M8 15.5h8M12 9.5v6"/>',
    "skin": '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z"'
    ' fill="COLOR"/>',
    "chevron-right": '<path d="M9 6l6 6-6 6"/>',
    "chevron-down": '<path d="M6 9l6 6 6-6"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>',
    "help": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7"/>' + _dots((12, 16.8)),
    "panel": '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M14 4v16"/>',
}

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="COLOR" '
    'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
)

SIZES = (16, 20, 32, 40)


def draw_shape(name: str, color: str, size: int) -> QPixmap:
    """The icon `name` of `SHAPES`, `size` pixels wide."""
    svg = _SVG.format(body=SHAPES[name]).replace("COLOR", color)
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@cache
def make_icon(name: str, theme: Theme) -> QIcon:
    """The icon in the theme's colours: on is accented, disabled is faint."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(draw_shape(name, theme.text, size), QIcon.Mode.Normal, QIcon.State.Off)
        icon.addPixmap(draw_shape(name, theme.accent, size), QIcon.Mode.Normal, QIcon.State.On)
        icon.addPixmap(draw_shape(name, theme.faint, size), QIcon.Mode.Disabled, QIcon.State.Off)
    return icon


def application_icon() -> QIcon:
    """The head on a rounded ground, for the window and the task bar."""
    icon = QIcon()
    for size in (16, 32, 48, 64, 128, 256):
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
            '<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1">'
            '<stop offset="0" stop-color="#5b8def"/><stop offset="1" stop-color="#2a4fa8"/>'
            '</linearGradient></defs><rect width="24" height="24" rx="5.5" fill="url(#g)"/>'
            f'<g transform="translate(2.4 2.4) scale(.8)" fill="none" stroke="#fff" '
            f'stroke-width="1.7" stroke-linecap="round"><path d="{_HEAD}"/>'
            '<path d="M6 9.5h12M8 15.5h8M12 3v18" stroke-width="1.1" opacity=".75"/>'
            "</g></svg>"
        )
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
        painter.end()
        icon.addPixmap(pixmap)
    return icon
