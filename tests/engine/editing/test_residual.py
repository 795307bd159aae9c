"""The residual layer on scans with a known bump."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.editing.residual import ResidualLayer, fit_residual, local_frames
from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.models.protocol import REGIONS
from tests.engine.fitting.scans import FINE, MODEL, face_code, scan_of

CODE = face_code(5, strength=0.5)
SURFACE = MODEL.template_surface(CODE)
FACES = MODEL.template.faces
WEIGHTS = np.asarray(MODEL.template.region_weights)
CHEEK = np.array([42.0, -12.0, 78.0])
WIDTH_MM, HEIGHT_MM = 16.0, 5.0


def bump(points: np.ndarray) -> np.ndarray:
    """Heights `(N,)` of a hill on the cheek."""
    near = SURFACE[np.linalg.norm(SURFACE - CHEEK, axis=1).argmin()]
    return HEIGHT_MM * np.exp(-((points - near) ** 2).sum(axis=1) / (2.0 * WIDTH_MM**2))


def scan_with_bump() -> Mesh:
    plain = scan_of(CODE)
    normals = vertex_normals(plain.vertices, plain.faces)
    moved = plain.vertices + bump(plain.vertices)[:, None] * normals
    return Mesh(moved.astype(np.float32), plain.faces)


SCAN = scan_with_bump()
LAYER = fit_residual(MODEL, CODE, SCAN)


def test_the_bump_is_reproduced_and_vanishes_elsewhere() -> None:
    moved = LAYER.apply(SURFACE, FACES, WEIGHTS)
    distances = SurfaceIndex(SCAN).closest_points(moved).distances
    there = bump(SURFACE) > 1.0
    assert SurfaceIndex(SCAN).closest_points(SURFACE[there]).distances.mean() > 1.5
    assert distances[there].mean() < 0.35
    far = np.linalg.norm(SURFACE - CHEEK, axis=1) > 5.0 * WIDTH_MM
    far &= SURFACE[:, 1] > -60.0
    assert np.abs(LAYER.displacement[far]).mean() < 0.1
    assert np.abs(LAYER.displacement[far]).max() < 0.8


def test_displacements_are_along_the_normals() -> None:
    assert not LAYER.displacement[:, 1:].any()
    assert LAYER.displacement[:, 0].max() == pytest.approx(HEIGHT_MM, abs=1.0)


def test_holes_are_filled_in_smoothly() -> None:
    middle = SCAN.vertices[SCAN.faces].mean(axis=1)
    top = SURFACE[bump(SURFACE).argmax()]
    hole = np.linalg.norm(middle - top, axis=1) < 11.0
    layer = fit_residual(MODEL, CODE, Mesh(SCAN.vertices, SCAN.faces[~hole]))
    there = np.linalg.norm(SURFACE - top, axis=1) < 8.0
    heights = layer.displacement[there, 0]
    assert heights.min() > 1.0
    assert heights.max() < 1.5 * HEIGHT_MM


def test_outliers_pull_nothing() -> None:
    vertices = SCAN.vertices.copy()
    rng = np.random.default_rng(0)
    struck = rng.choice(len(vertices), 60, replace=False)
    vertices[struck] *= 1.25
    layer = fit_residual(MODEL, CODE, Mesh(vertices, SCAN.faces))
    assert np.abs(layer.displacement - LAYER.displacement).mean() < 0.15


def test_strengths_act_by_region() -> None:
    off = LAYER
    for region in REGIONS:
        off = off.with_strength(region, 0.0)
    np.testing.assert_array_equal(off.apply(SURFACE, FACES, WEIGHTS), SURFACE)
    half = LAYER
    for region in REGIONS:
        half = half.with_strength(region, 0.5)
    full = LAYER.apply(SURFACE, FACES, WEIGHTS) - SURFACE
    np.testing.assert_allclose(half.apply(SURFACE, FACES, WEIGHTS) - SURFACE, 0.5 * full, atol=1e-4)
    bare = LAYER.with_strength("head", 0.0).apply(SURFACE, FACES, WEIGHTS) - SURFACE
    np.testing.assert_allclose(bare, (1.0 - WEIGHTS[:, 3:]) * full, atol=1e-3)


def test_the_layer_turns_with_its_surface() -> None:
    rotation = Rotation.from_rotvec([0.3, -0.8, 0.2]).as_matrix()
    turned = (SURFACE @ rotation.T).astype(np.float32)
    tangential = ResidualLayer(
        np.random.default_rng(1).normal(size=SURFACE.shape).astype(np.float32)
    )
    for layer in (LAYER, tangential):
        expected = layer.apply(SURFACE, FACES, WEIGHTS) @ rotation.T
        np.testing.assert_allclose(layer.apply(turned, FACES, WEIGHTS), expected, atol=2e-2)


def test_frames_are_orthonormal() -> None:
    frames = local_frames(SURFACE, FACES).astype(np.float64)
    products = np.einsum("vka,vla->vkl", frames, frames)
    np.testing.assert_allclose(products, np.broadcast_to(np.eye(3), products.shape), atol=1e-4)


def test_a_layer_says_what_is_wrong_with_it() -> None:
    zeros = np.zeros((4, 3), np.float32)
    with pytest.raises(InputError, match="shape"):
        ResidualLayer(zeros[:, :2])
    with pytest.raises(InputError, match="strength"):
        ResidualLayer(zeros, dict.fromkeys(REGIONS, 2.0))
    with pytest.raises(InputError, match="Fit it again"):
        ResidualLayer(zeros).apply(SURFACE, FACES, WEIGHTS)


def test_a_scan_without_the_face_is_refused() -> None:
    far = Mesh(FINE.template.vertices + np.float32(1000.0), FINE.template.faces)
    with pytest.raises(InputError, match="Align"):
        fit_residual(MODEL, CODE, far)
