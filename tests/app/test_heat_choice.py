"""Ranges and brushes of a heatmap's colours."""

import numpy as np

from app.comparison.heat_choice import DIMMED, HeatChoice
from engine.evaluation.color_maps import NO_VALUE
from engine.evaluation.fields import ScalarField

VALUES = np.array([-4.0, -1.0, 0.0, 0.5, 2.0])


def test_a_fixed_range_is_taken_as_it_is() -> None:
    style = HeatChoice(percentile=None, low=0.25, high=3.0, reverse=True, mask_below=0.5).style([])
    assert (style.low, style.high, style.reverse, style.mask_below) == (0.25, 3.0, True, 0.5)


def test_a_percentile_is_of_all_fields_together() -> None:
    fields = [ScalarField("nearest", values) for values in (np.zeros(99), np.full(1, 8.0))]
    assert HeatChoice(percentile=100.0).style(fields).high == 8.0
    assert HeatChoice(percentile=50.0).style(fields).high < 8.0


def test_without_values_there_is_a_range_all_the_same() -> None:
    style = HeatChoice("signed").style([])
    assert (style.low, style.high) == (-1.0, 1.0)
    assert HeatChoice().style([]).low == 0.0


def test_what_is_not_under_the_brush_is_greyed() -> None:
    colors = np.full((5, 3), 200, np.uint8)
    drawn = HeatChoice(brush=(-1.0, 0.5)).brushed(colors, VALUES)
    np.testing.assert_array_equal(drawn[1:4], colors[1:4])
    grey = (DIMMED * 200 + (1 - DIMMED) * np.array(NO_VALUE)).astype(np.uint8)
    np.testing.assert_array_equal(drawn[[0, 4]], np.tile(grey, (2, 1)))
    assert (colors == 200).all(), "the colours that were handed in stay"
    assert HeatChoice().brushed(colors, VALUES) is colors


def test_what_has_no_value_is_never_under_the_brush() -> None:
    colors = np.full((1, 3), 200, np.uint8)
    drawn = HeatChoice(brush=(-np.inf, np.inf)).brushed(colors, np.array([np.nan]))
    assert (drawn != colors).any()
