"""Iris, pupil and limbus as fine caps just above the eyeballs; the lids cut them off."""

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from app.eye_fit import SPHERE, EyeballFit
from app.shading.iris import CAP_RADIUS, IRIS_RADIUS, paint_iris
from app.viewport.surface_actor import make_triangles
from engine.models.protocol import Eye

LIFT = 0.20
"""How far above the eyeball the cap floats, mm: more than the surface's error."""

CORNEA_RADIUS = 7.8
"""mm; much rounder than the eyeball, so the lamps shine in the iris."""

CORNEA = 0.12
"""How much more the cap's middle bulges, mm, for the highlights."""

RINGS, SECTORS = 36, 128
SAME_MM, SAME_COSINE = 0.05, 0.99999
"""Eyes that differ less keep the shape of their cap."""


class EyeCap:
    """One eye's cap; it moves with the eye and is shaped anew when the eye turns."""

    def __init__(self) -> None:
        self._eye: Eye | None = None
        self._fit = SPHERE
        self._mesh = _make_flat_cap()
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetColorModeToDirectScalars()
        self._mapper.SetInputData(self._mesh)
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        look = self.actor.GetProperty()
        look.SetInterpolationToPhong()
        look.SetAmbient(0.42)
        look.SetDiffuse(0.66)
        look.SetSpecular(0.9)
        look.SetSpecularPower(110.0)

    def place(self, eye: Eye) -> None:
        """Put the cap onto `eye`."""
        if self._eye is None or _has_turned(self._eye, eye):
            self._shape(eye)
        self.actor.SetPosition(*(float(x) for x in eye.centre))

    def fit(self, eye: Eye, fit: EyeballFit) -> None:
        """Follow the eyeball's real surface."""
        self._fit = fit
        self._shape(eye)
        self.actor.SetPosition(*(float(x) for x in eye.centre))

    def _shape(self, eye: Eye) -> None:
        self._eye = eye
        directions = cap_directions(eye, eye.radius)
        distance, _ = _polar_grid()
        bulge = CORNEA * np.clip(1.0 - (distance / IRIS_RADIUS) ** 2, 0.0, 1.0)
        radius = eye.radius + self._fit.offsets(directions) + LIFT + bulge
        radius -= self._fit.depths(directions)
        np.copyto(np.asarray(self._mesh.points), radius[:, None] * directions)
        normals = cap_directions(eye, CORNEA_RADIUS)
        np.copyto(np.asarray(self._mesh.point_data["Normals"]), normals)
        self._mesh.GetPoints().Modified()
        self._mesh.GetPointData().GetNormals().Modified()
        self._mesh.Modified()


class EyeActors:
    """The caps of both eyes."""

    def __init__(self) -> None:
        self._caps = (EyeCap(), EyeCap())
        self.actors = tuple(cap.actor for cap in self._caps)

    def place(self, eyes: tuple[Eye, Eye]) -> None:
        """Put the caps onto `eyes`, the right one first."""
        for cap, eye in zip(self._caps, eyes, strict=True):
            cap.place(eye)

    def fit(self, eyes: tuple[Eye, Eye], fits: tuple[EyeballFit, EyeballFit]) -> None:
        """Put the caps onto the eyeballs' real surfaces."""
        for cap, eye, fit in zip(self._caps, eyes, fits, strict=True):
            cap.fit(eye, fit)

    def set_visible(self, visible: bool) -> None:
        for actor in self.actors:
            actor.SetVisibility(visible)


def cap_directions(eye: Eye, radius: float) -> NDArray[np.float64]:
    """Unit directions `(P, 3)` to the cap's vertices from a centre `radius` mm behind."""
    distance, turn = _polar_grid()
    polar = np.arcsin(np.clip(distance / radius, 0.0, 1.0))
    ahead = np.stack(
        [np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=1
    )
    forward = np.asarray(eye.gaze, float) / max(float(np.linalg.norm(eye.gaze)), 1e-9)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right = right / max(float(np.linalg.norm(right)), 1e-9)
    turned: NDArray[np.float64] = ahead @ np.stack([right, np.cross(forward, right), forward])
    return turned


def _has_turned(before: Eye, after: Eye) -> bool:
    same_way = float(np.dot(before.gaze, after.gaze)) > SAME_COSINE
    return not same_way or abs(before.radius - after.radius) > SAME_MM


def _make_flat_cap() -> pv.PolyData:
    distance, turn = _polar_grid()
    mesh = make_triangles(np.zeros((len(distance), 3), np.float32), _grid_faces())
    mesh.point_data["Normals"] = np.zeros((len(distance), 3), np.float32)
    mesh.point_data["Colors"] = paint_iris(distance, turn)
    mesh.GetPointData().SetActiveNormals("Normals")
    mesh.GetPointData().SetActiveScalars("Colors")
    return mesh


def _polar_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance in mm from the pupil's centre and angle of every vertex of a cap, each `(P,)`."""
    reach = np.linspace(0.0, 1.0, RINGS) * CAP_RADIUS
    angle = 2.0 * np.pi * np.arange(SECTORS) / SECTORS
    distance, turn = (grid.ravel() for grid in np.meshgrid(reach, angle, indexing="ij"))
    return distance, turn


def _grid_faces() -> NDArray[np.int32]:
    ring = np.arange(RINGS - 1)[:, None] * SECTORS
    here = np.arange(SECTORS)[None]
    beside = (here + 1) % SECTORS
    a, b = (ring + here).ravel(), (ring + beside).ravel()
    return np.concatenate(
        [np.stack([a, a + SECTORS, b], 1), np.stack([b, a + SECTORS, b + SECTORS], 1)]
    ).astype(np.int32)
