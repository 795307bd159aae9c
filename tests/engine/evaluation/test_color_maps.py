import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from engine.errors import InputError
from engine.evaluation.color_maps import (
    COLOR_MAPS,
    NO_VALUE,
    SIZE,
    color_map,
    default_map,
    monotone_path,
)

DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
"""Machado et al., "A Physiologically-based Model for Simulation of Color Vision", 2009."""


def linear(table):
    unit = np.asarray(table) / 255.0
    return np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)


def oklab(light):
    roots = np.cbrt(
        np.clip(light, 0, 1)
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return roots @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def steps(table):
    """Perceived steps over eight entries at once, so that rounding to bytes does not count."""
    return np.linalg.norm(np.diff(oklab(linear(table))[::8], axis=0), axis=1)


@pytest.mark.parametrize("name", COLOR_MAPS)
def test_lightness_alone_tells_the_order(name):
    light = oklab(linear(color_map(name).table))[:, 0]
    if COLOR_MAPS[name] == "sequential":
        change = np.diff(light[::4])
        assert (change > 0).all() or (change < 0).all()
    else:
        middle = SIZE // 2
        assert (np.diff(light[:middle:4]) > 0).all()
        assert (np.diff(light[middle::4]) < 0).all()
        np.testing.assert_allclose(light, light[::-1], atol=0.03)


@pytest.mark.parametrize("name", ["ember", "vane"])
def test_steps_look_even(name):
    sizes = steps(color_map(name).table)
    assert sizes.max() < 1.35 * sizes.min()


@pytest.mark.parametrize("deficiency", [DEUTERANOPIA, PROTANOPIA])
def test_colour_blind_readers_tell_the_signs_apart(deficiency):
    seen = oklab(linear(color_map("vane").table) @ deficiency.T)
    ends = np.linalg.norm(seen[:64] - seen[::-1][:64], axis=1)
    assert ends.min() > 0.15  # a step of 0.02 can be seen


def test_painting_by_hand():
    found = color_map("viridis")
    colors = found.paint(np.array([-1.0, 0.0, 5.0, 10.0, 99.0, np.nan]), 0.0, 10.0)
    np.testing.assert_array_equal(colors[[0, 1]], found.table[[0, 0]])
    np.testing.assert_array_equal(colors[2], found.table[128])
    np.testing.assert_array_equal(colors[[3, 4]], found.table[[255, 255]])
    assert tuple(colors[5]) == NO_VALUE


def test_the_mask_hides_small_magnitudes_of_either_sign():
    colors = color_map("vane").paint(np.array([-2.0, -0.5, 0.5, 2.0]), -2.0, 2.0, mask_below=1.0)
    assert [tuple(color) == NO_VALUE for color in colors] == [False, True, True, False]


def test_reversing_turns_the_table():
    plain, turned = color_map("inferno"), color_map("inferno", is_reversed=True)
    np.testing.assert_array_equal(plain.table[::-1], turned.table)
    assert default_map(signed=True) == "vane"
    assert COLOR_MAPS[default_map(signed=False)] == "sequential"


@pytest.mark.parametrize("name", ["viridis", "inferno", "magma", "cividis"])
def test_tables_agree_with_matplotlibs(name):
    matplotlib = pytest.importorskip("matplotlib")
    theirs = np.round(255 * np.array(matplotlib.colormaps[name](np.arange(SIZE)))[:, :3])
    ours = color_map(name).table.astype(float)
    # cividis begins with a kink of blue that every fifth colour rounds off.
    assert np.abs(ours - theirs).max() <= (4 if name == "cividis" else 1)


def test_what_cannot_be_painted_is_refused():
    with pytest.raises(InputError, match="no colour map 'jet'"):
        color_map("jet")
    for low, high in ((1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)):
        with pytest.raises(InputError, match="range of colours"):
            color_map("ember").paint(np.zeros(3), low, high)


@pytest.mark.parametrize("count", [3, 4, 9])
def test_the_path_through_colours_is_scipys(count):
    # Plateaus and turns are where such a path differs from others.
    nodes = np.round(np.random.default_rng(count).normal(size=(count, 40)), 0)
    wanted = PchipInterpolator(np.linspace(0, 1, count), nodes)(np.linspace(0, 1, 301))
    np.testing.assert_allclose(monotone_path(nodes, 301), wanted, atol=1e-12)
