"""What keeps a measurement from being a valid one, apart from a wrong output."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.latency import Latency
from edgegan.runtime.timing import Round

STEADY_VARIATION = 0.05  # of a CPU; beyond it the result is flagged
# The rule of NVIDIA's trtexec: without the CPU's scheduler in between, times scatter less.
STEADY_GPU_VARIATION = 0.025
_GPUS = ("cuda", "tensorrt", "gpu")
STEADY_CLOCK = 0.97  # the median of the last third of the rounds to that of the first


def doubts(
    latency: Latency, rounds: Sequence[Round], steady: bool, settings: BenchSettings, device: str
) -> list[str]:
    """List what keeps a measurement from being a valid one; empty if nothing does.

    In a long run the time may change, and between the frames of a camera the clock: to
    see that is what these scenarios are for.

    Args:
        latency: Its samples' summary.
        rounds: All of them.
        steady: Whether the warm-up ended with a steady time.
        settings: What was asked for.
        device: Where it ran, as in `EngineInfo`.
    """
    kind = settings.scenario.kind
    wall_s = sum(one.wall_s for one in rounds)
    flags = [] if steady else ["not steady after the warm-up"]
    most = STEADY_GPU_VARIATION if device.partition(":")[0] in _GPUS else STEADY_VARIATION
    if latency.variation > most and kind != "sustained":
        flags.append(f"not steady: CoV {latency.variation:.1%} > {100 * most:g}%")
    if latency.n < settings.min_iters:
        flags.append(f"min_iters not reached: {latency.n} < {settings.min_iters}")
    if wall_s < settings.min_time_s:
        flags.append(f"min_time not reached: {wall_s:.1f} s < {settings.min_time_s:g} s")
    if len(rounds) < settings.rounds:
        flags.append(f"max_time reached after {len(rounds)} of {settings.rounds} rounds")
    if kind in ("single", "offline"):
        flags += _clock_doubts([one.clock_mhz for one in rounds if one.clock_mhz is not None])
    return flags


def _clock_doubts(clocks: Sequence[float]) -> list[str]:
    """Tell if the clock fell; medians, since one reading is of one moment only."""
    third = -(-len(clocks) // 3)
    if third == 0:
        return []
    first, last = median(clocks[:third]), median(clocks[-third:])
    if last >= STEADY_CLOCK * first:
        return []
    return [f"the clock fell from {first:.0f} to {last:.0f} MHz"]
