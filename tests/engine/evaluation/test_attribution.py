import numpy as np
import pytest

from engine.evaluation.attribution import FittedFace, attribute_error, attribution_table
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(30, 40)
HERE = Similarity.identity()


def test_each_part_accounts_for_what_it_was_given():
    mean = MODEL.mean_code()
    true = mean.with_value("nose", 0, 3.0).with_value("mouth", 0, 2.0)
    reference = MODEL.template.with_vertices(MODEL.template_surface(true))
    found = attribute_error(MODEL, mean, HERE, FittedFace(true, HERE), reference, samples=4000)
    shares = {part.name: part.share_mm for part in found.parts}
    assert shares["nose"] > 0.005
    assert shares["mouth"] > 0.005
    for name in ("pose", "eyes", "head", "expression"):
        assert shares[name] == pytest.approx(0.0, abs=1e-9), name
    assert found.left_mm == pytest.approx(0.0, abs=1e-4)
    assert sum(shares.values()) == pytest.approx(found.start_mm - found.left_mm)
    # Parts that do not touch each other account for the same alone and in turn.
    nose = next(part for part in found.parts if part.name == "nose")
    assert nose.alone_mm == pytest.approx(nose.share_mm, rel=0.05)


def test_the_pose_and_the_residual_have_their_share():
    mean = MODEL.mean_code()
    lump = np.zeros_like(MODEL.template.vertices)
    lump[MODEL.template.vertices[:, 2] > 60] = [0, 0, 2]
    lumpy = Mesh(MODEL.template.vertices + lump, MODEL.template.faces)
    shifted = Similarity(np.eye(3), np.array([0.0, 0.0, 3.0]), 1.0)
    fitted = FittedFace(mean, HERE, finish=lambda vertices: vertices + lump)
    found = attribute_error(MODEL, mean, shifted, fitted, lumpy, samples=4000)
    shares = {part.name: part.share_mm for part in found.parts}
    assert [part.name for part in found.parts] == ["pose", *PARTS, "residual"]
    assert shares["pose"] > 0.5
    assert shares["residual"] > 0.1
    assert found.left_mm < 1e-3


def test_the_table_adds_up():
    mean = MODEL.mean_code()
    fitted = FittedFace(mean.with_value("head", 0, 1.0), HERE)
    reference = MODEL.template.with_vertices(MODEL.template_surface(fitted.code))
    table = attribution_table(attribute_error(MODEL, mean, HERE, fitted, reference, samples=500))
    assert sum(float(row[3] or 0) for row in table.rows[:-1]) == pytest.approx(table.rows[-1][3])
    assert table.rows[-1][0] == "all"
