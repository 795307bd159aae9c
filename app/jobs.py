"""Work off the GUI thread: the only place with threads.

One `JobRunner` per kind of work. Latest wins: while a job runs, only the newest request
waits, so stale work is never started; whatever finishes is delivered, on the GUI thread.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.errors import Cancelled, LineamentError
from engine.progress import CancelToken, Progress

Work = Callable[[CancelToken, Progress], Any]
"""Computes a value and touches no widget; called on a worker thread."""


class Executor(Protocol):
    """What runs jobs; tests inject one that runs them inline."""

    def submit(self, function: Callable[[], Any]) -> "Future[Any]": ...

    def shutdown(self) -> None:
        """Wait for the running job; start no other."""
        ...


class ThreadExecutor:
    """Runs jobs on a thread of its own, one at a time."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def submit(self, function: Callable[[], Any]) -> "Future[Any]":
        return self._pool.submit(function)

    def shutdown(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


ExecutorFactory = Callable[[str], Executor]
"""Makes the executor of one kind of work from its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One request."""

    work: Work
    cancel: CancelToken = field(default_factory=CancelToken)


class JobRunner(QObject):
    """Runs one kind of work, the newest request first.

    Signals, all on the GUI thread:
        finished: the value of a job.
        failed: the `LineamentError` of a job; a cancelled job is silent. Any other
            error is raised from the event loop, for the excepthook.
        progressed: fraction in [0, 1] and a text.
        busy_changed: whether a job runs or waits.
    """

    finished = Signal(object)
    failed = Signal(object)
    progressed = Signal(float, str)
    busy_changed = Signal(bool)
    _returned = Signal(object, object)

    def __init__(self, name: str, executor: Executor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._executor = executor
        self._running: Job | None = None
        self._waiting: Job | None = None
        self._closed = False
        self._said_busy = False
        # Emitted on the worker thread; Qt queues it to this object's thread.
        self._returned.connect(self._deliver, Qt.ConnectionType.AutoConnection)

    @property
    def busy(self) -> bool:
        return self._running is not None

    def request(self, work: Work, cancel_running: bool = False) -> None:
        """Run `work` as soon as nothing else runs; it replaces a request that waits.

        Args:
            cancel_running: ask the running job to stop, because its result is of no use.
        """
        if self._closed:
            return
        job = Job(work)
        if self._running is None:
            self._start(job)
            return
        self._waiting = job
        if cancel_running:
            self._running.cancel.cancel()

    def cancel(self) -> None:
        """Forget the request that waits and ask the running job to stop."""
        self._waiting = None
        if self._running is not None:
            self._running.cancel.cancel()

    def close(self) -> None:
        """Start nothing more, cancel, and wait for the running job."""
        self._closed = True
        self.cancel()
        self._executor.shutdown()

    def _start(self, job: Job) -> None:
        self._running = job
        self._say_busy()
        future = self._executor.submit(lambda: job.work(job.cancel, self._report))
        future.add_done_callback(lambda done: self._returned.emit(job, done))

    def _report(self, fraction: float, text: str) -> None:
        self.progressed.emit(fraction, text)

    @Slot(object, object)
    def _deliver(self, job: Job, future: "Future[Any]") -> None:
        if self._closed:
            return
        self._running = None
        following, self._waiting = self._waiting, None
        if following is not None:
            self._start(following)
        try:
            self._hand_over(future)
        finally:
            self._say_busy()

    def _hand_over(self, future: "Future[Any]") -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self.finished.emit(future.result())
        elif isinstance(error, Cancelled):
            return
        elif isinstance(error, LineamentError):
            self.failed.emit(error)
        else:
            raise error

    def _say_busy(self) -> None:
        if self.busy != self._said_busy:
            self._said_busy = self.busy
            self.busy_changed.emit(self.busy)
