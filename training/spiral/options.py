"""The options of `lineament-train spiral`; imports nothing heavy."""

import argparse
from pathlib import Path

EPILOG = """examples:
  lineament-train spiral prepare folder --source meshes -o data/mine
  lineament-train spiral train --data data/mine --run runs/mine -o mine.safetensors

  lineament-train spiral prepare sampled -o data/articulated
  lineament-train spiral experiments --data data/articulated --run runs/spiral -o results
"""
DATA = "folder that `spiral prepare` wrote"


def add_spiral(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `spiral` with its own commands."""
    parser = commands.add_parser(
        "spiral",
        help="the spiral autoencoder (Neural3DMM)",
        description="Prepare registered meshes, train the spiral autoencoder, and measure it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_prepare(steps)
    _add_train(steps)
    _add_experiments(steps)
    evaluate = steps.add_parser("evaluate", help="measure exported weights on a set")
    evaluate.add_argument("--data", type=Path, required=True, help=DATA)
    evaluate.add_argument("--weights", type=Path, required=True, help="exported weights file")
    evaluate.add_argument("--json", type=Path, help="write the figures here")
    export = steps.add_parser("export", help="write the weights of a run for the editor")
    export.add_argument("--data", type=Path, required=True, help=DATA)
    export.add_argument("--run", type=Path, required=True, help="folder of a training or trial")
    export.add_argument("-o", "--output", type=Path, required=True, help="weights file to write")


def _add_prepare(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    prepare = steps.add_parser("prepare", help="turn registered meshes into a training set")
    prepare.add_argument(
        "kind",
        choices=["folder", "coma", "bu3dfe", "sampled"],
        help="folder: any OBJ, PLY or NPY files; sampled: heads drawn from the shipped model",
    )
    prepare.add_argument("--source", type=Path, help="folder of meshes (not for sampled)")
    prepare.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    prepare.add_argument(
        "--unit-mm", type=float, default=1.0, help="millimetres per unit of the files (1)"
    )
    prepare.add_argument("--every", type=int, default=1, help="coma: every so many frames (1)")
    sampled = prepare.add_argument_group("sampled")
    sampled.add_argument(
        "--expressions",
        choices=["articulated", "linear"],
        default="articulated",
        help="articulated: jaw, lids and eyeballs turn; linear: sums of shapes",
    )
    sampled.add_argument("--identities", type=int, default=100, help="people (100)")
    sampled.add_argument("--meshes", type=int, default=18, help="meshes of each (18)")
    sampled.add_argument("--seed", type=int, default=1, help="of people and expressions (1)")


def _add_train(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    train = steps.add_parser("train", help="train an autoencoder; resumes")
    train.add_argument("--data", type=Path, required=True, help=DATA)
    train.add_argument("--run", type=Path, required=True, help="folder of checkpoints and logs")
    train.add_argument("-o", "--output", type=Path, help="weights file to write at the end")
    train.add_argument("--config", type=Path, help="TOML settings (the paper's)")
    train.add_argument("--latent", type=int, help="length of the code (the configuration's)")
    train.add_argument("--epochs", type=int, help="(the configuration's)")
    train.add_argument(
        "--split",
        choices=["percentage", "identity"],
        default="percentage",
        help="what is kept for testing: meshes of each person, or people (percentage)",
    )
    train.add_argument("--split-seed", type=int, default=1, help="(1)")
    train.add_argument("--threads", type=int, help="CPU threads")


def _add_experiments(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trial = steps.add_parser(
        "experiments", help="error against code length, splits and losses, with PCA beside"
    )
    trial.add_argument("--data", type=Path, required=True, help=DATA)
    trial.add_argument("--run", type=Path, required=True, help="folder of the trials; resumes")
    trial.add_argument("-o", "--output", type=Path, required=True, help="folder of the results")
    trial.add_argument(
        "--sizes", type=int, nargs="+", default=[8, 16, 32, 64, 128, 256, 512], metavar="D"
    )
    trial.add_argument(
        "--splits",
        nargs="+",
        choices=["percentage", "identity"],
        default=["percentage", "identity"],
    )
    trial.add_argument(
        "--config", type=Path, nargs="+", default=[], help="TOML settings to compare (the paper's)"
    )
    trial.add_argument("--epochs", type=int, help="(each configuration's)")
    trial.add_argument(
        "--weighted",
        type=int,
        nargs="*",
        metavar="D",
        default=[512],
        help="sizes at which the weighted loss is tried as well (512)",
    )
    trial.add_argument("--only-finished", action="store_true", help="train nothing, only report")
    trial.add_argument("--split-seed", type=int, default=1, help="(1)")
    trial.add_argument("--threads", type=int, help="CPU threads")
