"""The figures of every photograph as CSV, to reckon with and to make tables of later."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from engine.errors import InputError
from engine.evaluation.photo_metrics import LandmarkErrors, SurfaceFigures
from engine.photo.methods import TITLES
from training.photos.evaluation import MethodFigures, PhotoFigures

SURFACE = tuple(entry.name for entry in fields(SurfaceFigures))
HEAD = (
    "method",
    "megabytes",
    "photo",
    "yaw",
    "expression",
    "found",
    "nme",
    "nme_inner",
    *SURFACE,
    "seconds",
    "error",
)


def figures_to_csv(methods: Sequence[MethodFigures]) -> str:
    """A row for each photograph and method; of what failed, the reason."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEAD, restval="")
    writer.writeheader()
    for method in methods:
        own = {"method": method.name, "megabytes": f"{method.megabytes:.3f}"}
        writer.writerows(own | _cells(photo) for photo in method.photos)
        writer.writerows(
            own | {"photo": str(row), "error": reason} for row, reason in method.failures.items()
        )
    return text.getvalue()


def _cells(photo: PhotoFigures) -> dict[str, str]:
    cells = {
        "photo": str(photo.row),
        "yaw": f"{photo.yaw:.2f}",
        "found": str(int(photo.found)),
        "nme": f"{photo.landmarks.all_points:.6g}",
        "nme_inner": f"{photo.landmarks.inner_points:.6g}",
        "seconds": f"{photo.seconds:.5f}",
    }
    if photo.expression is not None:
        cells["expression"] = f"{photo.expression:.3f}"
    if photo.surface is not None:
        cells |= {name: f"{getattr(photo.surface, name):.6g}" for name in SURFACE}
    return cells


def read_figures(file: Path) -> tuple[MethodFigures, ...]:
    """What `figures_to_csv` wrote, without the codes.

    Raises:
        InputError: the file is missing or something else.
    """
    found: dict[str, tuple[float, list[PhotoFigures], dict[int, str]]] = {}
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                entry = found.setdefault(row["method"], (float(row["megabytes"]), [], {}))
                if row["error"]:
                    entry[2][int(row["photo"])] = row["error"]
                else:
                    entry[1].append(_photo(row))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{file} does not hold the figures of photographs ({error}). Make them with "
            "`lineament-train photos evaluate`."
        ) from error
    return tuple(
        MethodFigures(name, TITLES.get(name, name), megabytes, tuple(photos), {}, failures)
        for name, (megabytes, photos, failures) in found.items()
    )


def _photo(row: dict[str, str]) -> PhotoFigures:
    surface = None
    if row[SURFACE[0]]:
        surface = SurfaceFigures(**{name: float(row[name]) for name in SURFACE})
    return PhotoFigures(
        int(row["photo"]),
        float(row["yaw"]),
        float(row["expression"]) if row["expression"] else None,
        row["found"] == "1",
        LandmarkErrors(float(row["nme"]), float(row["nme_inner"])),
        surface,
        float(row["seconds"]),
    )
