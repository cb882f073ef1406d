"""Energy of a timed loop, from samples of power or of an energy counter.

Power P is integrated over each window [a, b] by the trapezoid rule through the samples, with
the power at a and b interpolated: E = integral of P dt. A counter C gives E = C(b) - C(a),
interpolated likewise. With n images in the windows, and the power while idle before them,

    gross = sum of E / n          net = gross - idle power * sum of (b - a) / n

Gross is what an image costs on this machine; net is what it costs more than doing nothing.
Both are of one rail or chip: none is what a meter at the wall would show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

SourceKind = Literal["power", "energy"]
Window = tuple[float, float]
Seconds = npt.NDArray[np.float64]

LEAST_HZ = 10.0  # fewer samples a second miss what a short network draws
_LONGEST_GAP_S = 5 / LEAST_HZ
_FEWEST_SAMPLES = 10


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What was read, in the order of time.

    Attributes:
        kind: Whether `values` are watts, or joules since some moment.
        times_s: `[n]`, seconds of a steady clock, rising.
        values: `[n]`.
        failed: How many readings gave no value.
    """

    kind: SourceKind
    times_s: Seconds
    values: Seconds
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class EnergyUse:
    """What images cost.

    Attributes:
        rail: What was measured, such as "VDD_IN".
        gross_mj_per_image: Millijoules an image.
        net_mj_per_image: Without what the machine draws when idle; None if that is unknown.
        mean_w: Power over the loop.
        idle_w: Power before it.
        images: How many images the loop had.
        seconds: How long it took.
        samples: How many lie in it.
        hz: Samples a second.
        longest_gap_s: The longest time in it without a sample.
        flags: What makes the result doubtful; empty if nothing does.
    """

    rail: str
    gross_mj_per_image: float
    net_mj_per_image: float | None
    mean_w: float
    idle_w: float | None
    images: int
    seconds: float
    samples: int
    hz: float
    longest_gap_s: float
    flags: tuple[str, ...]


def energy_j(samples: Samples, window: Window) -> float:
    """Compute the energy in `window`, joules.

    Before the first and after the last sample, power is taken to be as there, and a counter
    to stand still.
    """
    start, end = window
    if samples.kind == "energy":
        counted = np.interp([start, end], samples.times_s, samples.values)
        return float(counted[1] - counted[0])
    times = _points(samples, window)
    watts = np.interp(times, samples.times_s, samples.values)
    return float(np.sum(np.diff(times) * (watts[1:] + watts[:-1]) / 2))


def energy_use(
    samples: Samples, rail: str, windows: Sequence[Window], images: int, idle: Window | None
) -> EnergyUse | None:
    """Work out what each of `images` cost; None if nothing was read or ran.

    Args:
        samples: Of the whole session.
        rail: What they are of.
        windows: When the loop ran; it may have been interrupted.
        images: How many images it had.
        idle: When nothing ran; None if there was no such time.
    """
    seconds = sum(end - start for start, end in windows)
    if samples.times_s.size == 0 or seconds <= 0 or images < 1:
        return None
    gross = sum(energy_j(samples, window) for window in windows)
    idle_w = energy_j(samples, idle) / (idle[1] - idle[0]) if idle else None
    net = None if idle_w is None else gross - idle_w * seconds
    points = [_points(samples, window) for window in windows]
    inside = sum(len(times) - 2 for times in points)
    gap = max(float(np.max(np.diff(times))) for times in points)
    return EnergyUse(
        rail=rail,
        gross_mj_per_image=1e3 * gross / images,
        net_mj_per_image=None if net is None else 1e3 * net / images,
        mean_w=gross / seconds,
        idle_w=idle_w,
        images=images,
        seconds=seconds,
        samples=inside,
        hz=inside / seconds,
        longest_gap_s=gap,
        flags=(*_flags(inside, inside / seconds, gap, net), *_holes(samples, windows)),
    )


def _points(samples: Samples, window: Window) -> Seconds:
    """List the ends of `window` and the samples' times between them."""
    start, end = window
    times = samples.times_s
    between = times[(times > start) & (times < end)]
    return np.concatenate([[start], between, [end]])


def _flags(inside: int, hz: float, gap: float, net: float | None) -> list[str]:
    flags = []
    if inside < _FEWEST_SAMPLES:
        flags.append(f"only {inside} samples of the power")
    if hz < LEAST_HZ:
        flags.append(f"power sampled at {hz:.1f} Hz, below {LEAST_HZ:.0f}")
    if gap > _LONGEST_GAP_S:
        flags.append(f"no sample of the power for {gap:.2f} s")
    if net is not None and net < 0:
        flags.append("the machine drew more before the loop than in it: it was not idle")
    return flags


def _holes(samples: Samples, windows: Sequence[Window]) -> list[str]:
    first, last = samples.times_s[0], samples.times_s[-1]
    flags = [f"{samples.failed} readings of the power failed"] if samples.failed else []
    if any(start < first or end > last for start, end in windows):
        flags.append("the samples of the power do not cover the loop")
    return flags
