"""From a trained network to the files that ship: weights, template, carrier, measured figures."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.models.carrier import carrier_tensors
from engine.models.parts_evaluator import PartsEvaluator
from engine.models.parts_model import NETWORK_FILE, TEMPLATE_FILE
from engine.models.protocol import PARTS, FaceCode
from engine.networks.parts import PartsNetwork
from engine.weights import WeightsHeader, load_weights, save_weights
from training.parts.carrier_fit import fit_carrier
from training.parts.hints import direction_hints
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.template.template_mesh import Kind, TemplateMesh

LIPSCHITZ_SAMPLE = 20_000


def export_network(
    network: PartsNetwork, folder: Path, training: Mapping[str, Any], metrics: Mapping[str, float]
) -> None:
    """Write the network alone."""
    tensors = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    header = WeightsHeader("parts-network", asdict(network.config), training, metrics)
    save_weights(folder / NETWORK_FILE, tensors, header)


def export_template(
    network: PartsNetwork,
    faces: RegisteredFaces,
    template: TemplateMesh,
    folder: Path,
    training: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> None:
    """Fit the carrier and write it with the template mesh."""
    evaluator = PartsEvaluator(network, torch.device("cpu"))
    sizes = {part: columns.stop - columns.start for part, columns in faces.slices.items()}
    carrier = fit_carrier(template, faces)
    tensors = carrier_tensors(carrier) | {
        "canonical": template.vertices,
        "faces": template.faces,
        "uv": template.uv,
        "colors": template.colors,
        "region_weights": template.region_weights,
        "landmarks": template.landmarks,
        "mirror": template.mirror,
        "kinds": template.kinds,
        "eyeball_right": np.flatnonzero(template.kinds == Kind.RIGHT_EYE).astype(np.int32),
        "eyeball_left": np.flatnonzero(template.kinds == Kind.LEFT_EYE).astype(np.int32),
    }
    expressions = CodeSampler(faces).draw_expressions(2000, np.random.default_rng(0))
    config = {
        "sizes": {part: sizes[part] for part in PARTS},
        "expression_names": faces.expression_names.split("\n"),
        "expression_spread": [round(float(s), 4) for s in expressions.std(0)],
        "lipschitz": measure_lipschitz(evaluator, faces),
        "hints": direction_hints(carrier, template.landmarks),
    }
    header = WeightsHeader("parts-template", config, training, metrics)
    save_weights(folder / TEMPLATE_FILE, tensors, header)


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
