"""From what each pixel shows to a picture: smooth shading with a few lights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.shading_normals import shading_normals
from training.figures.camera import Camera
from training.figures.rasteriser import Fragments, rasterise

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Light:
    """A distant light that moves with the camera.

    Attributes:
        direction: towards the light, in the camera's right, up and backward axes.
        strength: linear factor per red, green and blue.
    """

    direction: tuple[float, float, float]
    strength: tuple[float, float, float]


STUDIO = (
    Light((-0.55, 0.55, 0.75), (0.80, 0.77, 0.73)),
    Light((0.85, 0.10, 0.50), (0.26, 0.28, 0.32)),
    Light((0.10, 0.90, -0.45), (0.30, 0.31, 0.34)),
)
"""A warm key light, a cool fill and a light from above and behind."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a surface is shown.

    Attributes:
        base: sRGB of a surface without colours.
        background: sRGB around it.
        lights: see `STUDIO`.
        ambient: linear light from everywhere.
        gloss: strength of the highlights; shininess: their sharpness.
        supersampling: samples along each side of a pixel.
        cull_backfaces: leave out triangles seen from behind; if not, they are lit as well.
    """

    base: tuple[int, int, int] = (214, 190, 172)
    background: tuple[int, int, int] = (255, 255, 255)
    lights: tuple[Light, ...] = STUDIO
    ambient: float = 0.13
    gloss: float = 0.07
    shininess: float = 24.0
    supersampling: int = 2
    cull_backfaces: bool = True


def render_mesh(
    mesh: Mesh,
    camera: Camera,
    width: int = 400,
    height: int = 400,
    colors: NDArray | None = None,
    look: Look | None = None,
) -> Image:
    """A picture `(height, width, 3)` of sRGB bytes.

    Args:
        mesh: its own colours are shown where `colors` is None.
        colors: `(V, 3)` sRGB bytes.
        look: lights and material; a clay bust in a studio if None.

    Raises:
        InputError: colours of another shape, or no pixel or sample to draw.
    """
    look = look or Look()
    if look.supersampling < 1:
        raise InputError(f"Supersampling must be 1 or more, got {look.supersampling}.")
    paint = mesh.colors if colors is None else np.asarray(colors)
    if paint is not None and paint.shape != mesh.vertices.shape:
        raise InputError(f"Expected colours of shape {mesh.vertices.shape}, got {paint.shape}.")
    fine = look.supersampling
    fragments = rasterise(
        mesh.vertices, mesh.faces, camera, width * fine, height * fine, look.cull_backfaces
    )
    linear = _shade(mesh, fragments, camera, paint, look)
    averaged = linear.reshape(height, fine, width, fine, 3).mean((1, 3))
    picture: Image = np.rint(to_srgb(averaged) * 255.0).astype(np.uint8)
    return picture


def _shade(
    mesh: Mesh, fragments: Fragments, camera: Camera, paint: NDArray | None, look: Look
) -> Floats:
    """Linear light `(H, W, 3)`."""
    linear = np.empty((*fragments.face.shape, 3), np.float32)
    linear[:] = to_linear(np.array(look.background) / 255.0)
    hit = fragments.face >= 0
    triangles = mesh.faces[fragments.face[hit]]
    weights = fragments.barycentric[hit]
    axes = camera.axes.astype(np.float32)
    normals = _mix(weights, shading_normals(mesh.vertices, mesh.faces) @ axes.T, triangles)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    eye = (camera.eye.astype(np.float32) - mesh.vertices) @ axes.T
    view = _mix(weights, eye, triangles)
    view /= np.maximum(np.linalg.norm(view, axis=1, keepdims=True), 1e-9)
    facing = np.einsum("ij,ij->i", normals, view)
    if not look.cull_backfaces:
        normals = np.where(facing[:, None] < 0, -normals, normals)
    if paint is None:
        albedo = to_linear(np.array(look.base, np.float32) / 255.0)
    else:
        albedo = _mix(weights, to_linear(np.asarray(paint, np.float32) / 255.0), triangles)
    diffuse, highlight = _gather_light(normals, view, look)
    linear[hit] = albedo * diffuse + highlight
    return linear


def _gather_light(normals: Floats, view: Floats, look: Look) -> tuple[Floats, Floats]:
    """Diffuse light and highlights `(N, 3)` of all lights (Blinn's half-vector)."""
    diffuse = np.full_like(normals, look.ambient)
    highlight = np.zeros_like(normals)
    for light in look.lights:
        direction = np.array(light.direction, np.float32)
        direction /= np.linalg.norm(direction)
        strength = np.array(light.strength, np.float32)
        diffuse += np.maximum(normals @ direction, 0.0)[:, None] * strength
        half = view + direction
        half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-9)
        shine = np.maximum(np.einsum("ij,ij->i", normals, half), 0.0) ** look.shininess
        highlight += look.gloss * shine[:, None] * strength
    return diffuse, highlight


def _mix(weights: Floats, values: NDArray, triangles: NDArray) -> Floats:
    """Values at vertices `(V, C)` mixed at pixels: weights `(N, 3)`, triangles `(N, 3)`."""
    values = np.ascontiguousarray(values, np.float32)
    mixed = weights[:, :1] * values[triangles[:, 0]]
    for corner in (1, 2):
        mixed += weights[:, corner : corner + 1] * values[triangles[:, corner]]
    return mixed


def to_linear(srgb: NDArray) -> Floats:
    """Linear light from sRGB, both in [0, 1] (IEC 61966-2-1)."""
    srgb = np.asarray(srgb, np.float32)
    linear: Floats = np.where(
        srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** np.float32(2.4)
    )
    return linear


def to_srgb(linear: NDArray) -> Floats:
    """sRGB in [0, 1] from linear light, which is clipped to [0, 1]."""
    linear = np.clip(np.asarray(linear, np.float32), 0.0, 1.0)
    srgb: Floats = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** np.float32(1 / 2.4) - 0.055
    )
    return srgb
