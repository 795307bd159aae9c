"""The options of `lineament-train photos train coarse-to-fine`; imports nothing heavy."""

import argparse
from collections.abc import Callable
from pathlib import Path

EPILOG = """example:
  lineament-train photos train coarse-to-fine --data data/photos --run runs/coarse-to-fine \\
      --config training/configs/photos-coarse-to-fine.toml -o coarse-to-fine.safetensors
"""


def add_coarse_to_fine(
    networks: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_run_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the network `coarse-to-fine` to the command `train`, with what every network takes."""
    parser = networks.add_parser(
        "coarse-to-fine",
        help="image to mesh with spiral convolutions, coarse to fine",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_options(parser)
    parser.add_argument("--init", type=Path, help="weights of codes whose backbone to begin with")
