"""Which settings may change when a run goes on, and what the learning rate does then.

The learning rate is a function of the step, `train.steps` and `train.decay_start` alone
(edgegan.train.schedule). A new `train.steps` keeps `decay_start` where it was: from there
the rate falls to the new end, so for a step past `decay_start` it may jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from edgegan.errors import UsageError
from edgegan.train.config import TrainingConfig, load_run_config
from edgegan.train.run_folder import RunFolder

RESUMABLE = (
    "train.steps",
    "train.decay_start",
    "train.log_every",
    "train.checkpoint_every",
    "train.checkpoints_kept",
    "train.keep_every",
    "train.sample_every",
    "train.eval_every",
)


def resumed_config(
    folder: RunFolder, assignments: Sequence[str]
) -> tuple[TrainingConfig, TrainingConfig]:
    """Return the settings that a run began with, and those to go on with.

    Args:
        folder: The run.
        assignments: `key=value` changes.

    Raises:
        UsageError: a change would alter the mathematics; it names the keys.
    """
    saved = load_run_config(folder.config)
    settings = load_run_config(folder.config, assignments)
    before, after = _flat(asdict(saved)), _flat(asdict(settings))
    # How sparse weights are, and when ranges are learned, follows from the number of steps.
    scheduled = settings.distillation.prune or settings.distillation.quantize
    free = [key for key in RESUMABLE if not (scheduled and key == "train.steps")]
    locked = [key for key in before if before[key] != after[key] and key not in free]
    if locked:
        changes = ", ".join(f"{key} ({before[key]!r} to {after[key]!r})" for key in locked)
        raise UsageError(
            f"--resume cannot change {changes}: it would be another training. "
            f"What may change: {', '.join(free)}."
        )
    return saved, settings


def check_steps(settings: TrainingConfig, step: int) -> None:
    """Refuse an end that lies before `step`, which is done.

    Raises:
        UsageError: there is nothing to go on to.
    """
    if settings.train.steps < step:
        raise UsageError(
            f"train.steps is {settings.train.steps}, but the run has done {step}; set it to at "
            f"least {step}."
        )


def rate_change(saved: TrainingConfig, settings: TrainingConfig, step: int) -> str | None:
    """Tell how the learning rate of `step` differs under the new settings; None if not."""
    if step >= settings.train.steps:
        return None  # no step is left
    before, after = saved.learning_rate(step), settings.learning_rate(step)
    if before == after:
        return None
    return (
        f"The learning rate at step {step} was to be {before:.3g} and is now {after:.3g}: it falls "
        f"from step {settings.decay_start} (train.decay_start) to {settings.train.steps}."
    )


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        flat.update(_flat(value, f"{name}.") if isinstance(value, dict) else {name: value})
    return flat
