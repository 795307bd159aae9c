"""The papers' tables with our methods on our photographs, from figures that were measured.

Pixel2Mesh (Wang et al., 2020) tables 1, 2, 3 and 5, Pixel2Mesh for faces (Liu et al.) table 1 and
the coarse-to-fine network (Cheng et al., 2020, supplement) table 1. The ablations are in
`training.photos.ablation_tables`. Where the papers have ShapeNet's categories, here stand kinds
of photographs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.evaluation.photo_metrics import SurfaceFigures
from engine.evaluation.tables import Cell, Table
from training.photos.evaluation import MethodFigures, PhotoFigures, mean_figures

AT_REST = 0.35
"""A face whose largest expression weight is below this counts as at rest."""


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table under the name of the paper's.

    Attributes:
        key: of its file; title: what it shows; notes: what must be known to read it.
    """

    key: str
    title: str
    table: Table
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of photographs."""

    name: str
    holds: Callable[[PhotoFigures], bool]


CATEGORIES = (
    Category("near-frontal (yaw below 30°)", lambda photo: abs(photo.yaw) < 30.0),
    Category("half turned (30° to 60°)", lambda photo: 30.0 <= abs(photo.yaw) < 60.0),
    Category("profile (60° and more)", lambda photo: abs(photo.yaw) >= 60.0),
    Category("at rest", lambda photo: (photo.expression or 0.0) < AT_REST),
    Category("with expression", lambda photo: (photo.expression or 0.0) >= AT_REST),
)


def surface_tables(methods: Sequence[MethodFigures]) -> list[PaperTable]:
    """Tables 1 to 3 of Pixel2Mesh and table 1 of Pixel2Mesh for faces."""
    scores = _by_category(methods, {"F(τ)": "f_tau", "F(2τ)": "f_two_tau"}, 1)
    distances = _by_category(methods, {"CD": "chamfer", "EMD": "earth_mover"}, 3)
    notes = ("Categories are kinds of held-out renders, in place of ShapeNet's.",)
    return [
        PaperTable("pixel2mesh-1", "F-scores by category (Pixel2Mesh, table 1)", scores, notes),
        PaperTable("pixel2mesh-2", "CD and EMD by category (table 2)", distances, notes),
        PaperTable(
            "pixel2mesh-3",
            "Meshes against the implicit model, near-frontal photographs (table 3)",
            _four_figures(methods, CATEGORIES[0].holds),
            ("The paper compares with an octree's voxels on cars; here with the face model.",),
        ),
        PaperTable(
            "pixel2mesh-face-1",
            "Pixel2Mesh and Pixel2Mesh for faces (Liu et al., table 1)",
            _original_and_ours(methods),
            (
                "The published rows are the paper's own claims on other data and in units that it "
                "does not state: they do not compare with ours.",
            ),
        ),
    ]


def nme_table(methods: Sequence[MethodFigures], data: str) -> PaperTable:
    """Table 5 of Pixel2Mesh: NME as a share of the face's size."""
    rows: list[tuple[Cell, ...]] = []
    for method in methods:
        mean = mean_figures(method, method.photos)
        if mean.nme is not None and mean.nme_inner is not None:
            rows.append((method.title, mean.nme / 100.0, mean.nme_inner / 100.0))
    rows.append(("Pixel2Mesh, published, AFLW2000-3D", 0.0656, None))
    table = Table(("Method", "NME", "NME, inner 51"), tuple(rows), (0, 4, 4))
    return PaperTable("pixel2mesh-5", f"NME on {data} (table 5)", table)


def cost_table(methods: Sequence[MethodFigures], device: str) -> PaperTable:
    """Table 1 of the coarse-to-fine network's supplement: time and size."""
    rows: list[tuple[Cell, ...]] = []
    for method in methods:
        mean = mean_figures(method, method.photos)
        rows.append((method.title, "End-to-end", mean.milliseconds, method.megabytes or None))
    rows += [
        ("Cheng et al., ResNet-50, published, GTX 1080", "End-to-end", 10.8, 209.0),
        ("Cheng et al., MobileNetV2, published, GTX 1080", "End-to-end", 6.2, 37.0),
        ("Pixel2Mesh, published, Titan X", "End-to-end", 15.58, None),
    ]
    header = ("Method", "Step", "Time (ms)", "Model size (MB)")
    note = f"Ours on {device}: median of one photograph, detection not included."
    table = Table(header, tuple(rows), (0, 0, 1, 1))
    return PaperTable("coarse-to-fine-1", "Time and size (Cheng et al., table 1)", table, (note,))


def _by_category(methods: Sequence[MethodFigures], measures: dict[str, str], digits: int) -> Table:
    header = ["Category", "Photographs"]
    header += [f"{title} {method.title}" for title in measures for method in methods]
    rows: list[tuple[Cell, ...]] = []
    for category in (*CATEGORIES, Category("mean", lambda photo: True)):
        cells = [
            _value(_surface(method, category.holds), name)
            for name in measures.values()
            for method in methods
        ]
        count = sum(category.holds(photo) for photo in methods[0].photos)
        rows.append((category.name, float(count), *cells))
    return Table(tuple(header), tuple(rows), (0, 0, *[digits] * (len(header) - 2)))


def _four_figures(methods: Sequence[MethodFigures], holds: Callable[[PhotoFigures], bool]) -> Table:
    names = ("f_tau", "f_two_tau", "chamfer", "earth_mover")
    rows = tuple(
        (method.title, *(_value(_surface(method, holds), name) for name in names))
        for method in methods
    )
    return Table(("Method", "F(τ)", "F(2τ)", "CD", "EMD"), rows, (0, 1, 1, 3, 2))


def _original_and_ours(methods: Sequence[MethodFigures]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("original, published", "ShapeNet", 0.482, 65.22, 78.80),
        ("ours, published", "AFLW2000", 0.039, 57.28, 77.54),
    ]
    for method in methods:
        if method.name in ("mean", "pixel2mesh", "pixel2mesh-face"):
            found = _surface(method, lambda photo: True)
            names = ("chamfer", "f_tau", "f_two_tau")
            rows.append((method.title, "held-out renders", *(_value(found, n) for n in names)))
    return Table(("Methods", "Dataset", "cd", "F1 τ", "F1 2τ"), tuple(rows), (0, 0, 3, 2, 2))


def _surface(method: MethodFigures, holds: Callable[[PhotoFigures], bool]) -> SurfaceFigures | None:
    photos = tuple(photo for photo in method.photos if holds(photo))
    return mean_figures(method, photos).surface


def _value(surface: SurfaceFigures | None, name: str) -> float | None:
    return None if surface is None else float(getattr(surface, name))
