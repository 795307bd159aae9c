"""A person's shape from several photographs: errors that are known are undone."""

import numpy as np
import pytest

from engine.errors import InputError, WeightsError
from engine.photo.person_shape import TENSORS, PersonShape

SIZE, PEOPLE, EACH = 6, 1500, 4
DRAWN = np.linspace(0.2, 0.9, SIZE)
"""How far along each direction a photograph goes from the mean to the truth."""


def made_up(seed: int, people: int = PEOPLE, each: int = EACH) -> tuple[np.ndarray, ...]:
    """Shapes `(N, S)` drawn to the mean, turned, and wrong by person and by photograph."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((SIZE, SIZE)))
    truth = rng.standard_normal((people, SIZE))
    owner = np.repeat(np.arange(people), each)
    person = 0.2 * rng.standard_normal((people, SIZE))
    single = 0.3 * rng.standard_normal((people * each, SIZE))
    return (truth * DRAWN @ turn + person)[owner] + single, truth[owner], owner


def error(estimates: np.ndarray, truth: np.ndarray) -> float:
    return float(((np.asarray(estimates) - truth) ** 2).sum(1).mean())


def best_possible(photographs: int) -> float:
    """Posterior variance of the truth from the mean of some photographs, by hand."""
    noise = 0.2**2 + 0.3**2 / photographs
    return float((noise / (DRAWN**2 + noise)).sum())


def test_the_estimate_is_as_good_as_can_be() -> None:
    known = PersonShape.measured(*made_up(0))
    shapes, truth, _ = made_up(1)
    grouped, wanted = shapes.reshape(-1, EACH, SIZE), truth[::EACH]
    for count in (1, 2, 4):
        found = [known.estimate(several[:count]) for several in grouped]
        assert error(np.array(found), wanted) == pytest.approx(best_possible(count), rel=0.05)
        assert error(np.array(found), wanted) < 0.8 * error(grouped[:, :count].mean(1), wanted)


def test_a_photograph_that_is_not_trusted_counts_for_less() -> None:
    known = PersonShape.measured(*made_up(0, people=200))
    good, bad = made_up(1, people=1)[0][:2]
    both = np.stack([good, bad])
    nearly = known.estimate(both, np.array([1.0, 1e-9]))
    alike = known.estimate(np.stack([good, good]))
    assert np.allclose(nearly, alike, atol=1e-6)
    assert np.abs(known.estimate(both) - alike).max() > 1e-3


def test_any_number_of_photographs_of_a_person_measures_the_same() -> None:
    shapes, truth, owner = made_up(0)
    rng = np.random.default_rng(3)
    kept = np.flatnonzero(rng.random(len(owner)) < 0.7)
    whole, part = (
        PersonShape.measured(shapes[rows], truth[rows], owner[rows])
        for rows in (np.arange(len(owner)), rng.permutation(kept))
    )
    for name in ("with_truth", "between", "within"):
        assert np.abs(getattr(whole, name) - getattr(part, name)).max() < 0.05


def test_it_is_kept_in_a_file_of_weights() -> None:
    known = PersonShape.measured(*made_up(0, people=40))
    again = PersonShape.of(known.tensors())
    assert again is not None
    shapes = made_up(1, people=1)[0]
    assert np.allclose(again.estimate(shapes), known.estimate(shapes), atol=1e-4)
    assert PersonShape.of({TENSORS[0]: np.eye(3)}) is None
    damaged = {**known.tensors(), TENSORS[1]: np.full((SIZE, SIZE), np.nan)}
    with pytest.raises(WeightsError, match="Install Lineament again"):
        PersonShape.of(damaged)


def test_one_photograph_of_each_is_refused() -> None:
    shapes, truth, owner = made_up(0, people=20, each=1)
    with pytest.raises(InputError, match="Nobody of 20 people"):
        PersonShape.measured(shapes, truth, owner)
