"""Narrow-band extraction against the naive dense grid, on a field that costs what a network does.

Run with `pytest -m benchmark tests/benchmarks/test_extraction_speed.py`.
"""

from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from engine.errors import Cancelled
from engine.models.protocol import SignedField
from engine.progress import CancelToken, ignore_progress
from engine.surface import Surface, extract_surface, update_surface
from engine.surface.sampler import FieldSampler

pytestmark = pytest.mark.benchmark

HALF = np.float32([130.0, 170.0, 115.0])
RADII = np.float32([105.0, 145.0, 110.0]) * np.float32(0.92)
NOSE = np.float32([0.0, 0.0, 101.0])
REACH = 40.0
WIDTH = 128
STAGES = 6
"""With so many the field costs about 5 µs per point and core, as the parts model does."""


class NetworkCost:
    """The work of small sine networks, 3 → 128 → 128 → 1, `STAGES` times per point."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._first = rng.normal(size=(3, WIDTH)).astype(np.float32)
        self._second = rng.normal(size=(WIDTH, WIDTH)).astype(np.float32) / np.float32(WIDTH)
        self._last = rng.normal(size=WIDTH).astype(np.float32)

    def spend(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """A number between -1 and 1 per point, which the callers scale to nothing."""
        result = np.empty(len(points), np.float32)
        for start in range(0, len(points), 4096):
            part = slice(start, start + 4096)
            for _ in range(STAGES):
                hidden = np.sin(points[part] @ self._first)
                result[part] = np.tanh(np.sin(hidden @ self._second) @ self._last)
        return result


def head(nose: float) -> SignedField:
    """A head-sized ellipsoid with a bump of `nose` mm, as costly as a network."""
    cost = NetworkCost()

    def evaluate(points: NDArray[np.float32]) -> NDArray[np.float32]:
        distance = RADII.min() * (np.linalg.norm(points / RADII, axis=1) - 1)
        near = np.clip(1 - ((points - NOSE) ** 2).sum(axis=1) / REACH**2, 0, 1)
        return (distance - nose * near**3 + 1e-6 * cost.spend(points)).astype(np.float32)

    return SignedField(evaluate, -HALF, HALF, 1.3)


def near_nose(points: NDArray[np.float32]) -> NDArray[np.bool_]:
    return ((points - NOSE) ** 2).sum(axis=1) < REACH**2


def dense_grid(field: SignedField, half: NDArray[np.float32], spacing: float) -> int:
    """The naive way in the box from -half to half; returns the number of evaluations."""
    axes = [np.arange(-side, side + spacing / 2, spacing) for side in half.astype(np.float64)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    sampler = FieldSampler(field)
    values = sampler.sample(points.reshape(-1, 3)).reshape(points.shape[:3])
    marching_cubes(values, 0.0)
    return sampler.evaluations


@pytest.mark.parametrize("resolution", [64, 128, 256])
def test_extraction(benchmark, resolution):
    field = head(0.0)
    surface = benchmark.pedantic(
        lambda: extract_surface(field, resolution), rounds=3, warmup_rounds=1
    )
    benchmark.extra_info.update(_describe(surface))


@pytest.mark.parametrize("resolution", [128, 256])
def test_update_after_an_edit_of_the_nose(benchmark, resolution):
    before = extract_surface(head(0.0), resolution)
    field = head(6.0)
    surface = benchmark.pedantic(
        lambda: update_surface(before, field, near_nose), rounds=3, warmup_rounds=1
    )
    benchmark.extra_info.update(_describe(surface))
    benchmark.extra_info["fraction_evaluated"] = surface.evaluations / before.evaluations
    assert surface.evaluations < 0.15 * before.evaluations


def test_band_against_dense_grid_at_128(benchmark):
    """The rivals: a cube of 128³ cells, and the same cells in the head's own box only."""
    field = head(0.0)
    surface = benchmark.pedantic(lambda: extract_surface(field, 128), rounds=5, warmup_rounds=1)
    quick = benchmark.stats.stats.median
    benchmark.extra_info.update(_describe(surface))
    ratios = {}
    for name, half in (("cube", np.full(3, HALF.max())), ("box", HALF)):
        start = perf_counter()
        evaluations = dense_grid(field, half, surface.grid.spacing)
        slow = perf_counter() - start
        ratios[name] = slow / quick
        print(
            f"\n128, {name}: dense {evaluations} evaluations {slow:.2f} s, band "
            f"{surface.evaluations} evaluations {quick:.3f} s: {ratios[name]:.1f} times faster, "
            f"{evaluations / surface.evaluations:.1f} times fewer evaluations"
        )
        benchmark.extra_info[f"times_faster_than_{name}"] = ratios[name]
        benchmark.extra_info[f"dense_evaluations_{name}"] = evaluations
    assert ratios["cube"] > 15
    assert ratios["box"] > 8


@pytest.mark.parametrize(("resolution", "most"), [(128, 150_000), (256, 550_000)])
def test_evaluations_of_a_head_are_few(benchmark, resolution, most):
    field = head(0.0)
    surface = benchmark.pedantic(lambda: extract_surface(field, resolution), rounds=1)
    benchmark.extra_info.update(_describe(surface))
    assert surface.evaluations < most


@pytest.mark.parametrize("resolution", [128, 256])
def test_work_beside_the_evaluations(benchmark, resolution):
    field = head(0.0)
    answers: list[NDArray[np.float32]] = []

    def remember(points: NDArray[np.float32]) -> NDArray[np.float32]:
        answers.append(field.evaluate(points))
        return answers[-1]

    extract_surface(SignedField(remember, field.lower, field.upper, field.lipschitz), resolution)

    def replay() -> Surface:
        remembered = iter(answers)
        replayed = SignedField(
            lambda points: next(remembered), field.lower, field.upper, field.lipschitz
        )
        return extract_surface(replayed, resolution)

    surface = benchmark.pedantic(replay, rounds=5, warmup_rounds=1)
    benchmark.extra_info.update(_describe(surface))


def test_cancel_is_prompt(benchmark):
    """From raising the token, in the middle of a long extraction, to its end."""
    field = head(0.0)

    def delay() -> float:
        token = CancelToken()
        raised = [0.0]

        def cancel_late(points: NDArray[np.float32]) -> NDArray[np.float32]:
            if not raised[0] and len(points) > 16_000:
                token.cancel()
                raised[0] = perf_counter()
            return field.evaluate(points)

        slow = SignedField(cancel_late, field.lower, field.upper, field.lipschitz)
        with pytest.raises(Cancelled):
            extract_surface(slow, 256, token, ignore_progress)
        return perf_counter() - raised[0]

    waited = benchmark.pedantic(delay, rounds=1)
    benchmark.extra_info["seconds_after_cancel"] = waited
    assert waited < 1.0


def _describe(surface: Surface) -> dict[str, int]:
    return {
        "evaluations": surface.evaluations,
        "vertices": len(surface.mesh.vertices),
        "faces": len(surface.mesh.faces),
    }
