"""Does an artifact slow down as the machine gets warm? Its time over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WINDOW_S = 60.0
_POINTS = 100


@dataclass(frozen=True, kw_only=True)
class Sustained:
    """The first and the last stretch of a long run of back-to-back calls.

    Attributes:
        window_s: How long each is: a minute, or half the time if there are not two.
        first_ms: Median of the first.
        last_ms: Median of the last.
        ratio: Last over first; above 1 it slowed down.
        at_s: Points in time.
        p50_ms: The median around each of them.
    """

    window_s: float
    first_ms: float
    last_ms: float
    ratio: float
    at_s: tuple[float, ...]
    p50_ms: tuple[float, ...]


def sustained(samples_ms: Sequence[float]) -> Sustained:
    """Look at the samples of calls right after each other, in their order."""
    samples = np.asarray(samples_ms, dtype=np.float64)
    ends_s = np.cumsum(samples) / 1e3
    window_s = min(WINDOW_S, float(ends_s[-1]) / 2)
    first = float(np.median(samples[: max(int(np.searchsorted(ends_s, window_s)), 1)]))
    last = float(np.median(samples[ends_s >= ends_s[-1] - window_s]))
    parts = np.array_split(np.arange(len(samples)), min(_POINTS, len(samples)))
    return Sustained(
        window_s=window_s,
        first_ms=first,
        last_ms=last,
        ratio=last / first,
        at_s=tuple(float(ends_s[part[len(part) // 2]]) for part in parts),
        p50_ms=tuple(float(np.median(samples[part])) for part in parts),
    )
