"""The line that cuts two surfaces, seen in the picture."""

import numpy as np
import pytest
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from app.viewport.orbit import Orbit
from app.viewport.wipe import Wipe

WIDTH, HEIGHT = 600, 400
ORBIT = Orbit((3.0, -20.0, 8.0), 700.0, azimuth=35.0, elevation=-20.0)


def cut_actor() -> vtkActor:
    actor = vtkActor()
    actor.SetMapper(vtkPolyDataMapper())
    return actor


def plane_of(actor: vtkActor) -> vtkPlane:
    planes = actor.GetMapper().GetClippingPlanes()
    assert planes.GetNumberOfItems() == 1
    plane = planes.GetItem(0)
    assert isinstance(plane, vtkPlane)
    return plane


def keeps(actor: vtkActor, place: NDArray[np.float64]) -> bool:
    plane = plane_of(actor)
    return float((place - np.array(plane.GetOrigin())) @ np.array(plane.GetNormal())) > 0.0


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9])
def test_each_surface_is_left_on_its_side_of_the_line(share: float) -> None:
    left, right = cut_actor(), cut_actor()
    wipe = Wipe(left, right)
    wipe.share = share
    wipe.set_cutting(True)
    wipe.place(ORBIT, WIDTH / HEIGHT)
    for side, y in ((-30.0, 10.0), (-30.0, 390.0), (30.0, 10.0), (30.0, 390.0)):
        ray = ORBIT.ray(share * WIDTH + side, y, WIDTH, HEIGHT)
        for distance in (300.0, 900.0):
            place = ray.origin + distance * ray.direction
            kept = [keeps(actor, place) for actor in (left, right)]
            assert kept == [side < 0, side > 0]


def test_surfaces_are_whole_again() -> None:
    left, right = cut_actor(), cut_actor()
    wipe = Wipe(left, right)
    wipe.set_cutting(True)
    wipe.set_cutting(False)
    assert left.GetMapper().GetClippingPlanes().GetNumberOfItems() == 0
    assert right.GetMapper().GetClippingPlanes().GetNumberOfItems() == 0
