"""The options of `lineament-train experiments`; imports nothing heavy."""

import argparse
from pathlib import Path

EPILOG = """Tables, written as Markdown and CSV:
  1  reconstruction of held-out heads, beside DeepSDF-style and linear baselines
  2  the same for heads that no combination of the source's shapes gives
  3  landmarks that drive local fields (eq. 7), held-out heads
  4  the same, composite heads
Figures, written as PNG:
  1  three principal components of each part, -3 to +3 standard deviations
  2  one head becomes another part by part
  7  random parts on a few heads
  8  the steps of figure 2 with error maps

The baselines of tables 1 to 4 are trained first, in --runs, and are kept there; everything
resumes after an interruption.

examples:
  lineament-train experiments tables --data data/ict -o results
  lineament-train experiments tables --data data/ict --only 3 --count 5 -o results
  lineament-train experiments figures -o results
  lineament-train experiments figures --only 8 --order eyes mouth head nose expression -o results
"""


def add_experiments(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `experiments`."""
    parser = commands.add_parser(
        "experiments",
        help="the paper's tables and figures",
        description="Make the tables and figures of Gu & Pears with a trained model.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=["tables", "figures"], help="what to make")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--weights", type=Path, help="exported weights (those that ship)")
    parser.add_argument(
        "--only", type=int, nargs="+", metavar="N", help="numbers of tables or figures (all)"
    )
    parser.add_argument("--seed", type=int, help="of heads (tables: 90001, figures: 7)")
    tables = parser.add_argument_group("tables")
    tables.add_argument("--data", type=Path, help="folder that `prepare` wrote")
    tables.add_argument("--count", type=int, default=20, help="heads of each table (20)")
    tables.add_argument("--resolution", type=int, default=256, help="marching cubes (256)")
    tables.add_argument("--samples", type=int, default=150_000, help="points a head (150000)")
    tables.add_argument("--part-samples", type=int, default=8_000, help="points a part (8000)")
    tables.add_argument("--runs", type=Path, help="baselines' checkpoints (OUTPUT/runs)")
    tables.add_argument("--deep-sdf-steps", type=int, default=14_000, help="its training (14000)")
    tables.add_argument("--deep-sdf-fit-steps", type=int, default=400, help="of a fit (400)")
    tables.add_argument("--field-steps", type=int, default=1_000, help="of each variant (1000)")
    tables.add_argument("--threads", type=int, help="CPU threads")
    figures = parser.add_argument_group("figures")
    figures.add_argument(
        "--order",
        nargs="+",
        metavar="PART",
        default=["nose", "eyes", "mouth", "head", "expression"],
        help="in which figures 2 and 8 change the parts (nose eyes mouth head expression)",
    )
    figures.add_argument("--steps", type=int, default=4, help="pictures of each part (4)")
    figures.add_argument("--size", type=int, default=220, help="pixels of a picture (220)")
