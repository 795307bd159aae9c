"""Pictures without a window: a surface from a fixed place, as pixels."""

from dataclasses import dataclass

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkLogger

from app.theme import Rgb
from app.viewport.heat_look import add_scale, clay_colors, look_measured
from app.viewport.lighting import light_studio
from app.viewport.orbit import PRESETS, VIEW_ANGLE, Orbit, preset_orbit, stand_on
from app.viewport.surface_actor import SurfaceActor
from engine.errors import InputError
from engine.evaluation.color_maps import ColorMap
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import shading_normals

FINER = 2
"""Pictures are drawn so many times as large and averaged, for smooth edges everywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The bar of colours beside a picture: its map, the values of its ends, and a title."""

    colors: ColorMap
    low: float
    high: float
    title: str


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture is taken.

    Attributes:
        width, height: in pixels.
        view: one of `VIEWS`.
        background: RGB.
    """

    width: int = 900
    height: int = 900
    view: str = "front"
    background: Rgb = (255, 255, 255)

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise InputError(f"There is no view '{self.view}'. There are {', '.join(VIEWS)}.")
        if not (16 <= self.width <= 8192 and 16 <= self.height <= 8192):
            raise InputError(
                f"A picture has 16 to 8192 pixels each way, got {self.width} × {self.height}."
            )


VIEWS = tuple(PRESETS)


def take_picture(
    mesh: Mesh,
    shot: Shot,
    colors: NDArray[np.uint8] | None = None,
    scale: Scale | None = None,
    framed: NDArray | None = None,
) -> NDArray[np.uint8]:
    """A picture `(height, width, 3)` of `mesh`.

    Needs no display: VTK draws by EGL or in software where there is none.

    Args:
        colors: `(V, 3)` of a heatmap; its own colours or clay where None.
        scale: the bar that explains the colours.
        framed: points `(P, 3)` that fill the picture; with the reference's, every surface
            compared with it is seen from the same place. The mesh's own where None.
    """
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # it would lament a missing display
    size = [FINER * shot.width, FINER * shot.height]
    plotter = pv.Plotter(off_screen=True, window_size=size, lighting="none")
    try:
        plotter.renderer.SetBackground(*(channel / 255.0 for channel in shot.background))
        actor = SurfaceActor()
        normals = shading_normals(mesh.vertices, mesh.faces)
        actor.show(mesh.vertices, normals, mesh.faces, _colors_of(mesh, colors))
        if colors is not None:
            look_measured(actor.actor)
        plotter.renderer.AddActor(actor.actor)
        light_studio(plotter)
        if scale is not None:
            add_scale(
                plotter.renderer,
                scale.colors,
                scale.low,
                scale.high,
                scale.title,
                shot.background,
                FINER,
            )
        _stand(plotter, shot, mesh.vertices if framed is None else framed)
        picture = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    return _averaged(np.asarray(picture)[:, :, :3])


def save_picture(picture: NDArray[np.uint8], path: str) -> None:
    """Write a picture to a `.png`.

    Raises:
        InputError: it cannot be written.
    """
    from pathlib import Path

    from engine.evaluation.tables import write_bytes

    write_bytes(Path(path), encode_png(picture))


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """The content of a PNG file."""
    from io import BytesIO

    from PIL import Image

    content = BytesIO()
    Image.fromarray(picture).save(content, format="PNG", optimize=True)
    return content.getvalue()


def _colors_of(mesh: Mesh, colors: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if colors is not None:
        return colors
    if mesh.colors is not None:
        return mesh.colors
    return clay_colors(len(mesh.vertices))


def _stand(plotter: pv.Plotter, shot: Shot, points: NDArray) -> None:
    orbit = preset_orbit(Orbit(), shot.view)
    orbit = orbit.framed(points, shot.width / shot.height)
    camera = plotter.camera
    camera.SetViewAngle(VIEW_ANGLE)
    stand_on(camera, orbit)
    plotter.renderer.ResetCameraClippingRange()


def _averaged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[0] // FINER, picture.shape[1] // FINER
    blocks = picture[: height * FINER, : width * FINER].astype(np.uint16)
    sums = blocks.reshape(height, FINER, width, FINER, 3).sum(axis=(1, 3))
    mean: NDArray[np.uint8] = ((sums + FINER * FINER // 2) // (FINER * FINER)).astype(np.uint8)
    return mean
