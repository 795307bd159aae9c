"""The papers' ablations as tables: Wang et al. (2020) table 4 and figure 13, Liu et al. tables 2
and 3, and our own start and term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from engine.evaluation.tables import Cell, Table
from training.photos.ablations import (
    BLOCKS,
    FACE_STARTS,
    FEW_UNPOOLINGS,
    PUBLISHED_TERMS,
    SAMPLINGS,
    STARTS,
    TERMS,
    UNPOOLINGS,
    TrialResult,
    Variant,
    steps_to_criterion,
)
from training.photos.tables import PaperTable

MEASURES = {
    "F(τ)": "f_tau",
    "F(2τ)": "f_two_tau",
    "CD": "chamfer",
    "EMD": "earth_mover",
    "CD in place": "chamfer_in_place",
}
REDUCED = (
    "A reduced scale. Within a table every variant has the same photographs, steps and measurement "
    "and differs in one thing; rows with fewer steps are not finished.",
    "The last column but one has the CD of each training of a row, the first with the same random "
    "numbers in all rows, and so on; the figures are means over as many as every row has. "
    "Differences as small as between a row's own trainings are chance.",
)
PUBLISHED_4 = (
    "Published, on ShapeNet, F(τ) / CD: -ResNet 55.3 / 0.644, -Laplacian 60.8 / 0.596, -Unpooling "
    "60.2 / 0.561, -Normal 58.7 / 0.598, -Edge length 60.1 / 0.552, full model 59.7 / 0.591."
)
ZONES = (
    "Points within 10 mm of a landmark, within 17 mm, and beyond, as 3 : 4 : 11 or 4 : 3 : 2. "
    "The paper gives no figures: 1 and 2 almost the same, 3 worse."
)


@dataclass(frozen=True, slots=True)
class Group:
    """A table: key of its file, title, the first column's header, rows, and notes of its own."""

    key: str
    title: str
    first: str
    variants: Sequence[Variant]
    notes: tuple[str, ...] = ()


GROUPS = (
    Group(
        "pixel2mesh-4",
        "What each component gives, from the paper's ellipsoid (Pixel2Mesh, table 4)",
        "Category",
        PUBLISHED_TERMS,
        (PUBLISHED_4,),
    ),
    Group(
        "pixel2mesh-4-mean",
        "What each component gives, from the posed mean head (after table 4)",
        "Category",
        TERMS,
    ),
    Group("pixel2mesh-blocks", "Number of blocks (figure 13, left)", "Blocks", BLOCKS),
    Group("pixel2mesh-start", "Where the deformation starts (ours)", "Start", STARTS),
    Group("pixel2mesh-face-start", "Where a face's deformation starts", "Start", FACE_STARTS),
    Group("pixel2mesh-face-unpooling", "Unpooling on held-out renders", "Method", UNPOOLINGS),
    Group(
        "pixel2mesh-face-3",
        "Where target points are drawn (Liu et al., table 3)",
        "Configuration",
        SAMPLINGS,
        (ZONES,),
    ),
)


def ablation_tables(
    results: Mapping[str, Sequence[TrialResult]], curves: Mapping[str, Mapping[int, float]]
) -> list[PaperTable]:
    """The tables for which there are results.

    Args:
        results: of each variant's trainings, by its key.
        curves: chamfer losses by step of the variants that overfit a few photographs.
    """
    tables = [
        PaperTable(group.key, group.title, table, (*_scale(group, results), *REDUCED, *group.notes))
        for group in GROUPS
        if (table := _results_table(group.first, group.variants, results)).rows
    ]
    criterion = _criterion_table(curves)
    return [*tables, *([criterion] if criterion is not None else [])]


def _scale(group: Group, results: Mapping[str, Sequence[TrialResult]]) -> tuple[str, ...]:
    """How little the rows of a table were trained, from the longest of them."""
    found = [result for variant in group.variants for result in results.get(variant.key, ())]
    last = max(reversed(found), key=lambda result: result.steps)
    network, training = last.config["network"], last.config["training"]
    size = network["image_size"]
    begun = "" if last.init is None else f" Image layers begin with those of {last.init}."
    return (
        f"{training['steps']} steps of {training['batch']} photographs of {size} × {size} pixels, "
        f"{network['hidden']} channels on the graph, {training['points']} target points; measured "
        f"on {last.measured} held-out renders.{begun}",
    )


def _results_table(
    first: str, variants: Sequence[Variant], results: Mapping[str, Sequence[TrialResult]]
) -> Table:
    present = [(variant, results[variant.key]) for variant in variants if results.get(variant.key)]
    common = min((len(found) for _, found in present), default=0)
    rows: list[tuple[Cell, ...]] = []
    for variant, found in present:
        shared = found[:common]
        figures = [
            fmean(getattr(one.surface, name) for one in shared) for name in MEASURES.values()
        ]
        normals = [one.normals for one in shared if one.normals is not None]
        turned = fmean(normals) if normals else None
        each = " / ".join(f"{one.surface.chamfer:.3f}" for one in found)
        steps = float(min(one.steps for one in shared))
        rows.append((variant.title, *figures, turned, each, steps))
    header = (first, *MEASURES, "Normals, °", "CD of each training", "Steps")
    return Table(header, tuple(rows), (0, 1, 1, 3, 2, 3, 1, 0, 0))


def _criterion_table(curves: Mapping[str, Mapping[int, float]]) -> PaperTable | None:
    """Table 2 of Liu et al.: steps until both unpoolings meet one criterion."""
    known = {variant.key: curves.get(variant.key, {}) for variant in FEW_UNPOOLINGS}
    steps = steps_to_criterion(known)
    if not steps:
        return None
    header = ("Method", *(variant.title for variant in FEW_UNPOOLINGS))
    row: tuple[Cell, ...] = ("Steps", *(float(steps[variant.key]) for variant in FEW_UNPOOLINGS))
    notes = (
        "Both are overfitted to ten photographs, as in the paper, at a reduced scale. The "
        "criterion is the larger of their least chamfer losses, which are looked at every 50 "
        "steps. Published: 5000 epochs without and 4500 with.",
    )
    table = Table(header, (row,), (0, 0, 0))
    title = "Steps to the same criterion (Liu et al., table 2)"
    return PaperTable("pixel2mesh-face-2", title, table, notes)
