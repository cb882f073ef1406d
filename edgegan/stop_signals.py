"""Ctrl-C and SIGTERM ask long work to end after its current step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

StopSignal = threading.Event


@contextmanager
def stop_signals() -> Iterator[StopSignal]:
    """Turn SIGINT and SIGTERM into an event, so that the current step is finished.

    A second SIGINT does not wait for that: it raises KeyboardInterrupt.

    Outside the main thread signals cannot be caught; the event then stays unset.
    """
    stop = StopSignal()

    def handler(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, handler) for number in signals}
    try:
        yield stop
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
