"""From a trained network to the files that ship: weights, template, carrier, measured figures."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import igl
import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.neck_cut import uncut_canonical
from engine.models.parts_evaluator import PartsEvaluator
from engine.models.parts_model import NETWORK_FILE, TEMPLATE_FILE
from engine.models.protocol import PARTS, FaceCode
from engine.networks.parts import PartsNetwork
from engine.weights import WeightsHeader, load_weights, save_weights
from training.parts.build import set_guide
from training.parts.hints import direction_hints
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.template_kit import TemplateKit, cut_neck, load_kit

LIPSCHITZ_SAMPLE = 20_000


def export_model(
    network: PartsNetwork,
    faces: RegisteredFaces,
    kit: TemplateKit,
    folder: Path,
    training: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> None:
    """Write network and template, whose neck ends in a plane from now on.

    The grid of far distances is that of the template's own mesh, before it was cut.
    """
    set_guide(network.template, mesh_distance(kit))
    tensors = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    header = WeightsHeader("parts-network", asdict(network.config), training, metrics)
    save_weights(folder / NETWORK_FILE, tensors, header)
    expressions = CodeSampler(faces).draw_expressions(2000, np.random.default_rng(0))
    evaluator = PartsEvaluator(network, torch.device("cpu"))
    config = dict(kit.config) | {
        "expression_spread": [round(float(s), 4) for s in expressions.std(0)],
        "lipschitz": measure_lipschitz(evaluator, faces),
        "hints": direction_hints(kit.carrier, kit.tensors["landmarks"]),
    }
    header = WeightsHeader("parts-template", config, training, metrics)
    cut = cut_neck(replace(kit, config=config))
    save_weights(folder / TEMPLATE_FILE, cut.tensors, replace(header, config=cut.config))


def cut_exported(folder: Path) -> bool:
    """Let the neck of exported weights end in a plane, as `export_model` does; False where it
    does already.

    Raises:
        WeightsError: the template is missing or damaged.
        InputError: no plane cuts the neck in one loop.
    """
    file = folder / TEMPLATE_FILE
    kit = load_kit(file)
    cut = cut_neck(kit)
    if cut is kit:
        return False
    header = load_weights(file, "parts-template").header
    save_weights(file, cut.tensors, replace(header, config=cut.config))
    return True


def mesh_distance(kit: TemplateKit) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Signed distance to the closed template mesh before it was cut, `(N, 3)` mm to `(N,)` mm."""
    vertices = uncut_canonical(kit.tensors).astype(np.float64)

    def distance(points: NDArray[np.float32]) -> NDArray[np.float32]:
        result = igl.signed_distance(
            points.astype(np.float64),
            vertices,
            kit.tensors["faces"].astype(np.int64),
            sign_type=igl.SIGNED_DISTANCE_TYPE_FAST_WINDING_NUMBER,
        )
        found: NDArray[np.float32] = result[0].astype(np.float32)
        return found

    return distance


def measure_lipschitz(evaluator: PartsEvaluator, faces: RegisteredFaces, count: int = 8) -> float:
    """The 99th percentile of |∇Φ| around random faces, by differences of 0.5 mm.

    The extractor may skip a cell only where |Φ| exceeds this bound times its half diagonal.
    """
    rng = np.random.default_rng(5)
    slopes = []
    for joint in CodeSampler(faces).draw(count, rng):
        code = FaceCode(**{part: joint[faces.slices[part]] for part in PARTS})
        face = evaluator.fold(code)
        vertices = faces.vertices(joint)
        points = vertices[rng.integers(len(vertices), size=LIPSCHITZ_SAMPLE // count)]
        points = points + rng.standard_normal(points.shape).astype(np.float32) * 8.0
        direction = rng.standard_normal(points.shape).astype(np.float32)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        change = evaluator.distances(face, points + 0.25 * direction) - evaluator.distances(
            face, points - 0.25 * direction
        )
        slopes.append(np.abs(change) / 0.5)
    return round(float(max(1.0, np.percentile(np.concatenate(slopes), 99))), 3)


def record_metrics(folder: Path, metrics: Mapping[str, float]) -> None:
    """Write measured figures into the headers of exported weights."""
    for name, kind in ((NETWORK_FILE, "parts-network"), (TEMPLATE_FILE, "parts-template")):
        weights = load_weights(folder / name, kind)
        header = replace(weights.header, metrics=dict(metrics))
        save_weights(folder / name, weights.tensors, header)
