"""How faces that are not edited and scans look; computed on a worker thread, no PyVista here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.eye_fit import EyeballFit, fit_eyeball
from app.live_preview import LivePreview
from app.shading.cavity import concavity
from app.shading.coloring import Coloring, color_surface
from app.shading.texture_colors import texture_colors
from app.surfaces import on_template
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.models.protocol import Eye, FaceCode, FaceModel
from engine.progress import CancelToken, Progress
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

SCAN_COLOR = (158, 176, 196)
"""A cool grey beside the warm faces."""

HEAD_MM = 400.0
"""Diagonal that a scan of unknown unit is given for its creases."""

MOST_CREASED = 300_000
"""A scan of more vertices goes without its creases, which take longer than its picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Triangles ready to be drawn.

    Attributes:
        vertices, normals: `(V, 3)`; those of a scan in the file's unit and axes.
        faces: `(F, 3)`.
        colors: `(V, 3)` uint8 sRGB.
        eyes: the eyeballs and what is known of their surfaces; None for a scan.
        exact: a face on its zero set; otherwise its preview.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]
    eyes: "DrawnEyes | None" = None
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class DrawnEyes:
    """Both eyes, the subject's right one first."""

    eyes: tuple[Eye, Eye]
    fits: tuple[EyeballFit, EyeballFit]


@dataclass(frozen=True, slots=True)
class FaceKey:
    """What the picture of a face depends on."""

    code: FaceCode
    residual: "ResidualLayer | None"
    skin: bool
    regions: bool
    texture: Picture | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScanKey:
    """What the picture of a scan depends on; the same mesh is the same scan.

    Attributes:
        natural: it has its own colours, if it brought any, and not the neutral one.
    """

    mesh: Mesh
    natural: bool

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScanKey):
            return False
        return other.mesh is self.mesh and other.natural == self.natural

    def __hash__(self) -> int:
        return hash((id(self.mesh), self.natural))


Key = FaceKey | ScanKey


@dataclass(frozen=True, slots=True, eq=False)
class DrawItems:
    """A frozen request for pictures; called on a worker thread.

    Attributes:
        exact: faces are carried onto their zero set, which takes a moment each.
    """

    model: FaceModel
    keys: tuple[Key, ...]
    exact: bool

    def __call__(self, cancel: CancelToken, progress: Progress) -> dict[Key, Drawn]:
        del progress
        drawn: dict[Key, Drawn] = {}
        for key in self.keys:
            cancel.check()
            if isinstance(key, FaceKey):
                drawn[key] = draw_face(self.model, key, self.exact, cancel)
            else:
                drawn[key] = draw_scan(key.mesh, key.natural)
        return drawn


def draw_face(
    model: FaceModel, key: FaceKey, exact: bool, cancel: CancelToken | None = None
) -> Drawn:
    """The picture of one face, its residual layer on top."""
    code = key.code
    vertices = model.template_surface(code, cancel) if exact else model.preview(code)
    bare = on_template(model, code, vertices, exact)
    surface = LivePreview(model, bare).detailed_base(key.residual)
    eyes = model.eyes(code)
    right, left = (fit_eyeball(surface.vertices, surface.normals, eye) for eye in eyes)
    own = None if key.texture is None else texture_colors(key.texture, model.template)
    colors = color_surface(surface, Coloring(key.skin, key.regions, own=own))
    return Drawn(
        surface.vertices,
        surface.normals,
        surface.faces,
        colors,
        DrawnEyes(eyes, (right, left)),
        exact,
    )


def draw_scan(mesh: Mesh, natural: bool) -> Drawn:
    """The picture of a scan, in its own colours or a neutral one with its creases."""
    normals = vertex_normals(mesh.vertices, mesh.faces)
    if natural and mesh.colors is not None:
        return Drawn(mesh.vertices, normals, mesh.faces, mesh.colors)
    colors = np.tile(np.array(SCAN_COLOR, np.float32), (len(mesh.vertices), 1))
    if len(mesh.faces) > 0 and len(mesh.vertices) <= MOST_CREASED:
        size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
        in_mm = mesh.vertices * np.float32(HEAD_MM / max(size, 1e-12))
        cavity = concavity(in_mm, normals, mesh.faces)
        colors *= (1.0 - 0.25 * np.clip(cavity, -0.2, 1.0))[:, None]
    shaded = np.clip(np.round(colors), 0, 255).astype(np.uint8)
    return Drawn(mesh.vertices, normals, mesh.faces, shaded)
