"""A training for another process to kill: `python -m tests.train.killed_training FOLDER`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from edgegan.train.config import CycleGANConfig
from edgegan.train.fit import fit
from edgegan.train.run_folder import RunFolder
from tests.train.tiny import TRAIN, numbered_data, tiny_config

DATA = numbered_data(5, 4)
STEPS = 12


def config() -> CycleGANConfig:
    """Return settings that checkpoint every second step, with everything that has state."""
    train = replace(TRAIN, steps=STEPS, checkpoint_every=2, sample_every=100, ema=0.9)
    return tiny_config(train=train)


if __name__ == "__main__":
    fit(config(), DATA, RunFolder(Path(sys.argv[1])))
