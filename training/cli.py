"""`lineament-train`: prepare data, train, evaluate and export.

Exit codes: 0 done, 2 for anything the user can mend, 130 when interrupted (a run resumes).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import Cancelled, LineamentError
from training.experiments.options import add_experiments
from training.photos.options import add_photos
from training.spiral.options import add_spiral

EXAMPLES = """examples:
  git clone https://github.com/ICT-VGL/ICT-FaceKit
  lineament-train prepare ict --source ICT-FaceKit/FaceXModel -o data/ict
  lineament-train parts --data data/ict --run runs/parts --config training/configs/parts-cpu.toml
  lineament-train export --data data/ict --run runs/parts -o assets/parts
  lineament-train evaluate --data data/ict --weights assets/parts --json accuracy.json
  lineament-train experiments tables --data data/ict -o results
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineament-train",
        description="Train Lineament's models on your own data.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    prepare = commands.add_parser("prepare", help="turn a data source into a training set")
    prepare.add_argument("kind", choices=["ict"], help="ict: the ICT Face Model Light")
    prepare.add_argument("--source", type=Path, required=True, help="the folder FaceXModel")
    prepare.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    prepare.add_argument("--faces", type=int, default=600, help="faces with true distances (600)")
    prepare.add_argument("--points", type=int, default=20_000, help="points of each (20000)")
    prepare.add_argument("--seed", type=int, default=1, help="of the random faces (1)")
    train = commands.add_parser("parts", help="train the parts-based implicit model; resumes")
    train.add_argument("--data", type=Path, required=True, help="folder that prepare wrote")
    train.add_argument("--run", type=Path, required=True, help="folder of checkpoints and logs")
    train.add_argument("--config", type=Path, help="TOML settings (see training/configs)")
    train.add_argument(
        "--init", type=Path, help="start from exported weights of the same sizes, e.g. assets/parts"
    )
    train.add_argument("--threads", type=int, help="CPU threads")
    export = commands.add_parser("export", help="write the weights that the editor loads")
    export.add_argument("--data", type=Path, required=True)
    export.add_argument("--run", type=Path, required=True)
    export.add_argument("--config", type=Path, help="the settings the run was trained with")
    export.add_argument("-o", "--output", type=Path, required=True, help="for example assets/parts")
    evaluate = commands.add_parser("evaluate", help="measure a model on held-out faces")
    evaluate.add_argument("--data", type=Path, required=True)
    evaluate.add_argument("--weights", type=Path, required=True, help="folder of exported weights")
    evaluate.add_argument("--count", type=int, default=20, help="held-out identities (20)")
    evaluate.add_argument("--resolution", type=int, default=256, help="marching cubes (256)")
    evaluate.add_argument(
        "--samples", type=int, default=150_000, help="points per surface (150000)"
    )
    evaluate.add_argument("--seed", type=int, default=90_001, help="of the held-out faces (90001)")
    evaluate.add_argument(
        "--record", action="store_true", help="write the figures into the weights' headers"
    )
    evaluate.add_argument("--json", type=Path, help="write the figures here")
    cut = commands.add_parser(
        "cut-neck", help="let the neck of exported weights end in a plane (export does it)"
    )
    cut.add_argument("--weights", type=Path, required=True, help="folder of exported weights")
    accuracy = commands.add_parser("fit-accuracy", help="measure fits of held-out scans")
    accuracy.add_argument("--data", type=Path, required=True)
    accuracy.add_argument("--weights", type=Path, help="exported weights (those that ship)")
    accuracy.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    accuracy.add_argument("--count", type=int, default=20, help="identities, 3 scans each (20)")
    accuracy.add_argument("--seed", type=int, default=70_001, help="of faces and scans (70001)")
    accuracy.add_argument(
        "--method", choices=["fast", "published"], default="fast", help="of the fit (fast)"
    )
    add_experiments(commands)
    add_spiral(commands)
    add_photos(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        # Imported late: `--help` must not wait for torch.
        from training import commands

        commands.run(options)
    except (Cancelled, KeyboardInterrupt):
        print("Interrupted; the same command resumes.", file=sys.stderr)
        return 130
    except LineamentError as error:
        print(f"lineament-train: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
