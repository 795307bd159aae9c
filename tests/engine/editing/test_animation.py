"""An animated GLB: what a player makes of it is the transition."""

import numpy as np
import pytest

from engine.editing.animation import AnimatedFace, animated_face
from engine.editing.interpolation import transition
from engine.editing.random import random_code
from engine.errors import InputError
from engine.geometry.formats import MorphTarget, read_mesh, write_mesh
from engine.geometry.formats.gltf_accessors import read_accessor
from engine.geometry.formats.morph_animation import MorphAnimation
from engine.models.protocol import PARTS, FaceCode
from tests.engine.geometry.formats.test_glb_format import check_accessors, unpack
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(24, 32)


def pair() -> tuple[FaceCode, FaceCode]:
    rng = np.random.default_rng(2)
    return random_code(MODEL, rng), random_code(MODEL, rng)


def played(face: AnimatedFace, frame: int) -> np.ndarray:
    """The vertices a player shows at a keyframe."""
    vertices = face.mesh.vertices.astype(np.float64)
    for morph, weight in zip(face.morphs, face.animation.weights[frame], strict=True):
        vertices = vertices + float(weight) * morph.displacements
    return vertices


def test_every_part_begins_and_ends_exactly() -> None:
    start, end = pair()
    order = ("mouth", "nose", "head")
    face = animated_face(MODEL, start, end, 7, order, in_order=True)
    codes = [frame.code for frame in transition(start, end, 7, order, True)]
    for frame in (0, 2, 4, 6):
        exact = MODEL.template_surface(codes[frame])
        np.testing.assert_allclose(played(face, frame), exact, atol=1e-3)
    # In between the synthetic head bends by its small quadratic term, nothing more.
    between = np.linalg.norm(played(face, 3) - MODEL.template_surface(codes[3]), axis=1)
    assert 0.0 < between.max() < 2.0


def test_together_the_ends_are_exact() -> None:
    start, end = pair()
    face = animated_face(MODEL, start, end, 5, frames_per_second=10.0)
    np.testing.assert_allclose(played(face, 0), MODEL.template_surface(start), atol=1e-3)
    np.testing.assert_allclose(played(face, 4), MODEL.template_surface(end), atol=2e-3)
    np.testing.assert_allclose(face.animation.seconds, [0, 0.1, 0.2, 0.3, 0.4], atol=1e-6)
    assert [morph.name for morph in face.morphs] == [part.capitalize() for part in PARTS]


def test_the_file_is_what_the_standard_asks(tmp_path) -> None:
    start, end = pair()
    face = animated_face(MODEL, start, end, 9, PARTS, True, "smooth", 24.0)
    path = tmp_path / "way.glb"
    write_mesh(path, face.mesh, face.morphs, face.animation)
    document, binary = unpack(path)
    check_accessors(document, binary)
    (animation,) = document["animations"]
    (channel,) = animation["channels"]
    (sampler,) = animation["samplers"]
    assert channel == {"sampler": 0, "target": {"node": 0, "path": "weights"}}
    assert sampler["interpolation"] == "LINEAR"
    times, weights = (document["accessors"][sampler[key]] for key in ("input", "output"))
    assert (times["type"], times["componentType"], times["count"]) == ("SCALAR", 5126, 9)
    assert times["min"] == [0.0]
    assert times["max"] == [pytest.approx(8 / 24)]
    assert (weights["type"], weights["count"]) == ("SCALAR", 9 * 5)
    for accessor in (times, weights):
        assert "target" not in document["bufferViews"][accessor["bufferView"]]
    stored = read_accessor(document, binary, sampler["output"]).reshape(9, 5)
    np.testing.assert_array_equal(stored, face.animation.weights)
    np.testing.assert_allclose(read_mesh(path).vertices, face.mesh.vertices, atol=1e-3)


def test_a_plain_file_has_no_animation(tmp_path) -> None:
    write_mesh(tmp_path / "head.glb", MODEL.template)
    assert "animations" not in unpack(tmp_path / "head.glb")[0]


def test_bad_input_is_told(tmp_path) -> None:
    start, end = pair()
    with pytest.raises(InputError, match="per second must be above 0"):
        animated_face(MODEL, start, end, 5, frames_per_second=0.0)
    for seconds in ([0.0], [0.0, 0.0], [0.5, 0.1], [-1.0, 1.0]):
        with pytest.raises(InputError, match="times that rise"):
            MorphAnimation("a", np.array(seconds), np.zeros((len(seconds), 1)))
    with pytest.raises(InputError, match="shape"):
        MorphAnimation("a", np.array([0.0, 1.0]), np.zeros((3, 1)))
    morphs = [MorphTarget("a", np.zeros_like(MODEL.template.vertices))]
    moving = MorphAnimation("a", np.array([0.0, 1.0]), np.zeros((2, 3)))
    with pytest.raises(InputError, match="moves 3 morph targets, but there are 1"):
        write_mesh(tmp_path / "a.glb", MODEL.template, morphs, moving)
