"""What `lineament compare` and `lineament render` accept, with their help."""

import argparse
from collections.abc import Callable
from typing import Any

from app.cli.options import (
    add_command,
    add_device,
    add_output,
    number_above_zero,
    whole_number,
)

ALIGNS = ("none", "rigid", "similarity")
KINDS = ("nearest", "signed", "corresponding", "sliding")
VIEW_NAMES = ("front", "side", "three-quarter", "top")
MAP_NAMES = ("ember", "inferno", "magma", "viridis", "cividis", "vane")


def add_compare(commands: Any) -> None:
    """Pairs of surfaces in figures."""
    parser = add_command(
        commands,
        "compare",
        "measure surfaces against others",
        "Measure how far surfaces lie from their references: exact distances to the reference "
        "surface, in millimetres. Files come in pairs, a surface and its reference; with "
        "--against all are measured against one file, or each against the file of its name in a "
        "folder.",
        """\
examples:
  lineament compare result.obj truth.obj
  lineament compare a.ply b.ply c.ply --against truth.ply --align rigid --html report.html
  lineament compare results/ --against truths/ --align similarity --regions --csv table.csv

Alignment is by corresponding vertices where both have the same topology, else by ICP.
One pair gives a JSON object, several give a list. mean, median, rms, p90 to p99 and max are
of distances from the surface to its reference; chamfer is the mean of both directions' means.
""",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)
    parser.add_argument("--against", metavar="REF", help="reference of all files, or a folder")
    _add_align(parser)
    parser.add_argument(
        "--regions", action="store_true", help="also by nose, eyes, mouth and the rest of the head"
    )
    parser.add_argument(
        "--threshold",
        nargs="+",
        type=number_above_zero,
        default=[0.5, 1.0, 2.0],
        metavar="MM",
        help="of the F-scores (default: 0.5 1 2)",
    )
    parser.add_argument(
        "--samples",
        type=whole_number(100, 10_000_000),
        default=150_000,
        help="points on each surface (default: 150000)",
    )
    parser.add_argument(
        "--seed", type=whole_number(0, 2**31), default=0, help="of the points (default: 0)"
    )
    parser.add_argument(
        "--no-emd", action="store_true", help="leave the earth mover's distance out"
    )
    for suffix, text in (
        ("json", "the figures as JSON; - for the standard output"),
        ("csv", "the figures as a table"),
        ("md", "the table in Markdown"),
        ("tex", "the table in LaTeX"),
        ("html", "pictures, curves and tables in one file"),
        ("curves", "the cumulative error curves, of many pairs by folder: .svg, .pdf or .png"),
    ):
        parser.add_argument(f"--{suffix}", metavar="FILE", help=f"write {text}")
    parser.add_argument(
        "--jobs", type=whole_number(1, 256), help="pairs at once (default: one for each processor)"
    )
    add_device(parser)


def add_render(commands: Any) -> None:
    """A surface as a picture."""
    parser = add_command(
        commands,
        "render",
        "draw surfaces or their errors, without a window",
        "Draw surfaces from a fixed place into a picture, side by side. With --against they show "
        "their distance to that surface. Needs no display.",
        """\
examples:
  lineament render face.lineament -o face.png
  lineament render a.ply b.ply --against truth.ply --range 0 3 -o errors.png
  lineament render a.ply --against truth.ply --kind signed --view three-quarter -o errors.png
""",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)
    add_output(parser, "a .png file")
    parser.add_argument("--against", metavar="REF", help="the surface to measure against")
    _add_align(parser)
    parser.add_argument("--kind", choices=KINDS, default="nearest", help="what (default: nearest)")
    parser.add_argument(
        "--range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="millimetres at the ends of the colours (default: to the 95th percentile of all)",
    )
    parser.add_argument("--map", choices=MAP_NAMES, help="colours (default: ember, signed: vane)")
    parser.add_argument("--reverse", action="store_true", help="turn the colours round")
    parser.add_argument(
        "--mask", type=number_above_zero, metavar="MM", help="leave errors below this grey"
    )
    parser.add_argument("--view", choices=VIEW_NAMES, default="front", help="from (default: front)")
    parser.add_argument(
        "--size", type=_size, default=(900, 900), metavar="WxH", help="pixels (default: 900x900)"
    )
    parser.add_argument("--no-bar", action="store_true", help="leave the bar of colours out")
    parser.add_argument("--dark", action="store_true", help="on a dark ground")
    add_device(parser)


_FILES = "a .obj, .ply, .stl, .glb or .lineament file, or a folder of them"


def _add_align(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--align",
        choices=ALIGNS,
        default="none",
        help="none: as they lie; rigid: turned and moved; similarity: scaled too (default: none)",
    )


def _size(text: str) -> tuple[int, int]:
    parse: Callable[[str], int] = whole_number(16, 8192)
    width, separator, height = text.lower().partition("x")
    if not separator:
        raise argparse.ArgumentTypeError(f"'{text}' is no size such as 900x600")
    return parse(width), parse(height)
