import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.alignment import move_mesh
from engine.evaluation.template_regions import with_template_regions
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from tests.engine.geometry.shapes import sphere
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def template() -> Mesh:
    return SyntheticModel(30, 40).template


def test_the_templates_topology_keeps_its_regions(template):
    bare = Mesh(template.vertices * 1.3 + 40, template.faces)
    np.testing.assert_array_equal(
        with_template_regions(bare, template).region_weights, template.region_weights
    )


def test_another_topology_and_frame_takes_them_from_the_nearest_points(template):
    order = np.random.default_rng(0).permutation(len(template.vertices))
    place = np.argsort(order)
    shuffled = Mesh(template.vertices[order], place[template.faces])
    moved = move_mesh(shuffled, Similarity(np.eye(3), np.array([15.0, -9.0, 20.0]), 1.1))
    weights = with_template_regions(moved, template).region_weights
    assert weights is not None
    found = weights.argmax(axis=1)
    assert (found == template.region_weights[order].argmax(axis=1)).mean() > 0.98


def test_own_regions_stay(template):
    assert with_template_regions(template, template) is template


def test_without_regions_or_far_away_it_says_so(template):
    bare = Mesh(template.vertices, template.faces)
    with pytest.raises(InputError, match="no region weights"):
        with_template_regions(bare, bare)
    with pytest.raises(InputError, match="from the template"):
        with_template_regions(sphere(20.0, 2, centre=(900, 0, 0)), template, aligned=True)
