import numpy as np
import pytest

from engine.errors import WeightsError
from engine.geometry.mesh_hierarchy import (
    build_hierarchy,
    hierarchy_from_tensors,
    hierarchy_tensors,
    topology_hash,
)
from tests.engine.geometry.shapes import sphere

MESH = sphere(radius=10.0, subdivisions=3)
HIERARCHY = build_hierarchy(MESH, 3, steps=3)


def test_every_level_has_a_quarter_of_the_vertices() -> None:
    assert HIERARCHY.sizes == (642, 160, 40, 10)


def test_pooling_weights_are_a_partition_of_unity() -> None:
    for step in HIERARCHY.steps:
        assert (step.weights >= 0).all()
        assert np.allclose(step.weights.sum(1), 1.0, atol=1e-6)


def test_what_stays_comes_back_exactly_and_the_rest_nearly() -> None:
    vertices = MESH.vertices
    for step in HIERARCHY.steps[:2]:
        coarse = vertices[step.kept]
        back = np.einsum("vkc,vk->vc", coarse[step.corners], step.weights)
        assert np.array_equal(back[step.kept], coarse)
        spacing = np.sqrt(4 * np.pi * 100.0 / len(coarse))
        assert np.linalg.norm(back - vertices, axis=1).max() < 0.35 * spacing
        vertices = coarse


def test_a_constant_stays_constant_through_all_levels() -> None:
    value = np.full((HIERARCHY.sizes[-1], 1), 7.5, np.float32)
    for step in reversed(HIERARCHY.steps):
        value = np.einsum("vkc,vk->vc", value[step.corners], step.weights)
    assert np.allclose(value, 7.5, atol=1e-5)


def test_stored_and_read_again() -> None:
    again = hierarchy_from_tensors(hierarchy_tensors(HIERARCHY))
    assert again.sizes == HIERARCHY.sizes
    for one, other in zip(again.spirals, HIERARCHY.spirals, strict=True):
        assert np.array_equal(one, other)
    for step, wanted in zip(again.steps, HIERARCHY.steps, strict=True):
        assert np.array_equal(step.corners, wanted.corners)


def test_damaged_tensors_are_refused() -> None:
    tensors = hierarchy_tensors(HIERARCHY)
    with pytest.raises(WeightsError, match="kept"):
        hierarchy_from_tensors({k: v for k, v in tensors.items() if k != "kept.1"})
    wild = tensors | {"corners.0": tensors["corners.0"] + 10_000}
    with pytest.raises(WeightsError, match="corners reach"):
        hierarchy_from_tensors(wild)


def test_the_hash_names_a_topology() -> None:
    name = topology_hash(MESH.faces, len(MESH.vertices))
    assert name == topology_hash(MESH.faces.astype(np.int64), len(MESH.vertices))
    assert name != topology_hash(MESH.faces[::-1], len(MESH.vertices))
    assert name != topology_hash(MESH.faces, len(MESH.vertices) + 1)
