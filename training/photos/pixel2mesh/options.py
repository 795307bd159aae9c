"""The options of `lineament-train photos train pixel2mesh`; imports nothing heavy."""

import argparse
from collections.abc import Callable
from pathlib import Path

HELP = {
    "pixel2mesh": "Pixel2Mesh: a head from an ellipsoid's topology",
    "pixel2mesh-face": "Pixel2Mesh for faces: a face from a semi-sphere's topology",
}


def add_pixel2mesh(
    networks: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_run_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add both networks to the step `train`."""
    for name, text in HELP.items():
        parser = networks.add_parser(name, help=text)
        add_run_options(parser)
        parser.add_argument(
            "--steps", type=int, help="steps of the whole schedule, instead of the configuration's"
        )
        parser.add_argument(
            "--init", type=Path, help="weights of codes whose backbone to begin with"
        )
