"""Layers of detail between two faces."""

import numpy as np
import pytest

from engine.editing.residual import ResidualLayer
from engine.editing.residual_blend import blend_layers
from engine.errors import InputError
from engine.models.protocol import REGIONS
from tests.synthetic_model import SyntheticModel

TEMPLATE = SyntheticModel(16, 20).template
WEIGHTS = np.asarray(TEMPLATE.region_weights)


def layer(seed: int, **strengths: float) -> ResidualLayer:
    rng = np.random.default_rng(seed)
    full = dict.fromkeys(REGIONS, 1.0) | strengths
    return ResidualLayer(rng.standard_normal((len(WEIGHTS), 3)), full)


def applied(found: ResidualLayer | None) -> np.ndarray:
    assert found is not None
    return found.apply(TEMPLATE.vertices, TEMPLATE.faces, WEIGHTS) - TEMPLATE.vertices


def test_the_ends_are_the_two_layers() -> None:
    first, second = layer(1, nose=0.4), layer(2, mouth=0.2)
    assert blend_layers(first, second, {"nose": 0.0}, WEIGHTS) is first
    whole = dict.fromkeys(REGIONS, 1.0)
    found = applied(blend_layers(first, second, whole, WEIGHTS))
    np.testing.assert_allclose(found, applied(second), atol=1e-4)


def test_between_the_ends_the_motions_are_mixed() -> None:
    first, second = layer(1, nose=0.4), layer(2, mouth=0.2)
    found = applied(blend_layers(first, second, dict.fromkeys(REGIONS, 0.25), WEIGHTS))
    wanted = 0.75 * applied(first) + 0.25 * applied(second)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_one_part_comes_over_alone() -> None:
    first, second = layer(1), layer(2)
    found = applied(blend_layers(first, second, {"nose": 1.0, "expression": 1.0}, WEIGHTS))
    nose = WEIGHTS[:, REGIONS.index("nose")]
    np.testing.assert_allclose(found[nose == 0.0], applied(first)[nose == 0.0], atol=1e-4)
    np.testing.assert_allclose(found[nose == 1.0], applied(second)[nose == 1.0], atol=1e-4)


def test_a_face_without_a_layer_counts_as_bare() -> None:
    second = layer(2)
    assert blend_layers(None, None, {"nose": 1.0}, WEIGHTS) is None
    found = applied(blend_layers(None, second, dict.fromkeys(REGIONS, 0.5), WEIGHTS))
    np.testing.assert_allclose(found, 0.5 * applied(second), atol=1e-4)
    gone = applied(blend_layers(second, None, dict.fromkeys(REGIONS, 1.0), WEIGHTS))
    assert np.abs(gone).max() < 1e-5


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="fraction of nose"):
        blend_layers(layer(1), None, {"nose": 1.5}, WEIGHTS)
    with pytest.raises(InputError, match="vertices, the template"):
        blend_layers(ResidualLayer(np.zeros((4, 3))), None, {"nose": 1.0}, WEIGHTS)
