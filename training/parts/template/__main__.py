"""`python -m training.parts.template --network FILE --faces ict.npz -o template.npz`."""

import argparse
import json
import sys
from pathlib import Path

from engine.errors import LineamentError
from training.parts.registered import RegisteredFaces
from training.parts.template.build import build_template
from training.parts.template.network_field import load_template_field


def main() -> int:
    """Make a template mesh from a trained template network."""
    parser = argparse.ArgumentParser(
        prog="python -m training.parts.template", description=main.__doc__
    )
    parser.add_argument("--network", type=Path, required=True, help="trained template network")
    parser.add_argument("--faces", type=Path, required=True, help="prepared data set")
    parser.add_argument("-o", "--output", type=Path, required=True, help="template to write (.npz)")
    options = parser.parse_args()
    try:
        faces = RegisteredFaces.load(options.faces)
        built = build_template(
            load_template_field(options.network, faces), faces, progress=_print_progress
        )
        built.template.save(options.output)
    except LineamentError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(built.quality.as_dict(), indent=2))
    return 0


def _print_progress(fraction: float, text: str) -> None:
    print(f"{fraction:4.0%} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
