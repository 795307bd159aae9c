"""The last few of something that takes a while to make."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Remembered(Generic[Key, Made]):
    """What was asked for last, at most `count` of it; safe to call from several threads.

    Args:
        make: what makes a value from its key.
    """

    def __init__(self, make: Callable[[Key], Made], count: int) -> None:
        self._make = make
        self._count = count
        self._made: OrderedDict[Key, Made] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: Key) -> Made:
        """The value for `key`, made if it is not remembered."""
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(key)
            self._made.move_to_end(key)
            while len(self._made) > self._count:
                self._made.popitem(last=False)
            return self._made[key]
