"""Variants of Pixel2Mesh that differ in one thing, and what each of them is measured at.

The names of the variants are those of the papers' tables: Wang et al. (2020) table 4 and figure
13, Liu et al. tables 2 and 3. Beside them stand things of ours: the start at the posed mean head
or face, the term for correspondence, and evenly drawn points. A variant can be trained more than
once with other random numbers, which shows how large differences by chance are.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.evaluation.photo_metrics import SurfaceFigures
from training.photos.pixel2mesh.config_file import Pixel2MeshConfigFile
from training.photos.pixel2mesh.losses import MeshLossWeights

Change = Callable[[Pixel2MeshConfigFile], Pixel2MeshConfigFile]
HEAD, FACE = "pixel2mesh", "pixel2mesh-face"
RESULT_FILE, CURVE_FILE = "result.json", "curve.jsonl"
FEW = 10
"""Photographs that Liu et al. overfit for their table 2."""
DENSE = 2
"""How many times more points the first configuration of their table 3 has than the others."""
FEW_NEAR, MANY_NEAR = (3000.0, 4000.0, 11000.0), (4000.0, 3000.0, 2000.0)
"""Points in the key region, around it and beyond: configurations 1 and 2 of the same, and 3."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One training.

    Attributes:
        key: of its folder; title: in the tables.
        change: makes its configuration of the reduced one.
        network: `pixel2mesh` (a head from the ellipsoid) or `pixel2mesh-face`.
        few: trained and measured on the same `FEW` photographs.
    """

    key: str
    title: str
    change: Change
    network: str = HEAD
    few: bool = False


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What a variant reached.

    Attributes:
        steps: it was trained; config: with what; surface: means on the held-out photographs.
        init: the weights file whose image layers it began with, if any.
        measured: number of those photographs.
        normals: mean error of the normals on them, degrees.
    """

    steps: int
    config: Mapping[str, Any]
    surface: SurfaceFigures
    init: str | None = None
    measured: int = 0
    normals: float | None = None


def _network(**changes: Any) -> Change:
    return lambda file: replace(file, network=replace(file.network, **changes))


def _losses(**changes: Any) -> Change:
    return lambda file: replace(file, losses=replace(file.losses, **changes))


def _training(**changes: Any) -> Change:
    return lambda file: replace(file, training=replace(file.training, **changes))


def _sampling(shares: tuple[float, ...], times: int = 1) -> Change:
    def change(file: Pixel2MeshConfigFile) -> Pixel2MeshConfigFile:
        return _training(near_shares=list(shares), points=times * file.training.points)(file)

    return change


def _unchanged(file: Pixel2MeshConfigFile) -> Pixel2MeshConfigFile:
    return file


def _published_start(change: Change) -> Change:
    """`change` from the paper's own start, whose vertices only the paper's own weight of edge
    lengths brings together."""

    def both(file: Pixel2MeshConfigFile) -> Pixel2MeshConfigFile:
        own = _losses(edge=MeshLossWeights().edge)(_network(start="published")(file))
        return change(own)

    return both


FULL = Variant("full", "Full model", _unchanged)
TERMS = (
    Variant("no-resnet", "-ResNet", _network(shortcut=False)),
    Variant("no-laplacian", "-Laplacian", _losses(laplacian=0.0)),
    Variant("no-unpooling", "-Unpooling", _network(unpools=False)),
    Variant("no-normal", "-Normal", _losses(normal=0.0)),
    Variant("no-edge", "-Edge length", _losses(edge=0.0)),
    FULL,
)
PUBLISHED_TERMS = tuple(
    replace(variant, key=f"published-{variant.key}", change=_published_start(variant.change))
    for variant in TERMS
)
BLOCKS = (
    Variant("blocks-1", "1", _network(blocks=1)),
    Variant("blocks-2", "2", _network(blocks=2)),
    replace(FULL, title="3"),
    Variant("blocks-4", "4", _network(blocks=4)),
)
STARTS = (
    Variant("ellipsoid", "The paper's ellipsoid", _network(start="published")),
    replace(FULL, title="The posed mean head (ours)"),
    Variant("correspondence", "… and correspondence (ours)", _losses(correspondence=0.05)),
    Variant("untrained", "The posed mean head after one step", _training(steps=1)),
)
UNPOOLINGS = (
    Variant("face-plain", "Without Adaptive Unpooling", _network(adaptive=False), FACE),
    Variant("face-adaptive", "Adaptive Unpooling", _network(adaptive=True), FACE),
)
FEW_UNPOOLINGS = tuple(
    replace(variant, key=f"{variant.key}-few", few=True) for variant in UNPOOLINGS
)
FACE_STARTS = (
    Variant("face-semi-sphere", "The paper's semi-sphere", _network(start="published"), FACE),
    replace(UNPOOLINGS[0], title="The posed mean face (ours)"),
)
SAMPLINGS = (
    Variant("face-near-dense", "1: 3 : 4 : 11, twice the points", _sampling(FEW_NEAR, DENSE), FACE),
    Variant("face-near", "2: 3 : 4 : 11", _sampling(FEW_NEAR), FACE),
    Variant("face-nearer", "3: 4 : 3 : 2", _sampling(MANY_NEAR), FACE),
    replace(UNPOOLINGS[0], title="Evenly drawn (ours)"),
)


def all_variants() -> tuple[Variant, ...]:
    """Every training, each once."""
    groups = (
        TERMS,
        PUBLISHED_TERMS,
        BLOCKS,
        STARTS,
        UNPOOLINGS,
        FACE_STARTS,
        SAMPLINGS,
        FEW_UNPOOLINGS,
    )
    named: dict[str, Variant] = {}
    for variant in (variant for group in groups for variant in group):
        named.setdefault(variant.key, variant)
    return tuple(named.values())


def repeated(variant: Variant, number: int) -> Variant:
    """The training `number` of a variant, from 1: the others have random numbers of their own."""
    if number == 1:
        return variant

    def change(file: Pixel2MeshConfigFile) -> Pixel2MeshConfigFile:
        changed = variant.change(file)
        return _training(seed=changed.training.seed + number - 1)(changed)

    return replace(variant, key=f"{variant.key}-{number}", change=change)


def write_result(folder: Path, result: TrialResult) -> None:
    """Keep a variant's result in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT_FILE).write_text(json.dumps(asdict(result), indent=2) + "\n")


def read_result(folder: Path) -> TrialResult | None:
    """What a variant reached, None if it was not measured yet.

    Raises:
        InputError: the file holds something else.
    """
    file = folder / RESULT_FILE
    if not file.is_file():
        return None
    try:
        plain = json.loads(file.read_text())
        surface = SurfaceFigures(**plain["surface"])
        return TrialResult(**{**plain, "surface": surface})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{file} does not hold a result ({error}). Remove it to measure anew."
        ) from error


def read_results(runs: Path, variant: Variant) -> tuple[TrialResult, ...]:
    """What the trainings of a variant in the folder `runs` reached. Raises as `read_result`."""
    found: list[TrialResult] = []
    while (result := read_result(runs / repeated(variant, len(found) + 1).key)) is not None:
        found.append(result)
    return tuple(found)


def add_to_curve(folder: Path, step: int, chamfer: float) -> None:
    """Keep the chamfer loss of the last block after a step."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CURVE_FILE).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"step": step, "chamfer": chamfer}) + "\n")


def read_curve(folder: Path) -> dict[int, float]:
    """Chamfer losses by step; a step that a resumed run repeated counts once."""
    file = folder / CURVE_FILE
    if not file.is_file():
        return {}
    entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {int(entry["step"]): float(entry["chamfer"]) for entry in entries}


def steps_to_criterion(curves: Mapping[str, Mapping[int, float]]) -> dict[str, int]:
    """Steps after which each of `curves` first met the criterion that all of them meet: the
    largest of their least losses. Empty where one of them has no losses."""
    if not curves or not all(curves.values()):
        return {}
    criterion = max(min(curve.values()) for curve in curves.values())
    return {
        key: min(step for step, loss in curve.items() if loss <= criterion)
        for key, curve in curves.items()
    }
