"""The learning rate as a function of the step alone, so that resuming cannot shift it."""

from __future__ import annotations


def linear_decay(step: int, steps: int, decay_start: int) -> float:
    """Return the factor on the learning rate at `step`, in (0, 1].

    It is 1 before `decay_start`, then falls linearly and would reach 0 at `steps`, one
    past the last. Zhu et al. 2017, Sec. 7.1: 100 epochs constant, 100 epochs decaying.

    Args:
        step: The current step, 0 to `steps` - 1.
        steps: Steps of the whole training.
        decay_start: The step at which the decay begins.
    """
    if step < decay_start:
        return 1.0
    return (steps - step) / max(steps - decay_start, 1)


def faithful_decay(step: int, steps: int, decay_start: int) -> float:
    """Return the factor of the published StarGAN code, which hardly differs from 1.

    Once in 1,000 steps after `decay_start` it subtracts 1 / (steps - decay_start): 0.001
    in all (solver.py of yunjey/stargan, update_lr).

    Args:
        step: The current step, 0 to `steps` - 1.
        steps: Steps of the whole training.
        decay_start: The step at which the decay begins.
    """
    updates = max(step // 1_000 - decay_start // 1_000, 0)
    return 1.0 - updates / max(steps - decay_start, 1)
