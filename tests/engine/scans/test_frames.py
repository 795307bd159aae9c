import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.similarity import Similarity
from engine.scans.frames import (
    AXES,
    FrameGuess,
    frame_candidates,
    frame_of,
    guess_frame,
    mirror_errors,
    placed_by,
    turn_of,
)
from tests.engine.geometry.shapes import sphere
from tests.engine.scans.heads import free_head, mask_of
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def head():
    return free_head(SyntheticModel(), seed=2, resolution=48)


@pytest.mark.parametrize(
    ("unit_mm", "name"), [(1.0, "mm"), (10.0, "cm"), (1000.0, "m"), (25.4, "inch")]
)
def test_the_unit_is_the_one_that_makes_a_head(head, unit_mm, name):
    guess = guess_frame(head.with_vertices(head.vertices / unit_mm))
    names = [frame.unit_name for frame in frame_candidates(
        head.with_vertices(head.vertices / unit_mm)).all]  # fmt: skip
    assert name in names
    assert guess.unit_name == name
    assert (guess.up, guess.forward) == ("+y", "+z")
    assert guess.height_mm == pytest.approx(np.ptp(head.vertices[:, 1]), rel=0.05)


def test_a_size_that_no_unit_explains_is_unknown(head):
    guess = guess_frame(head.with_vertices(head.vertices / 130.0))
    assert guess.unit_name == "unknown"
    assert 90.0 < guess.unit_mm < 180.0


@pytest.mark.parametrize(("up", "forward"), [("+z", "-y"), ("-y", "+x"), ("+x", "+y")])
def test_a_mask_shows_where_it_looks(head, up, forward):
    frame = FrameGuess(1.0, "mm", up, forward, 0.0)
    mask = mask_of(head)
    turned = mask.with_vertices((mask.vertices @ turn_of(frame)).astype(np.float32))
    assert guess_frame(turned).forward == forward


def test_left_and_right_lie_along_the_axis_of_symmetry(head):
    points = head.vertices.astype(np.float64)
    assert int(mirror_errors(points).argmin()) == 0
    assert int(mirror_errors(points[:, [2, 0, 1]]).argmin()) == 1


def test_every_pair_of_axes_is_a_proper_turn():
    for up in AXES:
        for forward in AXES:
            frame = FrameGuess(1.0, "mm", up, forward, 0.0)
            if up[1] == forward[1]:
                with pytest.raises(InputError, match="different axes"):
                    turn_of(frame)
            else:
                assert np.linalg.det(turn_of(frame)) == pytest.approx(1.0)


def test_the_frame_of_an_alignment_is_read_back(head):
    for up, forward in (("+z", "-y"), ("-x", "+y")):
        turn = turn_of(FrameGuess(10.0, "cm", up, forward, 0.0))
        tilt = Rotation.from_euler("xyz", (10, -12, 8), degrees=True).as_matrix()
        frame = frame_of(Similarity(tilt @ turn, np.zeros(3), 10.0), head, "cm")
        assert (frame.up, frame.forward, frame.unit_mm) == (up, forward, 10.0)


def test_placing_by_a_frame_puts_the_middle_where_it_is_wanted():
    ball = sphere(radius=2.0, subdivisions=3)
    away = ball.with_vertices(ball.vertices + np.array([7, 8, 9], np.float32))
    placing = placed_by(FrameGuess(10.0, "cm", "+z", "-y", 0.0), away, np.array([1.0, 2.0, 3.0]))
    placed = placing.apply(away.vertices)
    np.testing.assert_allclose(placed.mean(axis=0), [1, 2, 3], atol=0.05)
    assert np.ptp(placed, axis=0) == pytest.approx([40, 40, 40], rel=1e-3)
