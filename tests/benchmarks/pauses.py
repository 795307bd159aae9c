"""How long the event loop stands still: what the benchmarks of responsiveness share."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QApplication

BAR_MS = 50.0


@dataclass(frozen=True, slots=True)
class Pauses:
    """Milliseconds that turns of the event loop took, by the clock and of its thread's own work.

    On a machine that does nothing else both are alike, but for locks that a worker holds.
    """

    clock: list[float]
    own: list[float]

    def told(self, what: str) -> str:
        """The longest beside the bar."""
        return (
            f"{what}: longest {max(self.clock):.0f} ms, p99 {np.percentile(self.clock, 99):.0f} "
            f"ms; of its own work {max(self.own):.0f} ms (bar {BAR_MS:.0f} ms)"
        )


def settle(seconds: float) -> None:
    """Let the window work."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def measure_pauses(
    what: str,
    seconds: float,
    act: Callable[[int], object] | None = None,
    until: Callable[[], bool] | None = None,
) -> Pauses:
    """How long every turn of the event loop takes, `act` included; also printed.

    Args:
        what: goes on meanwhile.
        act: what a hand does in turn number N.
        until: ends it before the `seconds` are over.
    """
    clock, own, tick = [], [], 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and not (tick > 5 and until is not None and until()):
        started, worked = time.perf_counter(), time.thread_time()
        if act is not None:
            act(tick)
        QApplication.processEvents()
        clock.append(1000 * (time.perf_counter() - started))
        own.append(1000 * (time.thread_time() - worked))
        tick += 1
        time.sleep(0.016)
    pauses = Pauses(clock, own)
    print(f"\n{pauses.told(what)}")
    return pauses


def once(action: Callable[[], object]) -> Callable[[int], None]:
    """What a hand does a single time, after a few turns of the event loop."""

    def act(tick: int) -> None:
        if tick == 3:
            action()

    return act
