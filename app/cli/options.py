"""Options that several commands share."""

import argparse
import math
import textwrap
from collections.abc import Callable
from typing import Any

PART_NAMES = ("nose", "eyes", "mouth", "head", "expression")

_SURFACE_HELP = """\
surfaces:
  free      marching cubes on the model's signed distance, at --resolution cells
  template  the same vertices and faces for every face, with UV; as .glb also with the
            expressions as named morph targets (shape keys), from 0 to 1
  The default is template for .glb and free for .obj, .ply and .stl. Both are closed and end in
  a plane at the neck. Colours are those of the skin, or of a photo projected onto the face.
"""


def add_command(
    commands: Any, name: str, summary: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    """A new command of `commands`, an argparse subparsers object."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=textwrap.fill(description, 80),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def add_surface(parser: argparse.ArgumentParser) -> None:
    """Which surface a mesh file gets, explained in the epilog."""
    parser.add_argument(
        "--topology",
        choices=("free", "template"),
        help="which surface: the finest, or the one to rig and texture (see below)",
    )
    add_resolution(parser)
    parser.epilog = f"{_SURFACE_HELP}\n{parser.epilog}"


def add_resolution(parser: argparse.ArgumentParser) -> None:
    """How fine the free surface is."""
    parser.add_argument(
        "--resolution",
        type=whole_number(64, 512),
        default=256,
        help="cells along the longest side of the free surface, 64 to 512 (default: 256)",
    )


def add_output(parser: argparse.ArgumentParser, text: str, required: bool = True) -> None:
    """The file to write; `text` says of which kinds it may be."""
    parser.add_argument("-o", "--output", required=required, metavar="FILE", help=text)


def add_parts(
    parser: argparse.ArgumentParser, text: str, required: bool = False, also: str = ""
) -> None:
    """Which parts; the help begins with `text` and names them.

    Args:
        also: another spelling of the option.
    """
    names = f"{text}: {', '.join(PART_NAMES)}"
    parser.add_argument(
        "--part",
        *([also] if also else []),
        nargs="+",
        action="extend",
        required=required,
        choices=PART_NAMES,
        metavar="PART",
        help=names if required else f"{names} (default: all)",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where the model runs."""
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, cuda or cuda:1 (default: auto)"
    )


def add_json(parser: argparse.ArgumentParser, text: str) -> None:
    """Output for programs."""
    parser.add_argument("--json", action="store_true", help=text)


def whole_number(least: int, greatest: int) -> Callable[[str], int]:
    """Reads a whole number from `least` to `greatest`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= greatest:
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a whole number from {least} to {greatest}"
            )
        return value

    return parse


def number_of_zero_or_more(text: str) -> float:
    """Reads a finite number that is not negative."""
    value = _finite(text)
    if not value >= 0.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of 0 or more")
    return value


def number_above_zero(text: str) -> float:
    """Reads a finite number above 0."""
    value = _finite(text)
    if not value > 0.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return value


def _finite(text: str) -> float:
    """The number that `text` is; nan, which compares with nothing, for what is none."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
