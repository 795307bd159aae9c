"""Units and upward axes of files that state neither."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from engine.errors import InputError
from engine.geometry.formats import FileFrame, default_frame, read_mesh, write_mesh
from engine.geometry.formats.file_frame import stated_frame
from engine.geometry.formats.ply_tables import read_tables
from engine.geometry.normals import vertex_normals
from tests.engine.geometry.shapes import mesh_of, sphere

TIP = 7
"""A vertex that is drawn out along +z, as a nose is."""


def nosed_ball():
    ball = sphere(radius=50.0, subdivisions=2)
    vertices = ball.vertices.copy()
    vertices[TIP] = (3.0, 10.0, 90.0)
    return mesh_of(vertices, ball.faces)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl"])
@pytest.mark.parametrize("frame", [FileFrame(u, a) for u in ("mm", "cm", "m") for a in "yz"])
def test_other_programs_see_the_frame_and_this_one_reads_it_back(
    tmp_path: Path, suffix: str, frame: FileFrame
) -> None:
    mesh, path = nosed_ball(), tmp_path / f"head{suffix}"
    write_mesh(path, mesh, frame=frame)
    seen = trimesh.load_mesh(path)
    nose = np.array([3.0, 10.0, 90.0] if frame.up == "y" else [3.0, -90.0, 10.0])
    size = {"mm": 1.0, "cm": 0.1, "m": 0.001}[frame.unit]
    gaps = np.linalg.norm(seen.vertices / size - nose, axis=1)
    assert gaps.min() < 1e-3
    assert seen.volume > 0  # turned, not mirrored
    back = read_mesh(path)
    np.testing.assert_allclose(
        back.vertices[back.faces], mesh.vertices[mesh.faces], atol=1e-4, rtol=1e-6
    )


def stored_normals(path: Path) -> np.ndarray:
    """As the file has them; a loaded `Trimesh` may compute its own."""
    if path.suffix == ".obj":
        lines = path.read_text("utf-8").splitlines()
        return np.array([line.split()[1:] for line in lines if line.startswith("vn ")], float)
    columns = read_tables(path.read_bytes())["vertex"].columns
    return np.stack([columns[name] for name in ("nx", "ny", "nz")], axis=1)


@pytest.mark.parametrize("suffix", [".obj", ".ply"])
def test_normals_turn_with_the_positions(tmp_path: Path, suffix: str) -> None:
    mesh, path = nosed_ball(), tmp_path / f"head{suffix}"
    write_mesh(path, mesh, frame=FileFrame("m", "z"))
    x, y, z = vertex_normals(mesh.vertices, mesh.faces).T
    np.testing.assert_allclose(stored_normals(path), np.stack([x, -z, y], axis=1), atol=1e-4)


def test_a_print_is_upright_and_other_formats_have_y_up(tmp_path: Path) -> None:
    for suffix, up in ((".stl", "z"), (".ply", "y"), (".obj", "y")):
        assert default_frame(suffix) == FileFrame("mm", up)
        write_mesh(tmp_path / f"head{suffix}", nosed_ball())
        assert stated_frame((tmp_path / f"head{suffix}").read_bytes()) == FileFrame("mm", up)


def test_files_without_the_remark_are_taken_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text("# millimetres, z up\nv 1 2 3\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    np.testing.assert_array_equal(read_mesh(tmp_path / "a.obj").vertices[0], [1, 2, 3])
    # The first releases wrote no axis.
    assert stated_frame(b"ply\ncomment Lineament, millimetres: head\n") == FileFrame()


def test_there_is_no_frame_for_a_glb_and_no_other_unit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in metres with y up"):
        write_mesh(tmp_path / "a.glb", nosed_ball(), frame=FileFrame("cm"))
    with pytest.raises(InputError, match="mm, cm, m with y or z up, got 'inch' and 'y'"):
        FileFrame("inch")
    assert not list(tmp_path.iterdir())
