"""The collapse alarm: a discriminator that is right about every image, for long.

Its loss is then near 0, and generators have nothing left to learn from: the usual sign
of collapsed outputs. At the other end, a discriminator that cannot tell real images from
translated ones has the loss `UNDECIDED`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from edgegan.train.config import TrainingConfig
from edgegan.train.config_groups import GANMode
from edgegan.train.cyclegan_config import CycleGANConfig

# The loss on real images plus that on translated ones, of logits that tell nothing: 1/2 for
# least squares, whose targets are 0 and 1, and 0 for the others. A critic of "wgan-gp"
# estimates a distance; its loss has no such level.
UNDECIDED: Final[Mapping[GANMode, float]] = {
    "lsgan": 0.5,
    "vanilla": 2 * math.log(2),
    "hinge": 2.0,
}
# For "lsgan" in CycleGAN, whose losses are halved, this share is one of 0.02: judgements miss
# their targets by 0.14 (root mean square). A healthy run stays far above: in the demo's 1,600
# steps on emoji no mean of 20 steps is below 0.13.
SHARE = 0.08
# Generators may answer a shorter spell; beside a training of 10^5 steps this is soon.
STEPS = 1_000


def undecided(config: TrainingConfig) -> float | None:
    """Return the loss of a discriminator that cannot tell real images from translated ones.

    None for "wgan-gp", whose loss has no such level.
    """
    level = UNDECIDED.get(config.loss.gan)
    if level is None:
        return None
    return level / 2 if isinstance(config, CycleGANConfig) else level  # its losses are halved


class CollapseAlarm:
    """Watches the log lines of a run; each long spell near 0 is told once.

    Args:
        level: The loss of a discriminator that cannot decide; None switches the alarm off.
        lines: The run's earlier lines, when it is resumed.
    """

    def __init__(self, level: float | None, lines: Iterable[Mapping[str, float]] = ()) -> None:
        self._threshold = -math.inf if level is None else SHARE * level
        self._last = 0
        self._began: dict[str, int] = {}  # by discriminator, the step its spell began after
        self._told: set[str] = set()
        for line in lines:
            self.update(line)

    def update(self, line: Mapping[str, float]) -> str | None:
        """Take the next log line; return a warning if a spell has just become long."""
        step = int(line["step"])
        low = {
            name
            for name, loss in line.items()
            if name.startswith("discriminator") and loss < self._threshold
        }
        self._began = {name: self._began.get(name, self._last) for name in sorted(low)}
        self._told &= low
        self._last = step
        long = [name for name, began in self._began.items() if step - began >= STEPS]
        new = [name for name in long if name not in self._told]
        self._told.update(new)
        return self._warning(new) if new else None

    def _warning(self, names: list[str]) -> str:
        since = min(self._began[name] for name in names)
        return (
            f"{' and '.join(names)}: loss below {self._threshold:.3g} since step {since}. "
            "The discriminator tells every translation from a real image, so the generators "
            "learn little from it, and their outputs may collapse. Look at the newest samples; "
            "if they got worse, begin a new run with fewer discriminator.filters, a lower "
            "optimizer.learning_rate or a higher loss.identity."
        )
