"""Keep only the newest item of a source that does not wait, such as a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Arrival(Generic[T]):
    """An item, and when it came, by the clock (seconds)."""

    item: T
    time: float


class Newest(Generic[T]):
    """Reads items in a thread of its own; whoever takes one gets the newest.

    An item that is replaced before it was taken is dropped.
    """

    def __init__(self, items: Iterator[T], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to read `items`, which only this thread touches from now on."""
        self._items, self._clock = items, clock
        self._changed = threading.Condition()
        self._waiting: Arrival[T] | None = None
        self._ended = self._stopped = False
        self._error: Exception | None = None
        self._arrived = self._dropped = 0
        self._thread = threading.Thread(target=self._read, name="newest", daemon=True)
        self._thread.start()

    @property
    def arrived(self) -> int:
        """How many items came."""
        return self._arrived

    @property
    def dropped(self) -> int:
        """How many of them were replaced before they were taken."""
        return self._dropped

    @property
    def error(self) -> Exception | None:
        """What ended the source; None if it just ended, or goes on."""
        return self._error

    def take(self, timeout: float) -> Arrival[T] | None:
        """Wait for an item that was not taken yet, at most `timeout` seconds.

        Returns:
            The newest; None if none came in time, or the source has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout)
            arrival, self._waiting = self._waiting, None
            return arrival

    @property
    def ended(self) -> bool:
        """Whether all items were taken or dropped, and no more will come."""
        with self._changed:
            return self._ended and self._waiting is None

    def stop(self, timeout: float) -> bool:
        """Ask the thread to end after its current item; tell whether it did in time."""
        self._stopped = True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _read(self) -> None:
        try:
            while not self._stopped and self._read_one():
                pass
        except Exception as error:  # noqa: BLE001 - whoever takes items is told of it
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_one(self) -> bool:
        try:
            item = next(self._items)
        except StopIteration:
            return False
        with self._changed:
            self._arrived += 1
            self._dropped += self._waiting is not None
            self._waiting = Arrival(item, self._clock())
            self._changed.notify_all()
        return True
