"""What `lineament fit` accepts, with its help."""

from typing import Any

from app.cli.options import add_command, add_device, add_output, add_parts, whole_number


def add_fit(commands: Any) -> None:
    """A scan as codes."""
    parser = add_command(
        commands,
        "fit",
        "fit the model to a scan",
        "Align a scan of a head or face with the model, find the codes with which the model's "
        "surface lies on it, and put what the model cannot express into a residual layer.",
        """\
examples:
  lineament fit scan.ply -o scan.lineament              to go on in the editor
  lineament fit scan.obj -o fitted.obj --json report.json
  lineament fit scan.stl --unit cm --no-residual -o fitted.glb
  lineament fit scan.ply --start face.lineament --part nose -o face-2.lineament

A mesh has the template's vertices, in the model's frame in millimetres; report.json holds
the alignment that takes the scan there.
""",
    )
    parser.add_argument("scan", metavar="SCAN", help="a .obj, .ply, .stl or .glb file")
    add_output(parser, "a .lineament document, or a .obj, .ply, .stl or .glb mesh")
    parser.add_argument(
        "--json", metavar="FILE", help="write the distances, time and alignment here"
    )
    add_parts(parser, "parts to fit, the others stay as they are", also="--parts")
    parser.add_argument(
        "--start", metavar="DOCUMENT", help="start from a face of this document, not the mean face"
    )
    parser.add_argument(
        "--face", metavar="FACE", help="its name or number, from 1 (default: the active face)"
    )
    parser.add_argument(
        "--unit", metavar="UNIT", help="of the file: mm, cm, m, inch or a number of mm (guessed)"
    )
    parser.add_argument(
        "--method",
        choices=("fast", "published"),
        default="fast",
        help="fast: least squares on the template surface; published: Adam on the codes through "
        "the network, minutes (default: fast)",
    )
    parser.add_argument(
        "--iterations", type=whole_number(1, 100_000), help="the most steps of the method"
    )
    parser.add_argument("--no-residual", action="store_true", help="leave out the residual layer")
    parser.add_argument(
        "--scan-frame", action="store_true", help="write a mesh where the scan is, in its unit"
    )
    add_device(parser)
