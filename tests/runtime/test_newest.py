from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from queue import Queue

import pytest

from edgegan.runtime.newest import Newest

SOON = 5.0  # seconds that nothing here needs


def from_queue(queue: Queue[int | None]) -> Iterator[int]:
    while (item := queue.get()) is not None:
        yield item


def wait_until(newest: Newest[int], arrived: int) -> None:
    end = time.monotonic() + SOON
    while newest.arrived < arrived and time.monotonic() < end:
        time.sleep(0.001)
    assert newest.arrived == arrived


def test_only_the_newest_is_kept() -> None:
    queue: Queue[int | None] = Queue()
    ticks = iter(range(100))
    newest = Newest(from_queue(queue), clock=lambda: float(next(ticks)))
    for item in (1, 2, 3):
        queue.put(item)
    wait_until(newest, 3)
    arrival = newest.take(SOON)
    assert arrival is not None
    assert (arrival.item, arrival.time, newest.dropped) == (3, 2.0, 2)
    assert newest.take(0.01) is None
    assert not newest.ended
    queue.put(4)
    arrival = newest.take(SOON)  # waits for it
    assert arrival is not None
    assert (arrival.item, newest.dropped, newest.arrived) == (4, 2, 4)
    queue.put(None)
    assert newest.take(SOON) is None
    assert newest.ended
    assert newest.error is None


def test_the_last_item_is_not_lost() -> None:
    newest = Newest(iter([1, 2]))
    assert newest.stop(SOON)
    assert not newest.ended
    last = newest.take(0)
    assert last is not None
    assert last.item == 2
    assert newest.ended


def test_an_error_ends_the_source() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("unplugged")

    newest = Newest(broken())
    assert newest.stop(SOON)
    assert newest.take(0) is not None
    assert newest.ended
    with pytest.raises(OSError, match="unplugged"):
        raise newest.error or AssertionError


def test_stopping_does_not_wait_for_a_source_that_hangs() -> None:
    release = threading.Event()

    def hanging() -> Iterator[int]:
        yield 1
        release.wait(SOON)
        yield 2
        raise AssertionError("read on after the stop")

    newest = Newest(hanging())
    wait_until(newest, 1)
    assert not newest.stop(0.01)
    release.set()
    assert newest.stop(SOON)
    assert newest.error is None
    assert newest.arrived == 2
