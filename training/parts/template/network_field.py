"""A template network from its file as a plain signed distance."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from engine.errors import InputError
from engine.networks.template import TemplateNetwork
from training.parts.build import set_guide, template_config
from training.parts.registered import RegisteredFaces
from training.parts.template.symmetric_field import Evaluate
from training.parts.true_distance import true_signed_distance


def load_template_field(file: Path, faces: RegisteredFaces) -> Evaluate:
    """The signed distance of a network saved as a state dict.

    Args:
        file: state dict in safetensors format, of `TemplateNetwork` itself or under the
            prefix `template.` of a whole parts network.
        faces: the data set it was trained on, from which its sizes follow.

    Raises:
        InputError: the file is missing or holds another network.
    """
    try:
        state = load_file(str(file))
        inner = {
            k.removeprefix("template."): v for k, v in state.items() if k.startswith("template.")
        }
        state = inner or state
        network = TemplateNetwork(template_config(faces, len(state["base.output.weight"][0])))
        canonical = faces.vertices(faces.canonical_code())
        set_guide(network, lambda nodes: true_signed_distance(faces, canonical, nodes))
        # The guide follows from the faces, so a file may leave it out.
        state.setdefault("guide", network.guide)
        network.load_state_dict(state)
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"{file} holds no template network for this data set ({error}). "
            "Train one with `lineament-train parts`."
        ) from error
    return network_field(network)


def network_field(network: torch.nn.Module) -> Evaluate:
    """Points `(N, 3)` to the network's values `(N,)`, both float32 arrays."""

    def evaluate(points: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            values: NDArray[np.float32] = network(torch.from_numpy(points)).numpy()
        return values

    return evaluate
