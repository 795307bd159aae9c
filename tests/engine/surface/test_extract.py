import numpy as np
import pytest
from scipy.spatial import KDTree

from engine.errors import Cancelled, InputError
from engine.geometry.topology import euler_number, is_watertight, vertex_components
from engine.models.protocol import SignedField
from engine.progress import CancelToken
from engine.surface import extract_surface
from tests.engine.surface.fields import (
    Counting,
    area,
    crossed_edges,
    dense_surface,
    dense_values,
    ellipsoid,
    field_of,
    noise,
    sphere,
    torus,
    union,
    volume,
)


def thin_disc(radius: float = 70.0, thickness: float = 2.0) -> SignedField:
    """A flat cylinder around x, much thinner than a coarse cell."""

    def evaluate(p):
        across = np.abs(p[:, 0] - 0.7) - thickness / 2
        return np.maximum(across, np.hypot(p[:, 1], p[:, 2]) - radius).astype(np.float32)

    return field_of(evaluate, 110.0)


def hollow_sphere(radius: float = 70.0, thickness: float = 4.0) -> SignedField:
    return field_of(
        lambda p: np.abs(np.linalg.norm(p, axis=1) - radius) - np.float32(thickness / 2), 110.0
    )


SHAPES = {
    "sphere": (sphere(), 2),
    "ellipsoid": (ellipsoid(), 2),
    "torus": (torus(), 0),
    "fin": (union(sphere(50.0, (0, 0, 0), 110.0), thin_disc()), 2),
    "shell": (hollow_sphere(), 4),
}


@pytest.mark.parametrize(
    ("name", "resolution"),
    [(name, 128) for name in SHAPES] + [("sphere", 40), ("ellipsoid", 64), ("torus", 40)],
)
def test_surface_is_closed_and_has_the_genus_of_its_shape(name, resolution):
    field, euler = SHAPES[name]
    surface = extract_surface(field, resolution, components="all")
    assert is_watertight(surface.mesh.faces)
    assert euler_number(surface.mesh.faces) == euler
    assert volume(surface) > 0


def test_sphere_converges_to_its_measures_quadratically():
    radius = 80.0
    off = []
    for resolution in (32, 64, 128):
        surface = extract_surface(sphere(radius), resolution)
        off.append(
            [
                1 - volume(surface) / (4 / 3 * np.pi * radius**3),
                1 - area(surface) / (4 * np.pi * radius**2),
            ]
        )
    errors = np.array(off)
    assert (errors > 0).all()
    assert (errors[:-1] / errors[1:] > 3.5).all(), errors
    assert (errors[-1] < 8e-4).all(), errors


def test_vertices_of_a_sphere_lie_on_it():
    surface = extract_surface(sphere(80.0, (3, -5, 7)), 128)
    radii = np.linalg.norm(surface.mesh.vertices - np.array([3.0, -5.0, 7.0]), axis=1)
    # The chord of a grid edge: h² / 8r.
    assert np.abs(radii - 80.0).max() < 1.05 * surface.grid.spacing**2 / (8 * 80.0)


def test_ellipsoid_and_torus_have_their_volume():
    assert volume(extract_surface(ellipsoid((78, 115, 95)), 96)) == pytest.approx(
        4 / 3 * np.pi * 78 * 115 * 95, rel=2e-3
    )
    assert volume(extract_surface(torus(70, 25), 96)) == pytest.approx(
        2 * np.pi**2 * 70 * 25**2, rel=3e-3
    )


@pytest.mark.parametrize("name", SHAPES)
def test_same_vertices_as_the_dense_grid(name):
    field, _ = SHAPES[name]
    surface = extract_surface(field, 64, components="all")
    vertices, faces = dense_surface(field, 64)
    assert len(surface.mesh.vertices) == pytest.approx(len(vertices), rel=2e-3)
    assert len(surface.mesh.faces) == pytest.approx(len(faces), rel=2e-3)
    there, _ = KDTree(vertices).query(surface.mesh.vertices)
    back, _ = KDTree(surface.mesh.vertices).query(vertices)
    # Vertices keep clear of grid corners by a thousandth of a cell; scikit-image's do not.
    near = 2e-3 * surface.grid.spacing
    assert np.percentile(there, 99.5) < near
    assert np.percentile(back, 99.5) < near
    assert max(there.max(), back.max()) < surface.grid.spacing


@pytest.mark.parametrize("resolution", [16, 32])
def test_noise_gives_a_watertight_surface_on_every_crossed_edge(resolution):
    # Random signs meet every case and every pair of ambiguous faces.
    field = noise()
    surface = extract_surface(field, resolution, components="all")
    assert is_watertight(surface.mesh.faces)
    edges = crossed_edges(dense_values(field, resolution))
    assert edges > 5000
    # The remainder are the centres of polygons that no diagonal off the faces divides.
    assert 0 <= len(surface.mesh.vertices) - edges < 0.2 * edges


def waves(period: float) -> SignedField:
    """A maze of three crossed waves, one component and its complement."""
    k = np.array([1.0, 1.2, 1.1]) * 2 * np.pi / period

    def evaluate(p):
        return (np.sin(p * k + [0.0, 1.0, 0.0]).sum(axis=1) / k.max()).astype(np.float32)

    return field_of(evaluate, 40.0, 1.8)


@pytest.mark.parametrize("period", [4.0, 6.0, 15.0])
def test_waves_that_the_coarser_grids_predict_wrongly_are_followed(period):
    # Cells are 1.25 mm, those that predict them 2.5 mm.
    surface = extract_surface(waves(period), 64, components="all")
    values = dense_values(waves(period), 64)
    assert is_watertight(surface.mesh.faces)
    # Every vertex is on a crossed edge of the dense grid, between two measured values.
    grid = surface.grid
    places = (surface.mesh.vertices - grid.origin) / grid.spacing
    fraction = places - np.round(places)
    on_edge = (np.abs(fraction) < 1e-4).sum(axis=1) == 2
    assert on_edge.mean() > 0.98
    lower = np.floor(places[on_edge] + 1e-4).astype(int)
    axis = np.abs(fraction[on_edge]).argmax(axis=1)
    upper = lower + np.eye(3, dtype=int)[axis]
    at_lower, at_upper = values[tuple(lower.T)], values[tuple(upper.T)]
    assert ((at_lower < 0) != (at_upper < 0)).all()
    np.testing.assert_allclose(
        np.take_along_axis(places[on_edge] - lower, axis[:, None], 1)[:, 0],
        np.clip(at_lower / (at_lower - at_upper), 1e-3, 1 - 1e-3),
        atol=2e-3,
    )
    assert on_edge.sum() > 0.97 * crossed_edges(values)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_ambiguous_faces_are_cut_as_the_saddle_says(side):
    # (x - s)(y - s) = side · c, with s in the middle of a cell: two branches in opposite
    # quadrants, both of which pass through that cell.
    half, resolution = 16.0, 16
    cell = 2 * half / resolution
    middle, c = np.float32(cell / 2), np.float32(side * 0.1 * (cell / 2) ** 2)
    field = field_of(
        lambda p: ((p[:, 0] - middle) * (p[:, 1] - middle) - c) / np.float32(half), half, 2.0
    )
    mesh = extract_surface(field, resolution, components="all").mesh
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    x, y, z = centres.T
    within = (np.abs(x - middle) < middle) & (np.abs(y - middle) < middle) & (np.abs(z) < 12.0)
    assert within.sum() > 20
    assert (side * (x - middle) * (y - middle) > 0)[within].all()


def test_triangles_are_not_degenerate_where_the_surface_passes_through_corners():
    cube = field_of(lambda p: np.abs(p).max(axis=1) - np.float32(8.0), 16.0, 1.0)
    surface = extract_surface(cube, 16)
    a, b, c = np.moveaxis(surface.mesh.vertices[surface.mesh.faces], 1, 0)
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).min() > 0
    assert volume(surface) == pytest.approx(16.0**3, rel=0.1)


def test_largest_component_is_kept_unless_all_are_wanted():
    field = union(sphere(60.0, (-50, 0, 0)), sphere(20.0, (80, 0, 0)))
    every = extract_surface(field, 64, components="all").mesh
    largest = extract_surface(field, 64, components="largest").mesh
    assert vertex_components(every.faces, len(every.vertices)).max() == 1
    assert vertex_components(largest.faces, len(largest.vertices)).max() == 0
    assert largest.vertices[:, 0].max() < 11.0
    assert every.vertices[:, 0].max() == pytest.approx(100.0, abs=1.0)


def test_a_component_as_small_as_a_searched_cell_is_found():
    field = union(sphere(60.0, (0, 0, 0)), sphere(5.5, (95, 120, -80)))
    mesh = extract_surface(field, 128, components="all").mesh
    assert vertex_components(mesh.faces, len(mesh.vertices)).max() == 1


def test_refined_vertices_lie_on_the_zero_set():
    field = ellipsoid()
    plain, refined = (extract_surface(field, 48, refine=wish) for wish in (False, True))
    off = [np.abs(field.evaluate(s.mesh.vertices)).max() for s in (plain, refined)]
    assert off[1] < 0.02 * off[0]
    assert refined.evaluations == plain.evaluations + len(plain.mesh.vertices)
    np.testing.assert_array_equal(refined.mesh.faces, plain.mesh.faces)


def test_surface_that_leaves_the_box_is_closed_there():
    surface = extract_surface(sphere(60.0, (0, 0, 0), half=(50.0, 80.0, 80.0)), 64)
    assert is_watertight(surface.mesh.faces)
    assert np.abs(surface.mesh.vertices[:, 0]).max() == pytest.approx(50.0, abs=0.05)
    cap = np.pi * 10.0**2 * (3 * 60.0 - 10.0) / 3
    assert volume(surface) == pytest.approx(4 / 3 * np.pi * 60.0**3 - 2 * cap, rel=5e-3)


@pytest.mark.parametrize(("resolution", "most"), [(64, 5.2), (128, 2.8), (256, 2.3)])
def test_evaluations_stay_close_to_two_per_cell_of_surface(resolution, most):
    counting = Counting(ellipsoid())
    surface = extract_surface(counting.field, resolution)
    assert surface.evaluations == len(counting.points)
    inside = counting.points[(np.abs(counting.points) < counting.field.upper).all(axis=1)]
    assert len(np.unique(inside, axis=0)) == len(inside)
    assert surface.evaluations < most * area(surface) / surface.grid.spacing**2


@pytest.mark.parametrize("resolution", [64, 100, 200])
def test_cells_have_the_size_that_the_resolution_asks_for(resolution):
    surface = extract_surface(sphere(), resolution)
    assert surface.resolution == resolution
    assert surface.grid.spacing == pytest.approx(340.0 / resolution)


def test_progress_runs_from_zero_to_one():
    seen: list[float] = []
    extract_surface(sphere(), 128, progress=lambda fraction, text: seen.append(fraction))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(seen) >= 5


def test_cancel_stops_before_the_next_chunk():
    token = CancelToken()
    counting = Counting(sphere())

    def cancel_in_the_third_call(points):
        if len(counting.calls) == 2:
            token.cancel()
        return counting.field.evaluate(points)

    field = field_of(cancel_in_the_third_call)
    with pytest.raises(Cancelled):
        extract_surface(field, 256, token)
    assert len(counting.calls) == 3


def test_field_without_a_zero_set_is_refused():
    with pytest.raises(InputError, match=r"no surface inside its box: its values run from 5\.00"):
        extract_surface(field_of(lambda p: np.full(len(p), 5.0, np.float32)), 64)
    with pytest.raises(InputError, match="no surface"):
        extract_surface(sphere(5.0, (0.0, 0.0, 500.0)), 64)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_field_that_is_not_finite_is_refused(bad):
    def evaluate(p):
        values = np.linalg.norm(p, axis=1) - np.float32(80.0)
        values[p[:, 0] > 20.0] = bad
        return values

    with pytest.raises(InputError, match=r"The field is (nan|inf) at \("):
        extract_surface(field_of(evaluate), 64)


def test_field_of_the_wrong_shape_is_refused():
    with pytest.raises(InputError, match=r"expected \(\d+,\)"):
        extract_surface(field_of(lambda p: p), 64)


@pytest.mark.parametrize("resolution", [0, 7, 1025, 64.5])
def test_resolution_out_of_range_is_refused(resolution):
    with pytest.raises(InputError, match="from 8 to 1024"):
        extract_surface(sphere(), resolution)


def test_other_arguments_out_of_range_are_refused():
    with pytest.raises(InputError, match="'largest' or 'all'"):
        extract_surface(sphere(), 64, components="some")
    box = np.float32([1, 1, 1])
    with pytest.raises(InputError, match="box"):
        extract_surface(SignedField(sphere().evaluate, box, box, 1.0), 64)
    with pytest.raises(InputError, match="gradient bound"):
        extract_surface(field_of(sphere().evaluate, lipschitz=float("nan")), 64)
