"""Which function carries out each command of `lineament-train`."""

import argparse
from collections.abc import Callable


def run(options: argparse.Namespace) -> None:
    """Carry out the command that `build_parser` read."""
    _function_of(options.command)(options)


def _function_of(command: str) -> Callable[[argparse.Namespace], None]:
    if command == "experiments":
        from training.experiments.command import run_experiments

        return run_experiments
    if command == "spiral":
        from training.spiral.commands import run_spiral

        return run_spiral
    if command == "photos":
        from training.photos.commands import run_photos

        return run_photos
    if command == "fit-accuracy":
        from training.fitting_accuracy_command import run_fit_accuracy

        return run_fit_accuracy
    from training.parts import commands as parts

    return {
        "prepare": parts.prepare,
        "parts": parts.train,
        "export": parts.export,
        "evaluate": parts.evaluate,
        "cut-neck": parts.cut_necks,
    }[command]
