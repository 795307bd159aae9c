"""How a measured surface looks: colours that can be read, and the bar that explains them."""

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.theme import Rgb
from engine.evaluation.color_maps import ColorMap

BAR_TICKS = 5
CLAY: Rgb = (206, 200, 192)


def look_measured(actor: vtkActor) -> None:
    """Much even light and no gloss, so that a colour on the face is the colour on the bar."""
    look = actor.GetProperty()
    look.SetAmbient(0.62)
    look.SetDiffuse(0.42)
    look.SetSpecular(0.0)


def add_scale(
    renderer: vtkRenderer,
    colors: ColorMap,
    low: float,
    high: float,
    title: str,
    background: Rgb,
    factor: int = 1,
) -> vtkScalarBarActor:
    """A bar of `colors` at the right, from `low` to `high`, with `title` above.

    Args:
        factor: how many times the picture is drawn larger than it will be seen.
    """
    table = vtkLookupTable()
    table.SetNumberOfTableValues(len(colors.table))
    for row, (red, green, blue) in enumerate(colors.table.tolist()):
        table.SetTableValue(row, red / 255.0, green / 255.0, blue / 255.0, 1.0)
    table.SetTableRange(low, high)
    bar = vtkScalarBarActor()
    bar.SetLookupTable(table)
    bar.SetTitle(title)
    bar.SetNumberOfLabels(BAR_TICKS)
    bar.SetLabelFormat("{:.3g}")
    bar.SetUnconstrainedFontSize(True)
    bar.SetBarRatio(0.28)
    bar.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    bar.SetPosition(0.885, 0.14)
    bar.SetWidth(0.10)
    bar.SetHeight(0.72)
    dark = sum(background) > 3 * 128
    for text in (bar.GetTitleTextProperty(), bar.GetLabelTextProperty()):
        text.SetColor(*((0.12, 0.13, 0.16) if dark else (0.92, 0.93, 0.95)))
        text.SetFontSize(15 * factor)
        text.SetBold(False)
        text.SetItalic(False)
        text.SetShadow(False)
    renderer.AddViewProp(bar)
    return bar


def look_plain(actor: vtkActor) -> None:
    """As clay: the light shows the shape."""
    look = actor.GetProperty()
    look.SetAmbient(0.13)
    look.SetDiffuse(0.92)
    look.SetSpecular(0.11)
    look.SetSpecularPower(22.0)


def clay_colors(count: int) -> NDArray[np.uint8]:
    """`(count, 3)` for the vertices of a surface without colours of its own."""
    return np.tile(np.array(CLAY, np.uint8), (count, 1))
