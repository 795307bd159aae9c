"""Long work that shows each of its steps: start, stop with what there is, or cancel."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.jobs import JobRunner
from engine.errors import Cancelled, LineamentError
from engine.progress import CancelToken, Progress

Steps = Callable[[CancelToken], Iterator[Any]]
"""Makes the generator of the steps; called on a worker thread, the last step is the result."""


class Stepper(QObject):
    """Runs a generator on a `JobRunner` and hands over its steps, the newest one first.

    Steps that come faster than the window draws are skipped; the last one never is. What a
    run gives after it was cancelled, or after another one started, reaches nobody.

    Signals, all on the GUI thread:
        stepped: a step that is not the last.
        finished: the last step, also after `stop`.
        failed: the `LineamentError` that ended it.
        busy_changed: whether it runs.
    """

    stepped = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)
    _arrived = Signal()

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._run = 0
        self._stop = CancelToken()
        self._lock = threading.Lock()
        self._latest: _Step | None = None
        self._busy = False
        self._arrived.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        runner.finished.connect(self._on_finished)

    @property
    def busy(self) -> bool:
        return self._busy

    def start(self, steps: Steps) -> None:
        """Run `steps` in place of what runs now."""
        self._run += 1
        self._stop = CancelToken()
        self._set_busy(True)
        self._runner.request(self._work(steps, self._run, self._stop), cancel_running=True)

    def stop(self) -> None:
        """End after the step that is being computed, and take it as the result."""
        self._stop.cancel()

    def cancel(self) -> None:
        """End without a result; nobody hears of this run any more."""
        self._run += 1
        self._runner.cancel()
        self._set_busy(False)

    def _work(
        self, steps: Steps, run: int, stop: CancelToken
    ) -> Callable[[CancelToken, Progress], "_Ended"]:
        def work(cancel: CancelToken, progress: Progress) -> _Ended:
            del progress
            last = None
            try:
                for step in steps(cancel):
                    last = step
                    if stop.cancelled:
                        break
                    self._post(_Step(run, step))
            except Cancelled:
                raise
            except LineamentError as error:
                return _Ended(run, None, error)
            return _Ended(run, last, None)

        return work

    def _post(self, step: "_Step") -> None:
        with self._lock:
            waiting = self._latest is not None
            self._latest = step
        if not waiting:
            self._arrived.emit()

    @Slot()
    def _hand_over(self) -> None:
        with self._lock:
            step, self._latest = self._latest, None
        if step is not None and step.run == self._run and self._busy:
            self.stepped.emit(step.value)

    def _on_finished(self, ended: "_Ended") -> None:
        if ended.run != self._run or not self._busy:
            return
        self._set_busy(False)
        if ended.error is not None:
            self.failed.emit(ended.error)
        else:
            self.finished.emit(ended.last)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)


@dataclass(frozen=True, slots=True)
class _Step:
    run: int
    value: Any


@dataclass(frozen=True, slots=True)
class _Ended:
    run: int
    last: Any
    error: LineamentError | None
