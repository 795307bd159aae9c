"""A photograph behind the face, and a veil of it in front."""

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture

from app.viewport.photo_camera import PhotoCamera
from engine.project.picture import Picture

BEHIND_MM, BEFORE_MM = -600.0, 600.0
"""Depths beyond those of any head."""
BEFORE_SHARE = 0.8
"""Of the way to a camera that is near: the veil hangs between it and the face."""


class PhotoLayer:
    """Two sheets with the photo; the one in front lets the face through.

    A veil of the photo before an opaque face looks just like a translucent face before the photo,
    only that the back of the head does not shine through.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._behind, self._before = self._sheets = _Sheet(), _Sheet()
        self._picture: Picture | None = None
        self._share = 0.0
        for sheet in self._sheets:
            sheet.actor.SetVisibility(False)
            renderer.AddActor(sheet.actor)

    def show(self, picture: Picture, camera: PhotoCamera) -> None:
        """Show the photo `picture` where its `camera` sees it."""
        texture, pixels = None, picture.preview
        if picture is not self._picture:
            # The first row of a texture is the lowest.
            image = pv.ImageData(dimensions=(pixels.shape[1], pixels.shape[0], 1))
            image.point_data["rgb"] = pixels[::-1].reshape(-1, 3)
            texture = vtkTexture()
            texture.SetInputDataObject(image)
            texture.InterpolateOn()
            texture.MipmapOff()
            self._picture = picture
        size = pixels.shape[1] * picture.reduction, pixels.shape[0] * picture.reduction
        for sheet, depth in ((self._behind, BEHIND_MM), (self._before, veil_depth(camera))):
            sheet.lay(size, camera, depth)
            if texture is not None:
                sheet.actor.SetTexture(texture)
        self._behind.actor.SetVisibility(True)
        self.set_share(self._share)

    def set_share(self, share: float) -> None:
        """How much of the photo is seen where the face is, 0 to 1."""
        self._share = share
        veil = self._before.actor
        veil.GetProperty().SetOpacity(share)
        veil.SetVisibility(bool(self._behind.actor.GetVisibility()) and share > 0.0)

    def hide(self) -> None:
        for sheet in self._sheets:
            sheet.actor.SetVisibility(False)


def veil_depth(camera: PhotoCamera) -> float:
    """How far before the pivot the sheet in front hangs, mm."""
    if camera.parallel:
        return BEFORE_MM
    return min(BEFORE_MM, BEFORE_SHARE / camera.near.nearness)


class _Sheet:
    """A rectangle that carries the photo."""

    def __init__(self) -> None:
        self._mapper = vtkPolyDataMapper()
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        look = self.actor.GetProperty()
        look.LightingOff()
        look.SetColor(1.0, 1.0, 1.0)

    def lay(self, size: tuple[int, int], camera: PhotoCamera, depth: float) -> None:
        """Put it where `camera` sees the whole photo of `size`, `depth` mm before the pivot."""
        width, height = size
        corners = np.array([[0, height], [width, height], [width, 0], [0, 0]], np.float64)
        points = camera.place(corners, depth)
        mesh = pv.PolyData.from_regular_faces(points, np.array([[0, 1, 2], [0, 2, 3]]))
        mesh.active_texture_coordinates = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        self._mapper.SetInputData(mesh)
