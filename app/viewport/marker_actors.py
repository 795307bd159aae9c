"""Numbered dots in the scene."""

import pyvista as pv
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkTextActor,
)

from app.picking import Marker

RADIUS_MM = 2.8
FONT_SIZE = 18


class MarkerActors:
    """Shows markers; each is a ball that is lit by itself, with its number beside it."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._actors: list[vtkActor | vtkTextActor] = []

    def show(self, markers: tuple[Marker, ...]) -> None:
        """Show exactly `markers`."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._actors = []
        for marker in markers:
            self._add(_make_ball(marker))
            if marker.label:
                self._add(_make_label(marker))

    def _add(self, actor: vtkActor | vtkTextActor) -> None:
        self._renderer.AddActor(actor)
        self._actors.append(actor)


def _make_ball(marker: Marker) -> vtkActor:
    ball = pv.Sphere(radius=RADIUS_MM, theta_resolution=20, phi_resolution=20)
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(ball)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetPosition(*marker.position)
    look = actor.GetProperty()
    look.SetColor(*(channel / 255.0 for channel in marker.color))
    look.SetAmbient(0.55)
    look.SetDiffuse(0.5)
    return actor


def _make_label(marker: Marker) -> vtkTextActor:
    label = vtkTextActor()
    label.SetInput(f"  {marker.label}")  # beside its dot
    # Drawn over the picture: a number must not sink into the surface beside its dot.
    place = label.GetPositionCoordinate()
    place.SetCoordinateSystemToWorld()
    place.SetValue(*marker.position)
    look = label.GetTextProperty()
    look.SetFontSize(FONT_SIZE)
    look.SetBold(True)
    look.SetColor(1.0, 1.0, 1.0)
    look.SetVerticalJustificationToCentered()
    look.SetShadow(True)
    return label
