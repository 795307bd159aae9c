"""What a command shows and how it is interrupted."""

import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from engine.progress import CancelToken


def progress_line() -> Callable[[float, str], None]:
    """Progress on stderr: one line that is overwritten on a terminal, else one per 10 s."""
    last = [0.0]

    def show(fraction: float, text: str) -> None:
        now = time.monotonic()
        if sys.stderr.isatty():
            print(f"\r{100 * fraction:3.0f} %  {text:<60}", end="", file=sys.stderr, flush=True)
        elif now - last[0] > 10:
            last[0] = now
            print(f"{100 * fraction:3.0f} %  {text}", file=sys.stderr, flush=True)

    return show


def cancel_on_interrupt() -> CancelToken:
    """A token that Ctrl+C raises, so that a checkpoint is written before the program ends."""
    token = CancelToken()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    return token
