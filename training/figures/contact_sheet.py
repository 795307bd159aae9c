"""Pictures side by side with labels, as in a paper's figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Image = NDArray[np.uint8]

PAPER = (255, 255, 255)
INK = (40, 42, 46)
QUIET = (110, 114, 120)
GAP = 6
BAR_WIDTH = 16


@dataclass(frozen=True, slots=True)
class ColorBar:
    """A scale beside the pictures.

    Attributes:
        colors: `(N, 3)` sRGB bytes from the lowest value to the highest.
        lowest, highest: labels at the ends.
    """

    colors: NDArray[np.uint8]
    lowest: str
    highest: str


def contact_sheet(
    rows: Sequence[Sequence[Image | None]],
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    title: str = "",
    note: str = "",
    color_bar: ColorBar | None = None,
    text_size: int = 15,
) -> Image:
    """One picture of `rows` of pictures of equal size; None leaves a place empty.

    Args:
        row_labels: to the left of each row; column_labels: above each column.
        title: above everything; note: a sentence or two below, wrapped.

    Raises:
        InputError: there is no picture, or they differ in size, or labels do not fit them.
    """
    from PIL import Image as Pictures
    from PIL import ImageDraw

    height, width = _common_size(rows)
    columns = max(len(row) for row in rows)
    if row_labels and len(row_labels) != len(rows):
        raise InputError(f"{len(rows)} rows of pictures have {len(row_labels)} labels.")
    if column_labels and len(column_labels) != columns:
        raise InputError(f"{columns} columns of pictures have {len(column_labels)} labels.")
    font, bold = _font(text_size, False), _font(text_size + 3, True)
    measure = ImageDraw.Draw(Pictures.new("RGB", (1, 1)))
    left = GAP + _text_width(measure, row_labels, font)
    right = GAP
    if color_bar is not None:
        right += BAR_WIDTH + 3 * GAP
        right += _text_width(measure, (color_bar.lowest, color_bar.highest), font)
    line = text_size + 8
    top = GAP + (line + 6) * bool(title) + _lines(column_labels) * line
    across = left + columns * (width + GAP) + right
    notes = _wrap(measure, note, font, across - 4 * GAP)
    down = top + len(rows) * (height + GAP)
    canvas = Pictures.new("RGB", (across, down + line * len(notes) + GAP), PAPER)
    draw = ImageDraw.Draw(canvas)
    if title:
        draw.text((2 * GAP, GAP), title, INK, bold)
    for c, text in enumerate(column_labels):
        middle = left + c * (width + GAP) + width // 2
        draw.multiline_text(
            (middle, top - 4), text, INK, font, anchor="md", align="center", spacing=5
        )
    for r, row in enumerate(rows):
        y = top + r * (height + GAP)
        if row_labels:
            draw.multiline_text((GAP * 2, y + height // 2), row_labels[r], INK, font, anchor="lm")
        for c, picture in enumerate(row):
            if picture is not None:
                canvas.paste(Pictures.fromarray(picture), (left + c * (width + GAP), y))
    if color_bar is not None:
        place = (left + columns * (width + GAP) + GAP, top, down - GAP)
        _draw_bar(draw, color_bar, place, font)
    for index, text in enumerate(notes):
        draw.text((2 * GAP, down + index * line), text, QUIET, font)
    return np.asarray(canvas)


def save_picture(picture: Image, file: Path) -> None:
    """Write a PNG."""
    from PIL import Image as Pictures

    file.parent.mkdir(parents=True, exist_ok=True)
    Pictures.fromarray(picture).save(file, optimize=True)


def _common_size(rows: Sequence[Sequence[Image | None]]) -> tuple[int, int]:
    sizes = {picture.shape for row in rows for picture in row if picture is not None}
    if len(sizes) != 1:
        raise InputError(f"A contact sheet needs pictures of one size, got {sorted(sizes)}.")
    height, width, channels = sizes.pop()
    if channels != 3:
        raise InputError(f"Expected pictures of 3 channels, got {channels}.")
    return height, width


def _lines(labels: Sequence[str]) -> int:
    return max((text.count("\n") + 1 for text in labels), default=0)


def _text_width(draw: "ImageDraw", labels: Sequence[str], font: "FreeTypeFont") -> int:
    lines = [line for text in labels for line in text.split("\n")]
    return int(max((draw.textlength(line, font) for line in lines), default=-3 * GAP)) + 3 * GAP


def _wrap(draw: "ImageDraw", text: str, font: "FreeTypeFont", width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _draw_bar(
    draw: "ImageDraw", bar: ColorBar, place: tuple[int, int, int], font: "FreeTypeFont"
) -> None:
    x, top, bottom = place
    for y in range(top, bottom):
        share = (bottom - 1 - y) / max(bottom - 1 - top, 1)
        color = bar.colors[round(share * (len(bar.colors) - 1))]
        draw.line((x, y, x + BAR_WIDTH, y), tuple(int(value) for value in color))
    beside = x + BAR_WIDTH + GAP
    draw.text((beside, top), bar.highest, INK, font, anchor="lt")
    draw.text((beside, bottom - 1), bar.lowest, INK, font, anchor="lb")


@lru_cache
def _font(size: int, bold: bool) -> "FreeTypeFont":
    """DejaVu Sans, which comes with matplotlib and knows σ and ±."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)
