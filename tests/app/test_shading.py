"""Shades and colours against surfaces whose light is known."""

import numpy as np
import pytest

from app.shading.cavity import concavity
from app.shading.coloring import REGION_COLORS, Coloring, color_surface
from app.shading.occlusion import ambient_light, sphere_directions
from app.surfaces import Surface, on_template
from engine.geometry.normals import vertex_normals
from tests.synthetic_model import SyntheticModel


def bowl(depth: float, size: int = 81, side: float = 100.0):
    """A sheet `side` mm wide, facing +z, with a round hollow of `depth` mm."""
    line = np.linspace(-side / 2, side / 2, size)
    x, y = (grid.ravel() for grid in np.meshgrid(line, line))
    z = -depth * np.exp(-(x**2 + y**2) / (2 * 8.0**2))
    vertices = np.stack([x, y, z], 1).astype(np.float32)
    rows, columns = np.arange(size - 1)[:, None] * size, np.arange(size - 1)[None]
    a = (rows + columns).ravel()
    b, c, d = a + 1, a + size, a + size + 1
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype(np.int32)
    return vertices, vertex_normals(vertices, faces), faces


def test_a_ball_is_open_everywhere() -> None:
    model = SyntheticModel(60, 80)
    directions = model.template.vertices - model.template.vertices.mean(axis=0)
    ball = (80.0 * directions / np.linalg.norm(directions, axis=1)[:, None]).astype(np.float32)
    light = ambient_light(ball, vertex_normals(ball, model.template.faces), model.template.faces)
    assert light.min() > 0.93


def test_a_hollow_is_darker_the_deeper_it_is() -> None:
    middle = 81 * 40 + 40
    light = [ambient_light(*bowl(depth))[middle] for depth in (0.0, 6.0, 12.0, 30.0)]
    assert light[0] > 0.97
    assert light == sorted(light, reverse=True)
    assert light[3] < 0.45


def test_ambient_light_agrees_with_rays() -> None:
    igl = pytest.importorskip("igl")
    vertices, normals, faces = bowl(30.0)
    inner = (np.abs(vertices[:, :2]) < 30.0).all(axis=1)
    hidden = igl.ambient_occlusion(
        vertices.astype(float),
        faces.astype(np.int64),
        (vertices + 0.2 * normals).astype(float)[inner],
        normals.astype(float)[inner],
        200,
    )
    light = ambient_light(vertices, normals, faces)[inner]
    assert np.corrcoef(light, 1.0 - hidden)[0, 1] > 0.95


def test_creases_are_positive_and_ridges_negative() -> None:
    middle = 81 * 40 + 40
    assert concavity(*bowl(10.0))[middle] > 0.3
    assert concavity(*bowl(-10.0))[middle] < -0.3
    assert abs(concavity(*bowl(0.0))[middle]) < 1e-6


def test_directions_cover_the_sphere() -> None:
    directions = sphere_directions(96)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(directions.mean(axis=0), 0.0, atol=0.02)


@pytest.fixture(scope="module")
def surface() -> Surface:
    model = SyntheticModel()
    code = model.mean_code()
    return on_template(model, code, model.template_surface(code), exact=True)


def test_a_highlight_colours_only_its_part(surface: Surface) -> None:
    plain = color_surface(surface, Coloring()).astype(int)
    lit = color_surface(surface, Coloring(highlight="nose")).astype(int)
    changed = np.abs(lit - plain).sum(axis=1)
    nose = surface.weights[:, 0]
    assert changed[nose > 0.9].mean() > 20
    assert changed[nose < 1e-4].max() == 0


def test_regions_have_their_colours(surface: Surface) -> None:
    colors = color_surface(surface, Coloring(regions=True)).astype(float)
    for column, part in enumerate(("nose", "eyes", "mouth", "head")):
        pure = surface.weights[:, column] > 0.9
        hue = colors[pure].mean(axis=0)
        wanted = np.array(REGION_COLORS[part], float)
        cosine = hue @ wanted / np.linalg.norm(hue) / np.linalg.norm(wanted)
        assert cosine > 0.98, part


def test_clay_has_no_skin_colours(surface: Surface) -> None:
    clay = color_surface(surface, Coloring(skin=False)).astype(int)
    assert (clay.max(axis=1) - clay.min(axis=1)).max() < 15
