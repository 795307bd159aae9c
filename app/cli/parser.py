"""What the command line accepts, and the help that explains it."""

import argparse
from typing import Any

from app.cli.blend_parser import add_interpolate, add_transplant
from app.cli.compare_parser import add_compare, add_render
from app.cli.export_form import add_form
from app.cli.fit_parser import add_fit
from app.cli.options import (
    add_command,
    add_device,
    add_json,
    add_output,
    add_parts,
    add_surface,
    number_of_zero_or_more,
    whole_number,
)
from app.cli.photo_parser import add_photo
from app.cli.reconstruct_parser import add_reconstruct
from engine.version import lineament_version

COMMANDS = {
    "sample": "app.cli.sample",
    "export": "app.cli.export",
    "fit": "app.cli.fit",
    "photo": "app.cli.photo",
    "transplant": "app.cli.transplant",
    "interpolate": "app.cli.interpolate",
    "reconstruct": "app.cli.reconstruct",
    "compare": "app.cli.compare",
    "render": "app.cli.render",
    "info": "app.cli.info",
    "tour": "app.cli.tour",
}
"""Each command's module, which has `run(options) -> int`."""

_EXAMPLES = """\
examples:
  lineament                                 open the editor
  lineament face.lineament                  open a document
  lineament portrait.jpg                    open the editor and bring in a photograph
  lineament sample --seed 3 -o head.obj     write a random head
  lineament export face.lineament -o head.glb
  lineament fit scan.ply -o scan.lineament
  lineament photo ada.jpg -o ada.lineament
  lineament transplant a.lineament b.lineament --part nose -o c.lineament
  lineament interpolate a.lineament b.lineament -o a-to-b.glb
  lineament reconstruct face.lineament -o again.obj
  lineament compare a.ply b.ply --align rigid --html report.html
  lineament render a.ply --against b.ply -o errors.png
  lineament info                            models, versions, measured accuracy
  lineament tour -o pictures                see what the editor does, in pictures

'lineament COMMAND --help' explains one command.
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the commands."""
    parser = argparse.ArgumentParser(
        prog="lineament",
        usage="lineament [FILE]\n       lineament COMMAND ...",
        description="A 3D face editor. Without a command it opens its window.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lineament {lineament_version()}")
    # Without `prog`, the usage of each command would begin with both lines of `usage` above.
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog=parser.prog
    )
    _add_sample(commands)
    _add_export(commands)
    add_fit(commands)
    add_photo(commands)
    add_transplant(commands)
    add_interpolate(commands)
    add_reconstruct(commands)
    add_compare(commands)
    add_render(commands)
    _add_info(commands)
    _add_tour(commands)
    return parser


def build_editor_parser() -> argparse.ArgumentParser:
    """The parser of `lineament` without a command."""
    parser = argparse.ArgumentParser(
        prog="lineament", usage="lineament [--device DEVICE] [FILE]", add_help=False
    )
    told = "a .lineament document, a scan or a photograph"
    parser.add_argument("file", nargs="?", metavar="FILE", help=told)
    add_device(parser)
    return parser


def _add_sample(commands: Any) -> None:
    parser = add_command(
        commands,
        "sample",
        "write random faces",
        "Write random faces. The same seed gives the same faces, and a part's shape does not "
        "depend on which other parts are drawn.",
        """\
examples:
  lineament sample --seed 3 -o head.obj
  lineament sample --seed 3 --part nose mouth -o nose-and-mouth.ply
  lineament sample --seed 3 --count 20 --topology template -o heads/head.obj
  lineament sample --seed 3 -o head.lineament      a document to open in the editor
""",
    )
    add_output(
        parser, "a .obj, .ply, .stl, .glb or .lineament file; with --count, numbers are added"
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**63 - 1),
        help="0 or more (default: a new one each time, which is printed)",
    )
    add_parts(parser, "parts to draw, the others stay as in the mean face")
    parser.add_argument(
        "--count", type=whole_number(1, 10_000), default=1, help="number of faces (default: 1)"
    )
    parser.add_argument(
        "--strength",
        type=number_of_zero_or_more,
        default=1.0,
        help="how far from the mean face, 1 as the training faces (default: 1)",
    )
    add_surface(parser)
    add_form(parser)
    add_device(parser)
    add_json(parser, "print the seed, files and sizes as JSON")


def _add_export(commands: Any) -> None:
    parser = add_command(
        commands,
        "export",
        "write a document's face as a mesh",
        "Write one face of a document as a mesh for another program, with its scan's detail and "
        "its photo's colours.",
        """\
examples:
  lineament export face.lineament -o head.glb
  lineament export face.lineament --face 2 --height 120 -o head.stl
  lineament export face.lineament --topology template --groups -o head.obj
  lineament export face.lineament --resolution 512 -o head.ply
""",
    )
    parser.add_argument("document", metavar="DOCUMENT", help="a .lineament file")
    add_output(parser, "a .obj, .ply, .stl or .glb file")
    parser.add_argument(
        "--face", metavar="FACE", help="name or number, from 1 (default: the active face)"
    )
    add_surface(parser)
    add_form(parser)
    add_device(parser)
    add_json(parser, "print the file and its size as JSON")


def _add_info(commands: Any) -> None:
    parser = add_command(
        commands,
        "info",
        "show models, versions, device and measured accuracy",
        "Show the model, its measured accuracy, the device it runs on and versions.",
        "examples:\n  lineament info\n  lineament info --json\n",
    )
    add_device(parser)
    add_json(parser, "print it as JSON")


def _add_tour(commands: Any) -> None:
    parser = add_command(
        commands,
        "tour",
        "drive the editor and take pictures of each step",
        "Open the editor's window, move a slider of each part, draw a random face, export, and "
        "save a picture of each step and the meshes.",
        """\
examples:
  lineament tour -o pictures
  xvfb-run -a lineament tour -o pictures           where there is no display
""",
    )
    parser.add_argument(
        "-o", "--output", default="tour", metavar="DIR", help="folder, made if missing"
    )
    parser.add_argument(
        "--seed", type=whole_number(0, 999_999), default=3, help="of the random face (default: 3)"
    )
    add_device(parser)
    add_json(parser, "print the files as JSON")
