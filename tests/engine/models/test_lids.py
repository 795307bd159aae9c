"""Trust in the field about the lids."""

import numpy as np

from engine.models.lids import LIDS, MARGIN_MM, trust_in_field


def test_trust_rises_with_the_distance_from_the_margins() -> None:
    vertices = np.full((68 + 5, 3), 500.0, np.float32)
    for side, loop in zip((-30.0, 30.0), LIDS, strict=True):
        for index, mark in enumerate(loop):
            angle = 2 * np.pi * index / 6
            vertices[mark] = (side + 14 * np.cos(angle), 5 * np.sin(angle), 80.0)
    middle = (vertices[36] + vertices[37]) / 2
    away = np.array([0.0, 0.0, 1.0], np.float32)
    for row, distance in enumerate((0.0, MARGIN_MM[0], 3.5, MARGIN_MM[1], 50.0)):
        vertices[68 + row] = middle + distance * away
    trust = trust_in_field(vertices, np.arange(68))
    assert np.allclose(trust[68:], [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-5)
    assert (trust[36:48] == 0.0).all()
    assert trust[0] == 1.0
