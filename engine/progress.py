"""Progress and cancellation for work that takes longer than a moment."""

import threading
from collections.abc import Callable

from engine.errors import Cancelled

Progress = Callable[[float, str], None]
"""Called with the fraction done in [0, 1] and a short text for the user."""


def ignore_progress(fraction: float, text: str) -> None:
    """A `Progress` for callers that show none."""


class CancelToken:
    """A flag that one thread raises and another polls between chunks of work."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` once `cancel` was called."""
        if self._event.is_set():
            raise Cancelled("Cancelled. Nothing was changed.")
