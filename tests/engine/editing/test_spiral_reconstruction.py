import numpy as np
import pytest

from engine.assets import load_model, load_spiral_model
from engine.editing.residual import ResidualLayer
from engine.editing.spiral_reconstruction import reconstruct_face, reconstruct_mesh
from engine.errors import InputError

PARTS, SPIRAL = load_model("cpu"), load_spiral_model("cpu")


def test_a_face_of_the_editor_before_and_after() -> None:
    code = PARTS.mean_code().with_value("nose", 0, 2.0)
    found = reconstruct_face(SPIRAL, PARTS, code)
    assert found.code.shape == (SPIRAL.size,)
    assert found.errors_mm.shape == (len(SPIRAL.template.vertices),)
    assert found.errors_mm.mean() < 1.0
    wanted = SPIRAL.transfer(PARTS).apply(PARTS.template_surface(code))
    assert np.array_equal(found.reference.vertices, wanted)
    assert np.allclose(SPIRAL.decode(found.code), found.reconstructed.vertices, atol=1e-4)


def test_a_residual_comes_along() -> None:
    code = PARTS.mean_code()
    outward = np.zeros((len(PARTS.template.vertices), 3), np.float32)
    outward[:, 0] = 2.0
    plain = reconstruct_face(SPIRAL, PARTS, code)
    thick = reconstruct_face(SPIRAL, PARTS, code, ResidualLayer(outward))
    moved = np.linalg.norm(thick.reference.vertices - plain.reference.vertices, axis=1)
    assert np.median(moved) == pytest.approx(2.0, abs=0.1)


def test_a_mesh_of_another_topology_is_refused() -> None:
    with pytest.raises(InputError, match="own topology"):
        reconstruct_mesh(SPIRAL, PARTS.template.vertices)
