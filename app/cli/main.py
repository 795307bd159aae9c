"""The command line: the editor, and what needs no screen."""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.parser import COMMANDS, build_editor_parser, build_parser
from engine.errors import Cancelled, InputError, LineamentError

INTERRUPTED = 130
FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit status.

    Returns:
        0; 2 for bad arguments or bad input, with one line on stderr; 130 after Ctrl+C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except (KeyboardInterrupt, Cancelled):
        print("lineament: stopped; files written before are complete.", file=sys.stderr)
        return INTERRUPTED
    except LineamentError as error:
        print(f"lineament: {' '.join(str(error).split())}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader of our output left, as `head` does. Keep the interpreter's last flush quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(given: list[str]) -> int:
    if given and (given[0] in COMMANDS or given[0] in ("-h", "--help", "--version")):
        options = build_parser().parse_args(given)
        # Each command's module is loaded when it runs: numpy, torch and Qt take seconds.
        command = importlib.import_module(COMMANDS[options.command])
        status: int = command.run(options)
        return status
    return _open_editor(build_editor_parser().parse_args(given))


def _open_editor(options: argparse.Namespace) -> int:
    if options.file is not None and not Path(options.file).exists():
        similar = difflib.get_close_matches(options.file, COMMANDS, n=1)
        hint = f"Did you mean 'lineament {similar[0]}'?" if similar else "See 'lineament --help'."
        raise InputError(f"There is no file or command '{options.file}'. {hint}")
    from app.display import require_display

    require_display()
    from app.main import main as open_editor

    status: int = open_editor(options.file, options.device)
    return status


if __name__ == "__main__":
    sys.exit(main())
