"""What `lineament reconstruct` accepts, with its help."""

from typing import Any

from app.cli.options import add_command, add_device, add_json, add_output


def add_reconstruct(commands: Any) -> None:
    """Faces, meshes and scans through an autoencoder."""
    parser = add_command(
        commands,
        "reconstruct",
        "encode and decode faces with Neural3DMM",
        "Bring a face, a mesh or a scan onto the topology of the spiral autoencoder, encode and "
        "decode it, and write what comes back, with the distance of corresponding vertices.",
        """\
examples:
  lineament reconstruct face.lineament -o again.obj
  lineament reconstruct mesh.ply -o again.glb --json
  lineament reconstruct scan.obj -o again.ply          aligned and fitted first
  lineament reconstruct a.ply b.ply -o again.ply       again-a.ply and again-b.ply
  lineament reconstruct mesh.ply --weights mine.safetensors -o again.ply

A mesh is taken as it lies, in millimetres, where it has the topology of the autoencoder or
of the face model's template (`lineament export --topology template`). Any other is a scan.
""",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="FACE_OR_MESH",
        help="a .lineament document, or a .obj, .ply, .stl or .glb file",
    )
    add_output(parser, "a .obj, .ply, .stl or .glb file")
    parser.add_argument(
        "--method", choices=("spiral",), default="spiral", help="which autoencoder (spiral)"
    )
    parser.add_argument(
        "--weights", metavar="FILE", help="your own autoencoder's .safetensors, not the shipped"
    )
    parser.add_argument(
        "--face", metavar="FACE", help="its name or number, from 1 (default: the active face)"
    )
    parser.add_argument(
        "--unit", metavar="UNIT", help="of a scan: mm, cm, m, inch or a number of mm (guessed)"
    )
    add_device(parser)
    add_json(parser, "print the distances and times as JSON")
