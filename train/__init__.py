"""Training: Keras networks, losses, trainers and the data that feeds them.

Importing this package sets `TF_USE_LEGACY_KERAS=1`, before TensorFlow loads: the
networks are tf_keras (Keras 2), which model optimization and older checkpoints need.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.train.cyclegan import CycleGAN as CycleGAN
    from edgegan.train.stargan import StarGAN as StarGAN

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def __getattr__(name: str) -> Any:
    """Import the trainers when they are asked for, since they load TensorFlow."""
    if name == "CycleGAN":
        from edgegan.train.cyclegan import CycleGAN

        return CycleGAN
    if name == "StarGAN":
        from edgegan.train.stargan import StarGAN

        return StarGAN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
