"""Files hold the normals that the viewport draws with, at the edge of a plane too."""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.formats import write_mesh
from engine.geometry.formats.ply_tables import read_tables
from engine.geometry.normals import vertex_normals
from engine.geometry.shading_normals import shading_normals
from tests.engine.geometry.shapes import cut_column

COLUMN = cut_column(around=24, along=12)


def check(written: NDArray) -> None:
    wanted = shading_normals(COLUMN.vertices, COLUMN.faces)
    np.testing.assert_allclose(written, wanted, atol=1e-5)
    plain = vertex_normals(COLUMN.vertices, COLUMN.faces)
    assert np.abs(written - plain).max() > 0.2, "the edge is mended"


def test_obj(tmp_path):
    write_mesh(tmp_path / "column.obj", COLUMN)
    lines = (tmp_path / "column.obj").read_text().splitlines()
    check(np.array([line.split()[1:] for line in lines if line.startswith("vn ")], float))


def test_ply(tmp_path):
    write_mesh(tmp_path / "column.ply", COLUMN)
    columns = read_tables((tmp_path / "column.ply").read_bytes())["vertex"].columns
    check(np.column_stack([columns[name] for name in ("nx", "ny", "nz")]))
