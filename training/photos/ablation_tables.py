"""The papers' ablations as tables: Wang et al. (2020) table 4 and figure 13, Liu et al. tables 2
and 3, and our own start and term."""

from collections.abc import Mapping, Sequence

from engine.evaluation.tables import Cell, Table
from training.photos.ablations import (
    BLOCKS,
    FEW_UNPOOLINGS,
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
    "A reduced scale: see training/configs/photos-ablations.toml. Every variant has the same seed, "
    "photographs and steps, and differs in one thing; rows with fewer steps are not finished.",
    "One run each: small differences are chance.",
)


def ablation_tables(
    results: Mapping[str, TrialResult], curves: Mapping[str, Mapping[int, float]]
) -> list[PaperTable]:
    """The tables for which there are results, by the variants' keys.

    Args:
        curves: chamfer losses by step of the variants that overfit a few photographs.
    """
    groups: tuple[tuple[str, str, str, Sequence[Variant]], ...] = (
        ("pixel2mesh-4", "What each component gives (Pixel2Mesh, table 4)", "Category", TERMS),
        ("pixel2mesh-blocks", "Number of blocks (figure 13, left)", "Blocks", BLOCKS),
        ("pixel2mesh-start", "Where the deformation starts (ours)", "Start", STARTS),
        ("pixel2mesh-face-unpooling", "Unpooling on held-out renders", "Method", UNPOOLINGS),
        (
            "pixel2mesh-face-3",
            "Where target points are drawn (Liu et al., table 3)",
            "Configuration",
            SAMPLINGS,
        ),
    )
    tables = [
        PaperTable(key, title, table, REDUCED)
        for key, title, first, variants in groups
        if (table := _results_table(first, variants, results)).rows
    ]
    criterion = _criterion_table(curves)
    return [*tables, *([criterion] if criterion is not None else [])]


def _results_table(
    first: str, variants: Sequence[Variant], results: Mapping[str, TrialResult]
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for variant in variants:
        found = results.get(variant.key)
        if found is not None:
            figures = [float(getattr(found.surface, name)) for name in MEASURES.values()]
            rows.append((variant.title, *figures, float(found.steps)))
    return Table((first, *MEASURES, "Steps"), tuple(rows), (0, 1, 1, 3, 2, 3, 0))


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
