"""How many images at once: the largest batch that fits, for networks that take any number.

What fits is bounded by the backend (its memory, the shapes that a plan was built for), by the
free memory of the machine or the container, by the time that a run may take, and by `MOST`: a
network for one image is busy with far fewer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from edgegan.errors import EdgeganError
from edgegan.runtime.container_memory import container_bytes
from edgegan.runtime.environment import rss_bytes
from edgegan.runtime.sysfs import read_text

MOST = 64
_MEMORY_SHARE = 0.5  # of the free memory that the next step may take


def largest_batch(
    run: Callable[[int], float], limit_s: float, enough_memory: Callable[[], bool]
) -> int:
    """Double the batch while it fits; where the backend refuses, find the largest it takes.

    What would take too long or too much memory is not tried, so that it does not count as
    the network's peak.

    Args:
        run: Runs on that many images and returns the time, seconds; raises if it cannot.
        limit_s: A run takes no longer, as far as time grows with the batch.
        enough_memory: Tells, after a run, if there is memory for twice as many images.

    Raises:
        EdgeganError: not even one image can be run.
    """
    run(1)  # what only the first run does is not the batch's
    batch, took_s = 1, run(1)
    while batch < MOST and 2 * took_s <= limit_s and enough_memory():
        try:
            took_s = run(2 * batch)
        except (EdgeganError, MemoryError):
            return _largest_between(run, batch, 2 * batch)
        batch *= 2
    return batch


def memory_watch() -> Callable[[], bool]:
    """Tell, each time it is asked, if the process may grow by as much as it has since now."""
    start = rss_bytes()

    def enough() -> bool:
        now, free = rss_bytes(), available_bytes()
        return None in (start, now, free) or (now or 0) - (start or 0) <= _MEMORY_SHARE * (
            free or 0
        )

    return enough


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return the memory that this process may still take; None where it is not told."""
    text = read_text(root / "proc/meminfo") or ""
    match = re.search(r"^MemAvailable:\s*(\d+) kB$", text, re.MULTILINE)
    told = (int(match[1]) * 1024 if match else None, container_bytes(root))
    return min((number for number in told if number is not None), default=None)


def _largest_between(run: Callable[[int], float], fits: int, too_many: int) -> int:
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        try:
            run(middle)
            fits = middle
        except (EdgeganError, MemoryError):
            too_many = middle
    return fits
