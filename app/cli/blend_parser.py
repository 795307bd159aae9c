"""What `lineament transplant` and `lineament interpolate` accept, with their help."""

import argparse
from typing import Any

from app.cli.export_form import add_form
from app.cli.options import (
    PART_NAMES,
    add_command,
    add_device,
    add_json,
    add_output,
    add_parts,
    add_resolution,
    add_surface,
    number_above_zero,
    number_of_zero_or_more,
    whole_number,
)


def add_transplant(commands: Any) -> None:
    """Parts of one face on another."""
    parser = add_command(
        commands,
        "transplant",
        "put parts of one face on another",
        "Take the face of ONTO and give it parts of the face of SOURCE. The other parts keep "
        "their values exactly.",
        """\
examples:
  lineament transplant a.lineament b.lineament --part nose -o a-with-b-nose.lineament
  lineament transplant a.lineament b.lineament --part nose eyes --strength 0.5 -o mixed.obj
  lineament transplant all.lineament all.lineament --onto-face 1 --source-face Ann \\
      --part expression -o smiling.glb
""",
    )
    parser.add_argument("onto", metavar="ONTO", help="a .lineament document")
    parser.add_argument("source", metavar="SOURCE", help="the document that gives the parts")
    add_parts(parser, "parts to take over", required=True)
    parser.add_argument(
        "--strength",
        type=_share,
        default=1.0,
        help="how far towards the source, 0 to 1 (default: 1)",
    )
    add_output(parser, "a .lineament document, or a .obj, .ply, .stl or .glb mesh")
    _add_face(parser, "--onto-face", "ONTO")
    _add_face(parser, "--source-face", "SOURCE")
    add_surface(parser)
    add_form(parser)
    add_device(parser)
    add_json(parser, "print the file and its size as JSON")


def add_interpolate(commands: Any) -> None:
    """The way from one face to another."""
    parser = add_command(
        commands,
        "interpolate",
        "write the way from one face to another",
        "Write the faces on the way from the face of FROM to that of TO, as numbered files or "
        "as one animated GLB. All parts move together, or one after the other.",
        """\
numbered files:
  A pattern such as frames/%03d.obj is numbered from 1; without one, numbers are added to the
  name. Meshes have the same vertices and faces in every frame (--topology template).
  Pictures (.png) are all taken from one place; no display is needed. Meshes are in millimetres,
  .obj and .ply with y up and .stl with z up. Files of the same names are replaced.
animated GLB:
  A .glb without a pattern holds the first face and a morph target for each part, whose weights
  run over the frames. Every part's beginning and end are exact; in between, vertices move
  straight, where the model's own surface may bend a little. In Blender it is one action on the
  shape keys: set the scene to the frame rate of --fps first. It is in metres with y up.

examples:
  lineament interpolate a.lineament b.lineament -o a-to-b.glb
  lineament interpolate a.lineament b.lineament --frames 48 --easing smooth -o frames/%03d.obj
  lineament interpolate a.lineament b.lineament --parts-in-order -o part-by-part.glb
  lineament interpolate a.lineament b.lineament --parts-in-order mouth,nose -o steps/%02d.ply
""",
    )
    parser.add_argument("start", metavar="FROM", help="a .lineament document")
    parser.add_argument("end", metavar="TO", help="the document of the last face")
    add_output(
        parser,
        "an animated .glb, or a pattern such as frames/%%03d.obj "
        "(.obj, .ply, .stl, .glb, .png or .lineament)",
    )
    parser.add_argument(
        "--frames",
        type=whole_number(2, 10_000),
        default=24,
        help="number of faces, the first and last included (default: 24)",
    )
    add_parts(parser, "parts that move together, the others stay as in FROM")
    parser.add_argument(
        "--parts-in-order",
        nargs="?",
        type=_part_list,
        const=PART_NAMES,
        metavar="PARTS",
        help="move one part after the other, in this order, separated by commas; without PARTS "
        f"in the order {','.join(PART_NAMES)}",
    )
    parser.add_argument(
        "--easing",
        choices=("linear", "smooth"),
        default="linear",
        help="steady, or starting and stopping gently (default: linear)",
    )
    parser.add_argument(
        "--fps",
        type=number_above_zero,
        default=24.0,
        help="frames per second of an animated GLB (default: 24)",
    )
    _add_face(parser, "--from-face", "FROM")
    _add_face(parser, "--to-face", "TO")
    parser.add_argument(
        "--topology",
        choices=("free", "template"),
        default="template",
        help="of numbered meshes: the same vertices in every frame, or marching cubes for each "
        "(default: template)",
    )
    add_resolution(parser)
    parser.add_argument(
        "--view",
        choices=("front", "three-quarter", "side", "top"),
        default="front",
        help="of pictures (default: front)",
    )
    parser.add_argument(
        "--size",
        type=whole_number(16, 8192),
        default=800,
        help="width and height of pictures in pixels (default: 800)",
    )
    add_device(parser)
    add_json(parser, "print the files and their sizes as JSON")


def _add_face(parser: argparse.ArgumentParser, flag: str, document: str) -> None:
    parser.add_argument(
        flag, metavar="FACE", help=f"name or number, from 1, in {document} (default: its active)"
    )


def _share(text: str) -> float:
    value = number_of_zero_or_more(text)
    if value > 1.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
    return value


def _part_list(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in parts if part not in PART_NAMES]
    if wrong or not parts or len(set(parts)) < len(parts):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a list of different parts; the parts are {','.join(PART_NAMES)}"
        )
    return parts
