"""Loaders of registered meshes, on tiny files in the sets' own layouts, sound and unsound."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.formats.mesh_files import write_mesh
from engine.geometry.mesh import Mesh
from tests.engine.geometry.shapes import sphere, torus
from training.spiral.bu3dfe_source import read_bu3dfe
from training.spiral.coma_source import read_coma
from training.spiral.mesh_folder import read_mesh_folder
from training.spiral.registered_set import RegisteredSet

BALL = sphere(radius=10.0, subdivisions=1)


def write(file: Path, factor: float = 1.0, mesh: Mesh = BALL) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_mesh(file, mesh.with_vertices(mesh.vertices * factor))


def test_people_are_subfolders_and_vertices_keep_their_order(tmp_path: Path) -> None:
    write(tmp_path / "anna" / "smile.obj", 1.1)
    write(tmp_path / "ben" / "day1" / "frown.ply", 1.2)
    found = read_mesh_folder(tmp_path, unit_mm=10.0)
    assert found.identities == ("anna", "ben")
    assert found.expressions == ("smile", "day1/frown")
    assert np.array_equal(found.faces, BALL.faces)
    assert np.allclose(found.vertices[0], 11.0 * BALL.vertices, atol=1e-3)
    assert np.allclose(found.vertices[1], 12.0 * BALL.vertices, atol=1e-3)


def test_without_subfolders_names_tell_people(tmp_path: Path) -> None:
    write(tmp_path / "anna_smile.obj")
    write(tmp_path / "ben.obj")
    found = read_mesh_folder(tmp_path)
    assert found.identities == ("anna", "ben")
    assert found.expressions == ("smile", "neutral")


def test_arrays_take_the_template_s_faces(tmp_path: Path) -> None:
    write(tmp_path / "template.ply")
    (tmp_path / "landmarks.txt").write_text("3\n5\n")
    np.save(tmp_path / "a_1.npy", BALL.vertices * 2)
    found = read_mesh_folder(tmp_path)
    assert found.identities == ("a",)
    assert found.landmarks.tolist() == [3, 5]
    assert np.allclose(found.vertices[0], 2 * BALL.vertices)


def test_another_topology_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.obj")
    write(tmp_path / "b.obj", mesh=torus(around=8, along=6))
    with pytest.raises(InputError, match=r"b\.obj has vertices of shape .* Register"):
        read_mesh_folder(tmp_path)


def test_other_faces_on_as_many_vertices_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.obj")
    turned = Mesh(BALL.vertices, np.roll(BALL.faces, 1, axis=0))
    write(tmp_path / "b.obj", mesh=turned)
    with pytest.raises(InputError, match=r"b\.obj has other faces than a\.obj"):
        read_mesh_folder(tmp_path)


def test_numbers_that_are_none_are_named(tmp_path: Path) -> None:
    write(tmp_path / "template.obj")
    broken = BALL.vertices.copy()
    broken[4, 1] = np.nan
    np.save(tmp_path / "c_1.npy", broken)
    with pytest.raises(InputError, match=r"c_1\.npy is not finite at \(4, 1\)"):
        read_mesh_folder(tmp_path)
    (tmp_path / "c_1.npy").unlink()
    write(tmp_path / "d.obj")
    text = (tmp_path / "d.obj").read_text().splitlines()
    first = next(k for k, line in enumerate(text) if line.startswith("v "))
    text[first] = "v nan 0 0"
    (tmp_path / "d.obj").write_text("\n".join(text))
    with pytest.raises(InputError, match=r"d\.obj"):
        read_mesh_folder(tmp_path)


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        read_mesh_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no OBJ, PLY or NPY"):
        read_mesh_folder(tmp_path)
    np.save(tmp_path / "a.npy", BALL.vertices)
    with pytest.raises(InputError, match=r"a\.npy holds vertices without faces"):
        read_mesh_folder(tmp_path)
    write(tmp_path / "template.obj")
    (tmp_path / "b.npy").write_bytes(b"no array")
    with pytest.raises(InputError, match=r"b\.npy cannot be read"):
        read_mesh_folder(tmp_path)
    (tmp_path / "b.npy").unlink()
    (tmp_path / "landmarks.txt").write_text("3000\n")
    with pytest.raises(InputError, match="name vertices 3000 to 3000"):
        read_mesh_folder(tmp_path)


def coma(root: Path) -> Path:
    for subject in ("FaceTalk_170725_00137_TA", "FaceTalk_170728_03272_TA"):
        for frame in range(1, 4):
            name = f"bareteeth.{frame:06d}.ply"
            write(root / subject / "bareteeth" / name, 0.001 * (1 + 0.1 * frame))
        write(root / subject / "cheeks_in" / "cheeks_in.000001.ply", 0.001)
    return root


def test_coma_as_it_is_distributed(tmp_path: Path) -> None:
    found = read_coma(coma(tmp_path))
    assert len(found.vertices) == 8
    assert found.identities[0] == "FaceTalk_170725_00137_TA"
    assert found.expressions[:4] == (
        "bareteeth/000001",
        "bareteeth/000002",
        "bareteeth/000003",
        "cheeks_in/000001",
    )
    # Metres become millimetres.
    assert np.allclose(found.vertices[1], 1.2 * BALL.vertices, atol=1e-3)
    assert len(read_coma(tmp_path, every=2).vertices) == 6


def test_a_coma_subject_without_frames_is_named(tmp_path: Path) -> None:
    (coma(tmp_path) / "FaceTalk_170999_TA" / "lips").mkdir(parents=True)
    with pytest.raises(InputError, match="FaceTalk_170999_TA holds no PLY frames"):
        read_coma(tmp_path)
    with pytest.raises(InputError, match="no folder FaceTalk"):
        read_coma(tmp_path / "FaceTalk_170999_TA")


def bu3dfe(root: Path) -> Path:
    (root / "template").mkdir(parents=True)
    write(root / "template" / "template.obj")
    np.save(root / "template" / "landmarks.npy", np.array([[1], [2], [9]]))
    np.save(root / "dataset.npy", BALL.vertices[None] * np.array([1.0, 2.0]).reshape(2, 1, 1))
    (root / "identities.txt").write_text("F0001_AN01WH_F3D\nM0001_NE00AM_F3D\n")
    return root


def test_bu3dfe_as_an_array(tmp_path: Path) -> None:
    found = read_bu3dfe(bu3dfe(tmp_path / "set"))
    assert found.identities == ("F0001", "M0001")
    assert found.expressions == ("AN01", "NE00")
    assert found.landmarks.tolist() == [1, 2, 9]
    assert np.allclose(found.vertices[1], 2 * BALL.vertices)


def test_bu3dfe_as_files(tmp_path: Path) -> None:
    write(tmp_path / "F0001" / "F0001_AN01WH_F3D.obj")
    write(tmp_path / "M0002" / "M0002_SU04BL_F3D.ply", 1.5)
    found = read_bu3dfe(tmp_path)
    assert found.identities == ("F0001", "M0002")
    assert found.expressions == ("AN01", "SU04")


def test_unsound_bu3dfe_is_named(tmp_path: Path) -> None:
    root = bu3dfe(tmp_path / "set")
    (root / "identities.txt").write_text("F0001_AN01WH_F3D\n")
    with pytest.raises(InputError, match=r"identities\.txt has 1 names, but .* 2 meshes"):
        read_bu3dfe(root)
    (root / "identities.txt").write_text("F0001_AN01WH_F3D\nsomebody\n")
    with pytest.raises(InputError, match="'somebody' is not a name"):
        read_bu3dfe(root)
    (root / "identities.txt").unlink()
    with pytest.raises(InputError, match=r"identities\.txt cannot be read"):
        read_bu3dfe(root)
    (root / "template" / "template.obj").unlink()
    with pytest.raises(InputError, match=r"no template\.obj"):
        read_bu3dfe(root)
    with pytest.raises(InputError, match="WRL scans must be registered"):
        read_bu3dfe(tmp_path / "template")


def test_a_set_is_stored_and_read_again(tmp_path: Path) -> None:
    found = read_bu3dfe(bu3dfe(tmp_path / "set"))
    found.save(tmp_path / "prepared")
    again = RegisteredSet.load(tmp_path / "prepared")
    assert np.array_equal(again.vertices, found.vertices)
    assert again.identities == found.identities
    assert again.reference == found.reference
    assert again.origin is None
    with pytest.raises(InputError, match="spiral prepare"):
        RegisteredSet.load(tmp_path)
