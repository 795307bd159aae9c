"""Faces and scans beside the one that is edited."""

import numpy as np
import pytest
import pyvista as pv
from numpy.typing import NDArray

from app.drawn_items import Drawn
from app.other_items import PlacedItem
from app.viewport.item_actors import ItemActor
from app.viewport.surface_actor import SurfaceActor
from engine.project.items import ItemRef

RED, BLUE = (220, 40, 40), (40, 40, 220)
RADIUS = 100.0


def drawn(away_mm: float, colour: tuple[int, int, int]) -> Drawn:
    """A ball whose vertices lie about 0.06 mm off, and `away_mm` outwards."""
    ball = pv.Sphere(radius=1.0, theta_resolution=80, phi_resolution=80)
    normals = np.asarray(ball.points, np.float32)
    noise = 0.06 * np.random.default_rng(0).standard_normal((len(normals), 1))
    vertices = (normals * (RADIUS + away_mm + noise * (colour == BLUE))).astype(np.float32)
    faces = np.asarray(ball.regular_faces, np.int32)
    return Drawn(vertices, normals, faces, np.tile(np.uint8(colour), (len(vertices), 1)))


def picture(away_mm: float) -> NDArray[np.uint8]:
    """The edited face, red, and another item, blue, in one place."""
    plotter = pv.Plotter(off_screen=True, window_size=(160, 160))
    try:
        edited, face = SurfaceActor(), drawn(0.0, RED)
        edited.show(face.vertices, face.normals, face.faces, face.colors)
        plotter.renderer.AddActor(edited.actor)
        item = ItemActor(plotter.renderer)
        item.show(PlacedItem(ItemRef("scan", 0), drawn(away_mm, BLUE), np.eye(4)))
        plotter.camera_position = [(0, 0, 6 * RADIUS), (0, 0, 0), (0, 1, 0)]
        plotter.renderer.ResetCameraClippingRange()
        pixels: NDArray[np.uint8] = np.asarray(plotter.screenshot(None, return_img=True))
        return pixels
    finally:
        plotter.close()


def blue_share(pixels: NDArray[np.uint8]) -> float:
    red, blue = pixels[..., 0].astype(int), pixels[..., 2].astype(int)
    return float((blue > red + 20).sum() / (abs(blue - red) > 20).sum())


@pytest.mark.parametrize(("away_mm", "low", "high"), [(0.0, 0.0, 0.02), (2.0, 0.98, 1.0)])
def test_the_edited_face_is_seen_where_another_item_agrees_with_it(
    away_mm: float, low: float, high: float
) -> None:
    assert low <= blue_share(picture(away_mm)) <= high
