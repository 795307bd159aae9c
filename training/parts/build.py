"""A fresh `PartsNetwork` for a data set: sizes, frames and handles come from the faces."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.carrier import Handles
from engine.networks.detail import MotionDetailConfig
from engine.networks.landmark_warp import WarpConfig
from engine.networks.parts import (
    CASCADE,
    WINDOW_PIECES,
    WINDOWED,
    PartsConfig,
    PartsNetwork,
)
from engine.networks.sine import DeformConfig, SineConfig
from engine.networks.template import DetailConfig, TemplateConfig, TemplateNetwork
from training.parts.registered import RegisteredFaces
from training.parts.sampler import paired_names
from training.parts.true_distance import true_signed_distance


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """What is chosen about the networks; everything else follows from the data.

    Attributes:
        template_width, wide, narrow: widths of SDFNet, of expression and head, and of
            the small parts.
        layers: sine layers of each deformation network.
        hyper_width: hidden units of each hyper-network.
        handles: of the landmark warp.
        details: whether the expression has details at the eyes and the mouth.
        generated: see `DeformConfig.generated`.
    """

    template_width: int = 128
    wide: int = 96
    narrow: int = 64
    layers: int = 3
    hyper_width: int = 128
    handles: int = 448
    details: bool = True
    generated: str = "edges"


def build_network(
    faces: RegisteredFaces, choice: NetworkChoice, handles: Handles | None = None
) -> PartsNetwork:
    """An untrained network whose warp already follows `handles`, or the data's own."""
    handles = handles or data_handles(faces)
    template = faces.vertices(faces.canonical_code())
    sizes = {part: columns.stop - columns.start for part, columns in faces.slices.items()}
    low, high = template.min(0), template.max(0)
    x, y, z = ((low + high) / 2).tolist()
    scale = float((high - low).max() / 2) * 1.05
    deform = []
    for part in CASCADE:
        middle, reach = (x, y, z), scale
        if part in WINDOWED or part == "expression":
            middle, reach = _part_frame(faces, template, part)
        deform.append(
            DeformConfig(
                code_size=sizes[part],
                width=choice.narrow if part in WINDOWED else choice.wide,
                layers=choice.layers,
                omega=20.0 if part not in WINDOWED else 12.0,
                hyper_width=choice.hyper_width,
                generated=choice.generated,
                corrects=part in ("expression", "head"),
                centre=middle,
                scale=reach,
            )
        )
    config = PartsConfig(
        WarpConfig(len(handles.rest), int(faces.sizes.sum())),
        template_config(faces, choice.template_width),
        tuple(deform),
        motion_details(faces, template, choice) if choice.details else (),
    )
    network = PartsNetwork(config)
    network.warp.set_handles(
        *(torch.from_numpy(a) for a in (handles.template, handles.rest, handles.motion))
    )
    _set_windows(network, faces)
    set_guide(network.template, lambda nodes: true_signed_distance(faces, template, nodes))
    return network


GUIDE_SPACING_MM = 10.0
GUIDE_MARGIN_MM = 60.0

DETAILS: dict[str, tuple[tuple[int, ...], tuple[float, float, float], bool]] = {
    # Multi-PIE landmarks about whose middle a detail lies, its radii, mirrored
    "eye": ((42, 43, 44, 45, 46, 47), (27.0, 22.0, 24.0), True),
    "mouth": (tuple(range(48, 68)), (40.0, 27.0, 34.0), False),
    "nose": ((30, 31, 33, 35), (26.0, 22.0, 26.0), False),
}


def template_config(faces: RegisteredFaces, width: int) -> TemplateConfig:
    """SDFNet's sizes: the box of the canonical face, and details about its landmarks."""
    template = faces.vertices(faces.canonical_code())
    low, high = template.min(0), template.max(0)
    x, y, z = ((low + high) / 2).tolist()
    base = SineConfig(width=width, centre=(x, y, z), scale=float((high - low).max() / 2) * 1.05)
    details = []
    for marks, radii, mirrored in DETAILS.values():
        x, y, z = template[faces.landmarks[list(marks)]].mean(0).tolist()
        details.append(DetailConfig((x if mirrored else 0.0, y, z), radii, mirrored))
    origin = low - GUIDE_MARGIN_MM
    nodes = np.ceil((high + GUIDE_MARGIN_MM - origin) / GUIDE_SPACING_MM).astype(int) + 1
    (nx, ny, nz), (ox, oy, oz) = nodes.tolist(), origin.tolist()
    return TemplateConfig(base, tuple(details), (nx, ny, nz), (ox, oy, oz), GUIDE_SPACING_MM)


def _part_frame(
    faces: RegisteredFaces, template: np.ndarray, part: str
) -> tuple[tuple[float, float, float], float]:
    motion = np.abs(faces.basis[:, :, faces.slices[part]]).max((1, 2))
    moved = template[motion > (0.5 if part == "expression" else 1e-4)]
    low, high = moved.min(0), moved.max(0)
    x, y, z = ((low + high) / 2).tolist()
    return (x, y, z), float((high - low).max() / 2)


MOTION_DETAILS = {"eye": ((36, 37, 38, 39, 40, 41), 24.0), "mouth": (tuple(range(48, 68)), 16.0)}
"""Where the expression has details: landmarks, and the frequency in the window."""


def motion_details(
    faces: RegisteredFaces, template: NDArray[np.float32], choice: NetworkChoice
) -> tuple[MotionDetailConfig, ...]:
    """Details of the expression in the windows of the template's details."""
    names = faces.expression_names.split("\n")
    details = []
    for name, (marks, omega) in MOTION_DETAILS.items():
        _, radii, mirrored = DETAILS[name]
        x, y, z = template[faces.landmarks[list(marks)]].mean(0).tolist()
        deform = DeformConfig(
            code_size=len(names),
            width=choice.narrow,
            layers=choice.layers,
            omega=omega,
            hyper_width=choice.hyper_width,
            generated=choice.generated,
            corrects=True,
            centre=(x if mirrored else 0.0, y, z),
            scale=max(radii),
        )
        exchange = exchanged_names(names) if mirrored else ()
        details.append(MotionDetailConfig(deform, radii, mirrored, exchange))
    return tuple(details)


def exchanged_names(names: list[str]) -> tuple[int, ...]:
    """For every name the index of the one with left and right exchanged, or its own."""
    exchange = list(range(len(names)))
    for members in paired_names(names):
        if len(members) == 2:
            exchange[members[0]], exchange[members[1]] = members[1], members[0]
    return tuple(exchange)


def data_handles(faces: RegisteredFaces) -> Handles:
    """Handles on the registered faces themselves, whose motion is known exactly."""
    rows = faces.handles
    template = faces.vertices(faces.canonical_code())
    return Handles(template[rows], faces.rest[rows], faces.basis[rows])


def set_guide(
    network: TemplateNetwork, distance: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> None:
    """Fill the grid with signed distances, `(N, 3)` mm to `(N,)` mm."""
    nodes = network.guide_nodes()
    distances = distance(nodes.reshape(-1, 3).numpy())
    with torch.no_grad():
        network.guide.copy_(torch.from_numpy(distances).view(network.guide.shape))


def _set_windows(network: PartsNetwork, faces: RegisteredFaces) -> None:
    """Ellipsoids that hold every vertex a small part can move."""
    template = faces.vertices(faces.canonical_code())
    row = 0
    for part in WINDOWED:
        moved = np.abs(faces.basis[:, :, faces.slices[part]]).max((1, 2)) > 1e-4
        for piece in range(WINDOW_PIECES[part]):
            side = (template[:, 0] > 0) == bool(piece) if WINDOW_PIECES[part] > 1 else True
            centre, radii = enclosing_ellipsoid(template[moved & side])
            network.window_centres[row] = torch.from_numpy(centre)
            network.window_radii[row] = torch.from_numpy(radii)
            row += 1


def enclosing_ellipsoid(
    points: NDArray[np.float32], margin: float = 4.0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centre and semi-axes `(3,)` in mm of an upright ellipsoid about points `(N, 3)`."""
    low, high = points.min(0), points.max(0)
    centre, half = (low + high) / 2, (high - low) / 2 + margin
    reach = float(np.sqrt((((points - centre) / half) ** 2).sum(1)).max())
    return centre, half * max(1.0, reach)
