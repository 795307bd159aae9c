"""The face's triangles in the scene, changed in place."""

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from app.theme import Rgb

BEHIND = 1.0, 1.0
"""Factor and units of the offset in depth of a surface that gives way."""
NORMALS, COLORS = "Normals", "Colors"


def make_triangles(points: NDArray, faces: NDArray) -> pv.PolyData:
    """Triangles that use the array `points` `(V, 3)` as their buffer."""
    mesh: pv.PolyData = pv.PolyData.from_regular_faces(points, faces)
    return mesh


class SurfaceActor:
    """One actor whose vertex buffers are written; other triangles keep the actor."""

    def __init__(self) -> None:
        self._mesh: pv.PolyData | None = None
        self._faces: NDArray[np.int32] | None = None
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetScalarModeToUsePointData()
        self._mapper.SetColorModeToDirectScalars()
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        look = self.actor.GetProperty()
        look.SetInterpolationToPhong()
        look.SetAmbient(0.13)
        look.SetDiffuse(0.92)
        look.SetSpecular(0.11)
        look.SetSpecularPower(22.0)

    def give_way(self) -> None:
        """Let other surfaces that are as near within half a millimetre be seen instead: where two
        agree, neither breaks through in specks."""
        self._mapper.SetResolveCoincidentTopologyToPolygonOffset()
        self._mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(*BEHIND)

    @property
    def vertices(self) -> NDArray[np.float32]:
        """The vertex buffer `(V, 3)` itself."""
        if self._mesh is None:
            return np.zeros((0, 3), np.float32)
        return np.asarray(self._mesh.points)

    @property
    def faces(self) -> NDArray[np.int32]:
        """The triangles `(F, 3)` that are drawn."""
        return np.zeros((0, 3), np.int32) if self._faces is None else self._faces

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The colour buffer `(V, 3)` itself."""
        if self._mesh is None:
            return np.zeros((0, 3), np.uint8)
        return np.asarray(self._mesh.point_data[COLORS])

    def show(
        self,
        vertices: NDArray[np.float32],
        normals: NDArray[np.float32],
        faces: NDArray[np.int32],
        colors: NDArray[np.uint8],
    ) -> None:
        """Show these triangles; where `faces` is the same array, only buffers are written."""
        if self._mesh is not None and faces is self._faces:
            self.move(vertices, normals)
            self.paint(colors)
            return
        mesh = make_triangles(np.array(vertices, np.float32), faces)
        mesh.point_data[NORMALS] = np.array(normals, np.float32)
        mesh.point_data[COLORS] = np.array(colors, np.uint8)
        mesh.GetPointData().SetActiveNormals(NORMALS)
        mesh.GetPointData().SetActiveScalars(COLORS)
        self._mesh, self._faces = mesh, faces
        self._mapper.SetInputData(mesh)

    def move(self, vertices: NDArray[np.float32], normals: NDArray[np.float32]) -> None:
        """Write positions and normals `(V, 3)` into the buffers."""
        if self._mesh is None or len(vertices) != self._mesh.n_points:
            return
        np.copyto(np.asarray(self._mesh.points), vertices)
        np.copyto(np.asarray(self._mesh.point_data[NORMALS]), normals)
        self._mesh.GetPoints().Modified()
        self._mesh.GetPointData().GetNormals().Modified()
        self._mesh.Modified()

    def paint(self, colors: NDArray[np.uint8]) -> None:
        """Write colours `(V, 3)` into the buffer."""
        if self._mesh is None or len(colors) != self._mesh.n_points:
            return
        np.copyto(np.asarray(self._mesh.point_data[COLORS]), colors)
        self._mesh.GetPointData().GetScalars().Modified()
        self._mesh.Modified()

    def set_edges(self, visible: bool, color: Rgb) -> None:
        """Draw the triangles' edges over the surface."""
        look = self.actor.GetProperty()
        look.SetEdgeVisibility(visible)
        look.SetEdgeColor(*(channel / 255.0 for channel in color))
        look.SetEdgeOpacity(0.55)
        look.SetLineWidth(1.0)
