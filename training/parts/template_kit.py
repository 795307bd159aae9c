"""The template as it ships, and what a training run needs of it: mesh, motion, handles.

A run makes it after SDFNet and before the cascade, whose landmark warp hangs on its handles.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.carrier import Carrier, Handles
from engine.models.neck_cut import PREFIX, has_cut
from engine.models.template_motion import TemplateMotion, read_motion
from engine.networks.motion import MotionNetwork
from engine.weights import WeightsHeader, load_weights, save_weights
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.template.neck import ROUNDING_MM, lay_neck
from training.parts.template.template_mesh import Kind, TemplateMesh
from training.parts.template_motion import (
    carrier_error,
    moved_vertices,
    template_handles,
    true_motion,
)

KIND = "parts-template"


@dataclass(frozen=True, slots=True, eq=False)
class TemplateKit:
    """Tensors and configuration of a template file, and the motion that follows from them."""

    tensors: Mapping[str, NDArray]
    config: Mapping[str, Any]
    motion: TemplateMotion

    @property
    def carrier(self) -> Carrier:
        """Where vertices go."""
        return self.motion.carrier

    def handles(self) -> Handles:
        """What drives the landmark warp."""
        return self.motion.handles

    def save(self, file: Path) -> None:
        save_weights(file, self.tensors, WeightsHeader(KIND, self.config))


def load_kit(file: Path) -> TemplateKit:
    """Read what `TemplateKit.save` or an export wrote.

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
    """
    weights = load_weights(file, KIND)
    config = weights.header.config
    return TemplateKit(
        weights.tensors, config, read_motion(weights.tensors, config, config["sizes"])
    )


def make_kit(
    template: TemplateMesh,
    faces: RegisteredFaces,
    motions: Mapping[str, MotionNetwork],
    handles: int,
) -> TemplateKit:
    """Put together the template mesh and its motion networks."""
    motion = true_motion(template, faces)
    tensors: dict[str, NDArray] = {
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
        "handle_vertices": template_handles(template, handles).astype(np.int32),
    }
    for part, rows in moved_vertices(motion, faces).items():
        tensors[f"{part}.moved"] = rows
    for part, network in motions.items():
        for name, value in network.state_dict().items():
            tensors[f"motion.{part}.{name}"] = value.detach().cpu().numpy()
    sizes = {part: columns.stop - columns.start for part, columns in faces.slices.items()}
    config: dict[str, Any] = {
        "sizes": sizes,
        "expression_names": faces.expression_names.split("\n"),
        "canonical_expression": [round(float(w), 6) for w in faces.canonical],
        "motion": {part: asdict(network.config) for part, network in motions.items()},
    }
    learned = read_motion(tensors, config, sizes)
    codes = CodeSampler(faces).draw(40, np.random.default_rng(6))
    errors = carrier_error(learned.carrier, motion, codes - faces.canonical_code())
    config["carrier_p95_mm"] = round(float(np.percentile(errors, 95)), 4)
    return TemplateKit(tensors, config, learned)


def cut_neck(kit: TemplateKit) -> TemplateKit:
    """The same template, its neck ending in a plane, for the editor.

    Networks and handles stay as they are. A template without a cap at its neck, or one that was
    cut before, is given back.

    Raises:
        InputError: no plane cuts the neck in one loop.
    """
    tensors = dict(kit.tensors)
    if has_cut(tensors) or not (tensors["kinds"] == Kind.CAP).any():
        return kit
    canonical = tensors["canonical"]
    layout = lay_neck(
        canonical.astype(np.float64),
        tensors["faces"].astype(np.int64),
        tensors["kinds"],
        tensors["mirror"].astype(np.int64),
    )
    rows = np.concatenate([layout.loop, layout.disc])
    kinds, colors = tensors["kinds"].copy(), tensors["colors"].copy()
    colors[layout.disc] = np.median(colors[kinds == Kind.CAP], axis=0)
    kinds[layout.disc] = Kind.CAP
    kinds[layout.loop] = Kind.SKIN
    tensors |= {
        "canonical": layout.vertices.astype(np.float32),
        "kinds": kinds,
        "colors": colors,
        f"{PREFIX}loop": layout.loop.astype(np.int32),
        f"{PREFIX}disc": layout.disc.astype(np.int32),
        f"{PREFIX}ends": layout.ends.astype(np.int32),
        f"{PREFIX}share": layout.share.astype(np.float32),
        f"{PREFIX}collar": layout.collar.astype(np.int32),
        f"{PREFIX}slide": layout.slide.astype(np.float32),
        f"{PREFIX}uncut": canonical[rows],
    }
    neck = {
        "normal": [round(float(x), 6) for x in layout.normal],
        "offset": round(layout.offset, 4),
        "rounding_mm": ROUNDING_MM,
    }
    config = dict(kit.config) | {"neck": neck}
    return TemplateKit(tensors, config, read_motion(tensors, config, config["sizes"]))
