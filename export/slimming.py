"""Non-uniform slimming: each layer keeps as many channels as matter, within a budget.

Channels are ranked over the whole network by their strength (edgegan.train.student_start)
relative to the mean of their group, and one threshold, found by bisection, decides (the one
step of CAT; Jin et al. 2021, Sec. 3.3). The residual trunk is one group, so its layers stay
equal. The result is a dense network with its own width for each layer: no masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import tf_keras as keras
from numpy.typing import NDArray

from edgegan.errors import UsageError
from edgegan.export.width_budget import STEP, counted
from edgegan.generator import GeneratorConfig
from edgegan.train.student_start import strengths


def uneven(teacher: keras.Model, config: GeneratorConfig, most_macs: int) -> GeneratorConfig:
    """Find the widths with the lowest threshold whose network stays within the budget.

    Args:
        teacher: A generator made by `build_generator`.
        config: Its configuration.
        most_macs: Multiply-accumulates of one image, at most.

    Returns:
        The configuration with `widths`, each a multiple of `STEP` or the whole group.

    Raises:
        UsageError: not even the narrowest layers fit.
    """
    groups = list(strengths(teacher, config).values())
    relative = [group / group.mean() for group in groups]
    levels = np.unique(np.concatenate(relative))
    low, high = 0, len(levels) - 1  # the lowest level keeps everything
    narrowest = replace(config, widths=_kept(relative, np.inf))
    if (macs := counted(narrowest).macs) > most_macs:
        raise UsageError(
            f"Even with {STEP} channels a layer the network has {macs / 1e9:.4g} G "
            f"multiply-accumulates, and the budget is {most_macs / 1e9:.4g} G. Allow more."
        )
    while low < high:
        middle = (low + high) // 2
        widths = _kept(relative, levels[middle])
        if counted(replace(config, widths=widths)).macs <= most_macs:
            high = middle
        else:
            low = middle + 1
    found = replace(config, widths=_kept(relative, levels[high]))
    return found if counted(found).macs <= most_macs else narrowest


def _kept(groups: Sequence[NDArray[np.float64]], threshold: float) -> tuple[int, ...]:
    """Count the channels at or above the threshold, rounded up to what kernels like."""
    counts = (int((group >= threshold).sum()) for group in groups)
    rounded = (max(-(-count // STEP) * STEP, STEP) for count in counts)
    return tuple(min(count, len(group)) for count, group in zip(rounded, groups, strict=True))
