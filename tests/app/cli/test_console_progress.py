"""The bar on a terminal, the lines in a log."""

import io

from app.cli import console_progress
from app.cli.console_progress import ConsoleProgress, draw_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_gets_a_bar_that_is_wiped() -> None:
    clock = Clock()
    stream = Terminal()
    with ConsoleProgress(stream, clock) as progress:
        progress(0.0, "Starting a long piece of work")
        clock.now += 0.05
        progress(0.25, "too soon")
        clock.now += 0.06
        progress(0.5, "Half")
    drawn = stream.getvalue().split("\r")
    assert drawn[1] == f"{draw_bar(0.0)} Starting a long piece of work"
    assert drawn[2].rstrip() == f"{draw_bar(0.5)} Half"
    assert len(drawn[2]) == len(drawn[1])
    assert drawn[3].strip() == ""
    assert "too soon" not in stream.getvalue()


def test_a_log_gets_plain_lines_and_none_for_quick_work() -> None:
    clock = Clock()
    stream = io.StringIO()
    with ConsoleProgress(stream, clock) as progress:
        progress(0.1, "Quick")
        assert stream.getvalue() == ""
        clock.now += 2.5
        progress(0.4, "Slow")
        progress(1.7, "right after")
    assert stream.getvalue() == " 40% Slow\n"


def test_the_bar_fills_up() -> None:
    assert draw_bar(0.0).count("#") == 0
    assert draw_bar(0.5).count("#") == console_progress.WIDTH // 2
    assert draw_bar(1.0).count(" ") == 1
