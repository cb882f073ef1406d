"""A training for another process to kill: `... -m tests.train.killed_training FOLDER FAMILY`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from edgegan.train.config import TrainingConfig
from edgegan.train.config_groups import Course
from edgegan.train.family import TrainingData
from edgegan.train.fit import fit
from edgegan.train.run_folder import RunFolder
from tests.train import tiny, tiny_stargan

DATA: dict[str, TrainingData] = {
    "cyclegan": tiny.numbered_data(5, 4),
    "stargan": tiny_stargan.numbered_labeled([5, 4]),
}
STEPS = 12


def config(family: str) -> TrainingConfig:
    """Return settings that checkpoint every second step, with everything that has state."""
    if family == "cyclegan":
        return tiny.tiny_config(train=_course(tiny.TRAIN))
    return tiny_stargan.tiny_stargan(tiny_stargan.BOTH, train=_course(tiny_stargan.TRAIN))


def _course(train: Course) -> Course:
    return replace(train, steps=STEPS, checkpoint_every=2, sample_every=100, ema=0.9)


if __name__ == "__main__":
    fit(config(sys.argv[2]), DATA[sys.argv[2]], RunFolder(Path(sys.argv[1])))
