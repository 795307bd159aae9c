"""Executors for tests: one that runs at once, one that runs when told."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class InlineExecutor:
    """Runs a job before `submit` returns."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    def submit(self, function: Callable[[], Any]) -> "Future[Any]":
        future = self._pool.submit(function)
        wait([future])
        return future

    def shutdown(self) -> None:
        self._pool.shutdown()


class ManualExecutor(InlineExecutor):
    """Holds a job until `run_next`."""

    def __init__(self, name: str = "manual") -> None:
        super().__init__(name)
        self.held: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, function: Callable[[], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        self.held.append((future, function))
        return future

    def run_next(self) -> None:
        """Run the oldest job that is held."""
        future, function = self.held.pop(0)
        done = super().submit(function)
        error = done.exception()
        if error is None:
            future.set_result(done.result())
        else:
            future.set_exception(error)
