import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.evaluation.alignment import AlignmentRequest, align_pair, move_mesh
from engine.evaluation.fields import Reference, measure_field
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from tests.engine.geometry.shapes import grid, sphere
from tests.synthetic_model import SyntheticModel

TURN = Rotation.from_euler("xyz", [6, -9, 5], degrees=True).as_matrix()


@pytest.fixture(scope="module")
def head() -> Mesh:
    return SyntheticModel(30, 40).template


def away(mesh: Mesh, scale: float) -> Mesh:
    return move_mesh(mesh, Similarity(TURN, np.array([12.0, -8.0, 15.0]), scale))


@pytest.mark.parametrize("method", ["corresponding", "icp"])
@pytest.mark.parametrize(("mode", "scale"), [("rigid", 1.0), ("similarity", 1.2)])
def test_a_moved_head_is_brought_back(head, method, mode, scale):
    moved, reference = away(head, scale), Reference(head)
    found = align_pair(moved, reference, AlignmentRequest(mode, method))
    back = move_mesh(moved, found.similarity)
    assert np.linalg.norm(back.vertices - head.vertices, axis=1).max() < 0.2
    assert found.similarity.scale == pytest.approx(1 / scale, rel=2e-3)
    # Reversible: the inverse takes it to where it was.
    there = found.similarity.inverse().apply(back.vertices)
    np.testing.assert_allclose(there, moved.vertices, atol=1e-3)


def test_a_head_in_metres_is_found_by_a_similarity(head):
    small = move_mesh(head, Similarity(np.eye(3), np.zeros(3), 0.001))
    found = align_pair(small, Reference(head), AlignmentRequest("similarity", "icp"))
    assert found.similarity.scale == pytest.approx(1000.0, rel=1e-2)


def test_landmarks_decide_alone(head):
    moved, spots = away(head, 1.1), [5, 200, 444, 900, 1100]
    points = moved.vertices[spots], head.vertices[spots]
    request = AlignmentRequest("similarity", "landmarks", landmarks=points)
    found = align_pair(moved, Reference(grid(9, 9, 10.0)), request)
    assert np.abs(found.similarity.apply(moved.vertices) - head.vertices).max() < 1e-2


def test_a_region_decides_for_the_whole(head):
    """A bulge elsewhere must not pull the chosen region off its place."""
    weights = head.region_weights
    chosen = head.vertices[:, 2] > 0
    bulged = head.vertices.copy()
    bulged[~chosen] *= 1.15
    reference = Reference(head)
    for method in ("corresponding", "icp"):
        request = AlignmentRequest("rigid", method, mask=chosen)
        moved = away(Mesh(bulged, head.faces, region_weights=weights), 1.0)
        back = move_mesh(moved, align_pair(moved, reference, request).similarity)
        assert np.nanmax(measure_field("nearest", back, reference).values[chosen]) < 0.2


def test_none_leaves_everything_where_it_is(head):
    found = align_pair(away(head, 2.0), Reference(head), AlignmentRequest())
    assert (found.method, found.rms_mm, found.similarity.scale) == ("none", 0.0, 1.0)


def test_what_does_not_fit_is_refused(head):
    reference = Reference(head)
    with pytest.raises(InputError, match="same topology"):
        align_pair(sphere(80.0, 2), reference, AlignmentRequest("rigid", "corresponding"))
    with pytest.raises(InputError, match="three pairs"):
        align_pair(head, reference, AlignmentRequest("rigid", "landmarks"))
    with pytest.raises(InputError, match="no alignment 'affine'"):
        AlignmentRequest("affine")
    inside_out = Mesh(head.vertices, head.faces[:, ::-1])
    with pytest.raises(InputError, match="could not be laid"):
        align_pair(inside_out, reference, AlignmentRequest("rigid", "icp"))
