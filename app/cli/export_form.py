"""The options of mesh files that are handed on: size, unit, axes, names and groups."""

import argparse

from app.cli.options import number_above_zero

_FORM_HELP = """\
other programs:
  Blender   a .glb comes in at the right size, upright, with its expressions as shape keys
  Unreal    a .glb, or an .obj with --unit cm; --morph-names arkit for Live Link Face
  printers  an .stl: a closed solid in millimetres, upright; --foot lets it stand, for the neck
            ends in a slanting plane; --height 120 makes it 12 cm high
  .obj, .ply and .stl are in millimetres unless --unit says otherwise; .obj and .ply have y up
  and .stl has z up unless --up does. A .glb is in metres with y up, as its standard says.
  A file of the same name is replaced.
"""


def add_form(parser: argparse.ArgumentParser) -> None:
    """Options for the program that a mesh is for, explained in the epilog."""
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--scale",
        type=number_above_zero,
        metavar="PERCENT",
        help="size of the mesh in per cent of life size (default: 100)",
    )
    size.add_argument(
        "--height",
        type=number_above_zero,
        metavar="MM",
        help="height of the head with its neck in mm, in place of --scale",
    )
    parser.add_argument(
        "--unit", choices=("mm", "cm", "m"), help="of a .obj, .ply or .stl (default: mm)"
    )
    parser.add_argument(
        "--up",
        choices=("y", "z"),
        help="axis that points up in a .obj, .ply or .stl (default: z in .stl, else y)",
    )
    parser.add_argument(
        "--morph-names",
        choices=("readable", "arkit"),
        default="readable",
        help="names of the expressions in a .glb: 'Jaw open', or 'jawOpen' as face capture sends "
        "them (default: readable)",
    )
    parser.add_argument(
        "--groups",
        action="store_true",
        help="nose, eyes, mouth and head as groups of an .obj, with a material each",
    )
    parser.add_argument(
        "--foot",
        action="store_true",
        help="a level foot under the neck in an .stl, so that a print stands",
    )
    surfaces, _, examples = (parser.epilog or "").partition("\n\n")
    parser.epilog = f"{surfaces}\n\n{_FORM_HELP}\n{examples}"
