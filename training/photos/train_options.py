"""The options of `lineament-train photos train`; imports nothing heavy."""

import argparse
from pathlib import Path


def add_train(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the step `train` with the networks that can be trained."""
    from training.photos.coarse_to_fine.options import add_coarse_to_fine
    from training.photos.pixel2mesh.options import add_pixel2mesh

    train = steps.add_parser(
        "train",
        help="train one of the photo networks; resumes",
        description="Train a network on prepared photographs. The same command resumes; with -o "
        "it is measured on --held-out at the end and written for the editor.",
    )
    networks = train.add_subparsers(dest="network", required=True, metavar="NETWORK")
    codes = networks.add_parser("codes", help="image to codes, pose and points")
    add_run_options(codes)
    codes.add_argument(
        "--init", type=Path, help="weights of codes whose layers a new run begins with"
    )
    add_pixel2mesh(networks, add_run_options)
    add_coarse_to_fine(networks, add_run_options)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """What every network's training takes."""
    parser.add_argument("--data", type=Path, required=True, help="folder of prepared photographs")
    parser.add_argument(
        "--also", type=Path, nargs="+", default=[], help="further prepared sets to draw from"
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the checkpoint; resumes")
    parser.add_argument("-o", "--output", type=Path, help="weights file to write at the end")
    parser.add_argument("--config", type=Path, help="TOML settings (see training/configs)")
    parser.add_argument("--held-out", type=Path, help="photographs to measure on (those of --data)")
    parser.add_argument("--minutes", type=float, help="stop after so long; a later run resumes")
    parser.add_argument("--threads", type=int, help="CPU threads")
