"""Spots that were picked on a scan and on the face."""

import numpy as np
import pytest

from app.scan.point_pairs import PointPair, align_pairs, with_point
from engine.errors import InputError
from engine.geometry.similarity import Similarity

TURN = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
SPOTS = np.array([[10.0, 0, 90], [-40, 30, 60], [40, 30, 60], [0, -60, 70]])


def place(*values: float) -> np.ndarray:
    return np.array(values)


def pairs_by(truth: Similarity) -> list[PointPair]:
    there = truth.inverse().apply(SPOTS)
    return [PointPair(scan, model) for scan, model in zip(there, SPOTS, strict=True)]


def test_clicks_complete_a_pair_in_either_order() -> None:
    (first,) = with_point((), "model", place(1, 2, 3))
    assert not first.complete
    (corrected,) = with_point((first,), "model", place(4, 5, 6))
    (whole,) = with_point((corrected,), "scan", place(7, 8, 9))
    assert whole.complete
    np.testing.assert_array_equal(whole.model, [4, 5, 6])
    np.testing.assert_array_equal(whole.scan, [7, 8, 9])
    kept, fresh = with_point((whole,), "scan", place(0, 0, 1))
    assert kept is whole
    assert fresh.model is None


def test_pairs_tell_place_and_size() -> None:
    truth = Similarity(TURN, place(4.0, -7.0, 12.0), 10.0)
    found = align_pairs(pairs_by(truth), None)
    there = found.similarity.apply(truth.inverse().apply(SPOTS))
    np.testing.assert_allclose(there, SPOTS, atol=1e-9)
    assert found.similarity.scale == pytest.approx(10.0)
    assert found.rms_mm == pytest.approx(0.0, abs=1e-9)


def test_a_known_unit_is_kept() -> None:
    larger = Similarity(TURN, place(4.0, -7.0, 12.0), 11.0)
    found = align_pairs(pairs_by(larger), 10.0)
    assert found.similarity.scale == pytest.approx(10.0)
    assert found.rms_mm > 1.0


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(InputError):
        align_pairs(pairs_by(Similarity.identity())[:2], 1.0)
    with pytest.raises(InputError):
        align_pairs([], None)
