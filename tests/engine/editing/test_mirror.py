"""Mirrors: derived maps against known ones, and surfaces against reflected surfaces."""

import numpy as np
import pytest

from engine.editing.mirror import Mirror
from engine.editing.random import random_code
from engine.editing.reflection import FLIP, find_reflection
from engine.editing.sides import paired_directions
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import PARTS, Direction, FaceCode, PartInfo
from tests.engine.editing.lopsided_model import LopsidedModel
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def model() -> LopsidedModel:
    return LopsidedModel()


@pytest.fixture(scope="module")
def mirror(model: LopsidedModel) -> Mirror:
    return Mirror(model)


def face(model: SyntheticModel, seed: int = 0) -> FaceCode:
    # The synthetic cheek puff is on one side only, so no code has its mirror image.
    return random_code(model, np.random.default_rng(seed)).with_value("expression", 7, 0.0)


def reflected(mirror: Mirror, surface: np.ndarray) -> np.ndarray:
    """The surface through the mirror, in the template's vertex order."""
    return surface[mirror.reflection.corners[:, 0]] * FLIP


def test_vertices_are_paired_across_the_middle(model: LopsidedModel, mirror: Mirror) -> None:
    vertices = model.template.vertices
    assert mirror.reflection.exact
    pairs = mirror.reflection.corners[:, 0]
    np.testing.assert_array_equal(pairs[pairs], np.arange(len(vertices)))
    np.testing.assert_allclose(vertices[pairs] * FLIP, vertices, atol=1e-4)


def test_an_uneven_template_takes_points_between_vertices(model: LopsidedModel) -> None:
    rng = np.random.default_rng(0)
    template = model.template
    shaken = template.vertices + rng.normal(size=template.vertices.shape) * (2.0, 0.0, 0.0)
    found = find_reflection(Mesh(shaken, template.faces))
    assert not found.exact
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, atol=1e-5)
    images = np.einsum("vk,vkd->vd", found.weights, shaken[found.corners]) * FLIP
    assert np.median(np.linalg.norm(images - shaken, axis=1)) < 1.5
    # A motion that is the same everywhere is mirrored exactly, wherever the points lie.
    steady = np.broadcast_to(np.float32([1.0, 2.0, 3.0]), shaken.shape)
    np.testing.assert_allclose(found.of_motion(steady), steady * FLIP, atol=1e-5)


@pytest.mark.parametrize("part", ["eyes", "head"])
def test_the_map_is_the_one_the_model_was_built_with(
    model: LopsidedModel, mirror: Mirror, part: str
) -> None:
    found = mirror.of_part(part).matrix
    assert np.abs(found - np.eye(len(found))).max() > 0.3
    np.testing.assert_allclose(found, model.true_mirror[part], atol=0.02)


def test_a_mirrored_face_is_the_reflected_surface(model: LopsidedModel, mirror: Mirror) -> None:
    for seed in range(5):
        code = face(model, seed)
        surface = model.template_surface(code)
        wanted = reflected(mirror, surface)
        assert np.linalg.norm(surface - wanted, axis=1).max() > 1.0
        found = model.template_surface(mirror.code(code))
        assert np.linalg.norm(found - wanted, axis=1).max() < 0.02


def test_mirroring_twice_is_the_identity(model: LopsidedModel, mirror: Mirror) -> None:
    code = face(model)
    twice = mirror.code(mirror.code(code))
    for part in PARTS:
        np.testing.assert_allclose(twice.part(part), code.part(part), atol=1e-5)


def test_one_part_is_mirrored_alone(model: LopsidedModel, mirror: Mirror) -> None:
    code = face(model)
    mirrored = mirror.part(code, "eyes")
    assert np.abs(mirrored.eyes - code.eyes).max() > 0.1
    assert mirrored.head.tobytes() == code.head.tobytes()
    assert mirrored.expression.tobytes() == code.expression.tobytes()


def test_expressions_swap_by_name(model: LopsidedModel, mirror: Mirror) -> None:
    names = [direction.name for direction in model.parts[4].directions]
    left, right = names.index("Smile left"), names.index("Smile right")
    code = model.mean_code().with_value("expression", left, 0.7).with_value("expression", 0, 0.4)
    mirrored = mirror.code(code).expression
    assert mirrored[right] == pytest.approx(0.7)
    assert mirrored[left] == 0.0
    assert mirrored[0] == pytest.approx(0.4)


def test_sides_in_names() -> None:
    def part(*names: str) -> PartInfo:
        return PartInfo("expression", tuple(Direction(name, 0.0, 1.0, 0.1) for name in names))

    pairs = paired_directions(part("Look in left", "Jaw open", "Look in right"))
    np.testing.assert_array_equal(pairs, [2, 1, 0])
    assert paired_directions(part("Jaw open", "Pucker")) is None
    assert paired_directions(part("Smile left", "Jaw open")) is None
    assert paired_directions(part("Cleft", "Bright")) is None


@pytest.mark.parametrize("side", ["left", "right", "average"])
def test_a_symmetrised_face_is_its_own_mirror_image(
    model: LopsidedModel, mirror: Mirror, side
) -> None:
    even = mirror.symmetrise(face(model, 2), side)
    surface = model.template_surface(even)
    assert np.linalg.norm(surface - reflected(mirror, surface), axis=1).max() < 0.02


def test_the_kept_side_stays_and_the_other_follows(model: LopsidedModel, mirror: Mirror) -> None:
    code = face(model, 4)
    before, after = (
        model.template_surface(entry) for entry in (code, mirror.part(code, "eyes", "left"))
    )
    moved = np.linalg.norm(after - before, axis=1)
    far_left, far_right = (model.template.vertices[:, 0] * s > 15.0 for s in (1.0, -1.0))
    assert moved[far_left].max() < 0.1 * moved[far_right].max()


def test_a_symmetric_edit_moves_both_sides_and_keeps_the_asymmetry(
    model: LopsidedModel, mirror: Mirror
) -> None:
    code = face(model, 6)
    index = int(mirror.of_part("eyes").share.argmax())
    edited = mirror.symmetric_edit(code, "eyes", index, float(code.eyes[index]) + 0.8)
    assert edited.eyes[index] == pytest.approx(code.eyes[index] + 0.8)
    motion = model.preview(edited) - model.preview(code)
    assert np.linalg.norm(motion, axis=1).max() > 0.5
    image = mirror.reflection.of_motion(motion)
    assert np.linalg.norm(motion - image, axis=1).max() < 0.02
    one_sided = code.with_value("eyes", index, float(code.eyes[index]) + 0.8)
    lone = model.preview(one_sided) - model.preview(code)
    assert np.linalg.norm(lone - mirror.reflection.of_motion(lone), axis=1).max() > 0.2
    assert mirror.asymmetry(edited, "eyes") == pytest.approx(mirror.asymmetry(code, "eyes"), 1e-3)


def test_a_symmetric_smile_sets_both_corners(model: LopsidedModel, mirror: Mirror) -> None:
    names = [direction.name for direction in model.parts[4].directions]
    left, right = names.index("Smile left"), names.index("Smile right")
    code = model.mean_code().with_value("expression", right, 0.2)
    edited = mirror.symmetric_edit(code, "expression", left, 0.5).expression
    assert edited[left] == pytest.approx(0.5)
    assert edited[right] == pytest.approx(0.7)


def test_a_direction_that_turns_the_face_is_edited_alone() -> None:
    class Shifting(SyntheticModel):
        """Its first two nose directions shift the nose to either side."""

        def tangent(self, part: str, index: int) -> np.ndarray:
            motion = super().tangent(part, index)
            if part == "nose" and index < 2:
                return np.abs(super().tangent(part, 0)) * np.array(
                    [1.0 - 2.0 * index, 0.0, 0.0], np.float32
                )
            return motion

    model = Shifting(20, 24)
    code = model.mean_code()
    edited = Mirror(model).symmetric_edit(code, "nose", 0, 1.5)
    assert edited == code.with_value("nose", 0, 1.5)


def test_bad_input_is_told(model: LopsidedModel, mirror: Mirror) -> None:
    with pytest.raises(InputError, match="no part 'ear'"):
        mirror.code(model.mean_code(), ["ear"])
    with pytest.raises(InputError, match="no side 'top'"):
        mirror.symmetrise(model.mean_code(), "top")
