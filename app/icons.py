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
    "eye": '<path d="M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5'
    'S5 16.5 2.5 12z"/><circle cx="12" cy="12" r="3"/>',
    "eye-off": '<path d="M3 10.5c2.5 3.3 5.6 5 9 5s6.5-1.7 9-5M6 14l-1.7 2.6M12 15.5v3'
    'M18 14l1.7 2.6" opacity=".55"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "scan": '<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4"/>'
    '<path d="M12 7.5c2.5 0 3.8 1.6 3.8 4.1 0 2.8-1.8 5.4-3.8 5.4s-3.8-2.6-3.8-5.4'
    'c0-2.5 1.3-4.1 3.8-4.1z"/>',
    "scan-import": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>'
    '<path d="M12 7v9M8.5 12.5l3.5 3.5 3.5-3.5"/>',
    "photo": '<rect x="3" y="5" width="18" height="14" rx="2"/><circle cx="12" cy="11" r="3"/>'
    '<path d="M6.5 19c.5-3 2.7-4.3 5.5-4.3s5 1.3 5.5 4.3"/>',
    "photo-import": '<path d="M20 12V7a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h6"/>'
    '<circle cx="9" cy="10" r="1.8"/><path d="M4 17l4.5-4 3 2.5L15 12"/><path d="M18 14v7M14.5 18'
    'l3.5 3.5 3.5-3.5"/>',
    "look-through": '<path d="M3 6v12l8-2.5v-7z"/><path d="M14 12h7M18.5 9.5L21 12l-2.5 2.5"/>',
    "landmarks": '<path d="M5 9.5c0 6 3 10.5 7 10.5s7-4.5 7-10.5" stroke-dasharray="1.5 3"/>'
    + _dots((8.5, 9), (15.5, 9), (12, 12.5), (9.5, 16), (14.5, 16))
    + '<path d="M6.5 6h3.5M14 6h3.5"/>',
    "fit": '<path d="M12 5c3.2 0 5 2.1 5 5.3 0 4-2.3 8.7-5 8.7s-5-4.7-5-8.7C7 7.1 8.8 5 12 5z"/>'
    '<path d="M2.5 12h2.5M19 12h2.5M12 1.5v1.5M12 21v1.5"/>',
    "duplicate": '<rect x="8" y="8" width="12" height="12" rx="2"/>'
    '<path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/>',
    "trash": '<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"/>',
    "spread": '<rect x="3" y="6" width="5" height="12" rx="2"/><rect x="9.5" y="6" width="5"'
    ' height="12" rx="2"/><rect x="16" y="6" width="5" height="12" rx="2"/>',
    "symmetric": '<path d="M12 3v18" stroke-dasharray="2.5 2.5"/>'
    '<path d="M8.5 7L3 12l5.5 5zM15.5 7L21 12l-5.5 5z"/>',
    "mirror": '<path d="M12 3v18"/><path d="M8.5 7L3.5 17h5z"/>'
    '<path d="M15.5 7l5 10h-5z" fill="COLOR"/>',
    "drag": '<path d="M5 3.5l6 15.5 2.2-6.3L19.5 10z"/><path d="M14.5 14.5L20 20"/>',
    "more": _dots((6, 12), (12, 12), (18, 12)),
    "play": '<path d="M8 5l11 7-11 7z"/>',
    "pause": '<path d="M8 5v14M16 5v14"/>',
    "blend": '<circle cx="9" cy="12" r="6"/><circle cx="15" cy="12" r="6"/>',
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
