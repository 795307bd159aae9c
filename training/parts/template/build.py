"""All the steps from the template network to the template mesh."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.progress import Progress, ignore_progress
from training.parts.registered import RegisteredFaces
from training.parts.template.extract import extract_half
from training.parts.template.labels import label_surface
from training.parts.template.mirror import WholeSurface, mirror_surface
from training.parts.template.paint import Palette, paint
from training.parts.template.quality import TemplateQuality, measure_quality
from training.parts.template.remesh import RemeshChoice, remesh
from training.parts.template.sizing import SizingChoice, choose_sizes, ear_region
from training.parts.template.symmetric_field import Evaluate, SymmetricField
from training.parts.template.template_mesh import TemplateMesh
from training.parts.template.transfer import transfer_landmarks, transfer_regions
from training.parts.template.uv import UvChoice, UvMap, unfold

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """Settings of the template's making.

    Attributes:
        spacing: of the grid the surface is extracted on, mm.
        margin: of the grid's box around the registered face, mm.
        sizing, remeshing, unfolding, palette: of the steps.
        seed: of the skin's gentle variation.
    """

    spacing: float = 1.3
    margin: float = 6.0
    sizing: SizingChoice = field(default_factory=SizingChoice)
    remeshing: RemeshChoice = field(default_factory=RemeshChoice)
    unfolding: UvChoice = field(default_factory=UvChoice)
    palette: Palette = field(default_factory=Palette)
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class BuiltTemplate:
    """The template and what was measured of it."""

    template: TemplateMesh
    quality: TemplateQuality


def build_template(
    evaluate: Evaluate,
    faces: RegisteredFaces,
    choice: TemplateChoice | None = None,
    progress: Progress = ignore_progress,
) -> BuiltTemplate:
    """Make the template mesh from the template network.

    Args:
        evaluate: the network's signed distance: points `(N, 3)` float32 mm to `(N,)` mm,
            negative inside.
        faces: the registered faces it was trained on, for the labels, regions and landmarks.
        choice: settings.
        progress: told of each step.

    Raises:
        InputError: the network has not learned a head.
    """
    choice = choice or TemplateChoice()
    registered = faces.vertices(faces.canonical_code()).astype(np.float64)
    marks = registered[faces.landmarks]
    progress(0.0, "Extracting the surface")
    low, high = registered.min(0) - choice.margin, registered.max(0) + choice.margin
    extraction = extract_half(SymmetricField(evaluate), low, high, choice.spacing)
    progress(0.2, "Labelling")
    labelled = label_surface(extraction.surface, faces)
    sizes = choose_sizes(labelled, extraction.field, marks, choice.sizing)
    half = remesh(
        labelled,
        extraction.field,
        sizes,
        choice.remeshing,
        lambda done, text: progress(0.25 + 0.5 * done, f"Remeshing: {text}"),
    )
    surface = mirror_surface(half)
    progress(0.75, "Unfolding")
    ears = ear_region(surface.vertices, marks)
    uv = unfold(surface, marks, ears, choice.unfolding)
    progress(0.95, "Painting")
    template = _assemble(surface, uv, faces, registered, choice)
    quality = measure_quality(template, evaluate, uv, len(extraction.field.patches))
    progress(1.0, "Template made")
    return BuiltTemplate(template, quality)


def _assemble(
    surface: WholeSurface,
    uv: UvMap,
    faces: RegisteredFaces,
    registered: Array,
    choice: TemplateChoice,
) -> TemplateMesh:
    landmarks = transfer_landmarks(surface, registered[faces.landmarks])
    colors = paint(
        surface, surface.vertices[landmarks], choice.palette, np.random.default_rng(choice.seed)
    )
    return TemplateMesh(
        vertices=surface.vertices.astype(np.float32),
        faces=surface.faces.astype(np.int32),
        uv=uv.uv.astype(np.float32),
        region_weights=transfer_regions(surface, faces, registered),
        colors=colors,
        landmarks=landmarks,
        mirror=surface.mirror.astype(np.int32),
        kinds=surface.kinds.astype(np.uint8),
        face_kinds=surface.face_kinds.astype(np.uint8),
    )
