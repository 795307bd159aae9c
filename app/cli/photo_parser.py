"""What `lineament photo` accepts, with its help."""

import argparse
from typing import Any

from app.cli.options import add_command, add_device, add_output

METHOD_NAMES = ("codes", "pixel2mesh", "pixel2mesh-face", "coarse-to-fine")
FORMATS = ("lineament", "glb", "obj", "ply", "stl")


def add_photo(commands: Any) -> None:
    """Faces from photographs."""
    parser = add_command(
        commands,
        "photo",
        "make faces from photographs",
        "Find the face in each photograph and reconstruct it. A folder stands for the "
        "photographs in it. What cannot be used is named at the end and never stops the rest.",
        """\
examples:
  lineament photo ada.jpg -o ada.lineament               to go on in the editor
  lineament photo ada.jpg --texture -o ada.glb           with the photograph as texture
  lineament photo ada-1.jpg ada-2.jpg --same-person -o ada.lineament
  lineament photo party.jpg --face all -o party.lineament
  lineament photo pictures/ --method pixel2mesh-face --format obj -o meshes/
  lineament photo pictures/ --json faces.json            landmarks and poses only

methods:
  codes            codes and pose of the face model: an ordinary face, every slider works
  pixel2mesh       a mesh, deformed to the picture; in a document the model is fitted to it
  pixel2mesh-face  the same with what its authors changed for faces
  coarse-to-fine   a mesh of more than 50,000 vertices, refined from the picture

pose, in the JSON: a point X (mm, the model's frame) appears at
  p + (q(X) - p) / (1 - nearness * depth),  q(X) = translation + scale * (x, -y) of rotation X,
  with p = q(pivot) and depth the z of rotation (X - pivot); pixels of the upright picture

Meshes are in the model's frame in millimetres, a .glb in metres. Pixels in the JSON are those
of the upright picture, from its top left corner; angles are in degrees.
Exit status: 0, or 2 if a photograph could not be used.
""",
    )
    parser.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO",
        help="a picture (JPEG, PNG, WebP, …), or a folder of them",
    )
    add_output(
        parser,
        "a .lineament document, a .glb, .obj, .ply or .stl mesh, or a folder; several "
        "photographs get a file each, named after them",
        required=False,
    )
    parser.add_argument("--json", metavar="FILE", help="write what was found here; - prints it")
    parser.add_argument(
        "--method", choices=METHOD_NAMES, default="codes", help="see below (default: codes)"
    )
    parser.add_argument(
        "--same-person",
        action="store_true",
        help="the photographs show one person: they share the identity, and each keeps its pose "
        "and expression",
    )
    parser.add_argument(
        "--face",
        type=_face_choice,
        default="best",
        metavar="best|all|N",
        help="which face of a photograph: the surest, all, or that number from 1 (default: best)",
    )
    parser.add_argument(
        "--texture", action="store_true", help="colour the mesh with the photograph"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="lineament",
        help="of the files in a folder (default: lineament)",
    )
    add_device(parser)


def _face_choice(text: str) -> str | int:
    if text in ("best", "all"):
        return text
    if text.isdecimal() and 1 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is not best, all or a number from 1")
