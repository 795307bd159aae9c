"""A photograph behind the face, and a veil of it in front."""

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture

from app.viewport.photo_camera import PhotoCamera
from engine.project.picture import Picture

BEHIND_MM, BEFORE_MM = -600.0, 600.0
"""Depths beyond those of any head."""


class PhotoLayer:
    """Two sheets with the photo; the one in front lets the face through.

    A veil of the photo before an opaque face looks just like a translucent face before the photo,
    only that the back of the head does not shine through.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._sheets = {depth: _Sheet(depth) for depth in (BEHIND_MM, BEFORE_MM)}
        self._picture: Picture | None = None
        self._share = 0.0
        for sheet in self._sheets.values():
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
        for sheet in self._sheets.values():
            sheet.lay(
                pixels.shape[1] * picture.reduction, pixels.shape[0] * picture.reduction, camera
            )
            if texture is not None:
                sheet.actor.SetTexture(texture)
        self._sheets[BEHIND_MM].actor.SetVisibility(True)
        self.set_share(self._share)

    def set_share(self, share: float) -> None:
        """How much of the photo is seen where the face is, 0 to 1."""
        self._share = share
        veil = self._sheets[BEFORE_MM].actor
        veil.GetProperty().SetOpacity(share)
        veil.SetVisibility(bool(self._sheets[BEHIND_MM].actor.GetVisibility()) and share > 0.0)

    def hide(self) -> None:
        for sheet in self._sheets.values():
            sheet.actor.SetVisibility(False)


class _Sheet:
    """A rectangle that carries the photo at one depth."""

    def __init__(self, depth: float) -> None:
        self._depth = depth
        self._mapper = vtkPolyDataMapper()
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        look = self.actor.GetProperty()
        look.LightingOff()
        look.SetColor(1.0, 1.0, 1.0)

    def lay(self, width: int, height: int, camera: PhotoCamera) -> None:
        corners = np.array([[0, height], [width, height], [width, 0], [0, 0]], np.float64)
        points = camera.place(corners, self._depth)
        mesh = pv.PolyData.from_regular_faces(points, np.array([[0, 1, 2], [0, 2, 3]]))
        mesh.active_texture_coordinates = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        self._mapper.SetInputData(mesh)
