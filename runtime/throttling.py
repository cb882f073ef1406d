"""What held a machine down while something was measured: heat, or a limit of power or current."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from edgegan.runtime.environment import Environment
from edgegan.runtime.jetson import throttled_between


def throttled(states: Sequence[Environment], gpu: int | None) -> tuple[str, ...]:
    """Tell what slowed a device at any reading, in words; empty if nothing is known to.

    On a Jetson all devices count, since they share heat and power.

    Args:
        states: Read before the measurement, during it and right after it, in this order.
        gpu: The number of the NVIDIA GPU that worked, as NVML counts; None if none did.
    """
    boards = [state.jetson for state in states if state.jetson is not None]
    reasons = [reason for two in pairwise(boards) for reason in throttled_between(*two)]
    gpus = [one for state in states for one in state.gpus if one.index == gpu]
    reasons += [reason for one in gpus for reason in one.throttling or ()]
    return tuple(dict.fromkeys(reasons))
