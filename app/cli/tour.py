"""`lineament tour`: the editor drives itself and takes pictures."""

import argparse
import json
import sys
from pathlib import Path

from app.cli.console_progress import ConsoleProgress
from app.display import require_display
from app.model_source import load_model
from engine.errors import InputError


def run(options: argparse.Namespace) -> int:
    """Take the tour into `options.output`."""
    folder = Path(options.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Cannot make the folder '{folder}': {error.strerror or error}. Choose another."
        ) from error
    require_display()
    from app.tour.tour import take_tour

    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        files = take_tour(model, folder, options.seed, progress)
    if options.json:
        print(json.dumps({"files": [str(file) for file in files]}))
    else:
        for file in files:
            print(file)
    return 0
