"""A progress bar for a terminal, and plain lines for a log."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

WIDTH = 28
TERMINAL_SECONDS = 0.1
"""Least time between two updates of the bar."""

LOG_SECONDS = 2.0
"""Least time before a line, and between two: quick work leaves none in a log."""


class ConsoleProgress:
    """A `Progress` that draws on `stream`; use it as a context manager.

    A terminal gets a bar that is wiped at the end; any other stream gets a line every few
    seconds, and none for quick work.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stream = stream
        self._terminal = stream.isatty()
        self._between = TERMINAL_SECONDS if self._terminal else LOG_SECONDS
        self._shown = float("-inf") if self._terminal else clock()
        self._drawn = 0

    def __enter__(self) -> "ConsoleProgress":
        return self

    def __call__(self, fraction: float, text: str) -> None:
        now = self._clock()
        if now - self._shown < self._between:
            return
        self._shown = now
        fraction = min(max(fraction, 0.0), 1.0)
        if self._terminal:
            self._draw(f"{draw_bar(fraction)} {text}")
        else:
            self._stream.write(f"{fraction:4.0%} {text}\n")
            self._stream.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            self._stream.write("\r" + " " * self._drawn + "\r")
            self._stream.flush()

    def _draw(self, line: str) -> None:
        line = line[:79]
        self._stream.write("\r" + line.ljust(self._drawn))
        self._stream.flush()
        self._drawn = len(line)


def draw_bar(fraction: float) -> str:
    """For example `[#######       ]  50 %`."""
    full = round(fraction * WIDTH)
    return f"[{'#' * full}{' ' * (WIDTH - full)}] {fraction:4.0%}"
