"""A set in the image of BU3DFE, drawn from a face model: people with about 18 expressions each."""

from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.models.template_transfer import TemplateOrigin
from engine.progress import Progress, ignore_progress
from training.spiral.articulation import ArticulatedHead
from training.spiral.emotions import ExpressionSampler
from training.spiral.head_topology import HeadTopology, make_head_topology
from training.spiral.registered_set import RegisteredSet

KINDS = ("linear", "articulated")
LARGEST_SIGMA = 2.5


@dataclass(frozen=True, slots=True)
class SampledSetting:
    """How large a set to draw.

    Attributes:
        identities: people; meshes: of each of them.
        kind: `linear`, the model's sums of shapes, or `articulated`.
        seed: of people and expressions; both kinds draw the same ones.
    """

    identities: int = 100
    meshes: int = 18
    kind: str = "articulated"
    seed: int = 1


def sample_set(
    model: FaceModel,
    setting: SampledSetting,
    topology: HeadTopology | None = None,
    progress: Progress = ignore_progress,
) -> RegisteredSet:
    """Draw a registered set.

    Raises:
        InputError: the kind is unknown or a count below 1.
    """
    if setting.kind not in KINDS or min(setting.identities, setting.meshes) < 1:
        raise InputError(
            f"Expected a kind of {', '.join(KINDS)} and at least one person with one mesh, "
            f"got {setting}."
        )
    topology = topology or make_head_topology(model)
    head = ArticulatedHead(model, topology)
    rng = np.random.default_rng(setting.seed)
    sampler = ExpressionSampler(model, rng)
    count = setting.identities * setting.meshes
    vertices = np.empty((count, len(topology.kept), 3), np.float32)
    identities: list[str] = []
    expressions: list[str] = []
    for number in range(setting.identities):
        progress(number / setting.identities, f"Person {number + 1} of {setting.identities}")
        face, person = draw_identity(model, rng), sampler.person()
        for kind in sampler.kinds(setting.meshes):
            code = face.with_part("expression", sampler.draw(person, kind))
            make = head.linear if setting.kind == "linear" else head.articulated
            vertices[len(identities)] = make(code)
            identities.append(f"P{number + 1:04d}")
            expressions.append(kind)
    return RegisteredSet(
        f"sampled heads, {setting.kind}, {setting.identities} × {setting.meshes}, "
        f"seed {setting.seed}",
        vertices,
        topology.faces,
        tuple(identities),
        tuple(expressions),
        topology.landmarks,
        topology.reference,
        TemplateOrigin.of(model, topology.kept),
    )


def draw_identity(model: FaceModel, rng: np.random.Generator) -> FaceCode:
    """A face at rest whose parts are drawn independently of each other."""
    code = model.mean_code()
    for part in model.parts:
        if part.name in PARTS[:4]:
            spread = np.array([direction.spread for direction in part.directions])
            draw = rng.standard_normal(part.size).clip(-LARGEST_SIGMA, LARGEST_SIGMA)
            code = code.with_part(part.name, (spread * draw).astype(np.float32))
    return code
