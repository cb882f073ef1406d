"""What held a machine down while something was measured: heat, or a limit of power or current."""

from __future__ import annotations

from edgegan.runtime.environment import Environment
from edgegan.runtime.jetson import throttled_between


def throttled(before: Environment, after: Environment, device: str) -> tuple[str, ...]:
    """Tell what slowed a device at either reading, in words; empty if nothing is known to.

    On a Jetson all devices count, since they share heat and power.

    Args:
        before: Read before the measurement.
        after: Right after it, while the machine is still hot.
        device: "cpu" or "cuda:0".
    """
    reasons: list[str] = []
    if before.jetson is not None and after.jetson is not None:
        reasons += throttled_between(before.jetson, after.jetson)
    if device.startswith("cuda"):
        index = int(device.partition(":")[2] or 0)
        gpus = [gpu for state in (before, after) for gpu in state.gpus if gpu.index == index]
        reasons += [reason for gpu in gpus for reason in gpu.throttling or ()]
    return tuple(dict.fromkeys(reasons))
