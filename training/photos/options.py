"""The options of `lineament-train photos`; imports nothing heavy."""

import argparse
from pathlib import Path

from training.photos.evaluation_options import add_evaluate, add_tables
from training.photos.train_options import add_train

EPILOG = """examples:
  lineament-train photos prepare --source ICT-FaceKit/FaceXModel -o data/photos
  lineament-train photos prepare --source ICT-FaceKit/FaceXModel -o data/heldout \\
      --count 400 --people 100 --seed 2
"""


def add_photos(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `photos` with its own commands."""
    parser = commands.add_parser(
        "photos",
        help="the networks that reconstruct faces from photographs",
        description="Render labelled photographs, train the photo networks, and measure them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_prepare(steps)
    _add_adopt(steps)
    _add_detect(steps)
    add_train(steps)
    _add_calibrate(steps)
    add_evaluate(steps)
    add_tables(steps)


def _add_prepare(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    prepare = steps.add_parser("prepare", help="render labelled photographs of random people")
    prepare.add_argument("--source", type=Path, required=True, help="the folder FaceXModel")
    prepare.add_argument(
        "-o", "--output", type=Path, required=True, help="folder to write; resumes"
    )
    prepare.add_argument("--count", type=int, default=40_000, help="photographs (40000)")
    prepare.add_argument("--people", type=int, help="how many they show (a third of --count)")
    prepare.add_argument("--size", type=int, default=176, help="pixels per side (176)")
    prepare.add_argument("--seed", type=int, default=1, help="of everything random (1)")
    prepare.add_argument(
        "--frontal", type=float, default=0.5, help="share that looks towards the camera (0.5)"
    )
    prepare.add_argument(
        "--neutral", type=float, default=0.5, help="share with a near-neutral expression (0.5)"
    )
    prepare.add_argument(
        "--natural",
        type=float,
        default=0.6,
        help="share with smiles and other expressions that people make; the others show single "
        "shapes (0.6)",
    )
    prepare.add_argument("--workers", type=int, default=1, help="threads (1)")


def _add_adopt(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    adopt = steps.add_parser(
        "adopt",
        help="make a set of the photographs of 300W-LP or AFLW2000-3D",
        description="Cut the labelled heads out of the photographs of 300W-LP or AFLW2000-3D, in "
        "the layout in which they are distributed. The set has landmarks and no codes: give it to "
        "`photos train codes` with --also, beside rendered photographs.",
    )
    adopt.add_argument(
        "--source", type=Path, required=True, help="folder of AFLW2000-3D, of 300W-LP or of a part"
    )
    adopt.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    adopt.add_argument(
        "--like", type=Path, help="prepared set to train it with: the same points (this version's)"
    )
    adopt.add_argument("--size", type=int, default=176, help="pixels per side (176)")


def _add_detect(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    detect = steps.add_parser(
        "detect",
        help="find the faces of a prepared set with the detector, for training",
        description="Write what the detector says of random photographs of a set into the set. "
        "Training then starts from such points as often as from simulated ones. Resumes.",
    )
    detect.add_argument("data", type=Path, help="folder of prepared photographs")
    detect.add_argument("--count", type=int, default=20_000, help="photographs (20000)")


def _add_calibrate(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    calibrate = steps.add_parser(
        "calibrate",
        help="measure how trained codes err, and write it into their weights",
        description="Reconstruct photographs of known people that the network was not trained on, "
        "a few of each. What is learned of its errors corrects the shapes that the editor finds. "
        "Photographs in which `photos detect` found the face are taken as it was found.",
    )
    calibrate.add_argument("weights", type=Path, help="weights of codes; they are written anew")
    calibrate.add_argument(
        "--data", type=Path, nargs="+", required=True, help="sets of rendered photographs"
    )
