import numpy as np
import pytest

from engine.surface.cube_cases import (
    CENTRE,
    CORNERS,
    EDGE_AXIS,
    EDGE_START,
    cube_cases,
    face_corners,
)


def ends(edge: int) -> tuple[int, int]:
    start = int(EDGE_START[edge])
    return start, start | 1 << int(EDGE_AXIS[edge])


def variants() -> list[tuple[int, int]]:
    """Every case with every choice on its ambiguous faces."""
    ambiguous = cube_cases().ambiguous_faces
    return [
        (case, joined)
        for case in range(256)
        for joined in range(64)
        if joined & int(ambiguous[case]) == joined
    ]


def triangles_of(case: int, joined: int) -> np.ndarray:
    table = cube_cases()
    variant = table.variant[case, joined]
    return table.triangles[table.first[variant] : table.first[variant + 1]]


def on_one_face(a: int, b: int) -> bool:
    corners = {*ends(a), *ends(b)}
    return any(corners <= set(face_corners(face)) for face in range(6))


def test_faces_are_counter_clockwise_from_outside():
    for face in range(6):
        a, b, c, d = (CORNERS[:, corner] for corner in face_corners(face))
        normal = np.cross(b - a, c - b)
        outward = (a + b + c + d) / 4 - 0.5
        assert normal @ outward > 0


def test_triangles_use_all_crossed_edges_of_a_case_and_no_others():
    for case, joined in variants():
        crossed = {
            edge for edge in range(12) if len({case >> corner & 1 for corner in ends(edge)}) == 2
        }
        assert set(triangles_of(case, joined).ravel()) - {CENTRE} == crossed


def test_inner_sides_pair_up_and_rims_lie_on_faces():
    for case, joined in variants():
        sides = [
            (int(a), int(b))
            for triangle in triangles_of(case, joined)
            for a, b in zip(triangle, np.roll(triangle, -1), strict=True)
        ]
        assert len(set(sides)) == len(sides)
        for a, b in sides:
            rim = (b, a) not in sides
            assert rim == (CENTRE not in (a, b) and on_one_face(a, b)), (case, joined)


@pytest.mark.parametrize("corner", range(8))
def test_a_single_inside_corner_is_cut_off_facing_outwards(corner):
    (triangle,) = triangles_of(1 << corner, 0)
    a, b, c = ((CORNERS[:, ends(e)[0]] + CORNERS[:, ends(e)[1]]) / 2 for e in triangle)
    assert np.cross(b - a, c - a) @ ((a + b + c) / 3 - CORNERS[:, corner]) > 0


def test_complement_has_as_many_crossings():
    table = cube_cases()
    np.testing.assert_array_equal(table.mixed_faces, table.mixed_faces[::-1])
    np.testing.assert_array_equal(table.ambiguous_faces, table.ambiguous_faces[::-1])
    np.testing.assert_array_equal(table.edge_ends, table.edge_ends[::-1])
    assert not len(triangles_of(0, 0))
    assert not len(triangles_of(255, 0))
