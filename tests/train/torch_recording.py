"""The short trainings of tests.train.parity in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tests.train import torch_keras_io
from tests.train.parity import (
    BLOCKS,
    DECAY_START,
    FILTERS,
    LOSSES,
    POOL,
    STEPS,
    Arrays,
    Recording,
    images,
)
from tests.train.torch_cyclegan import ImagePool, Trainer, linear_decay
from tests.train.torch_networks import REFERENCE, load_weights, networks, weights_of


def tiny_networks(preset: str) -> Any:
    """Build the four networks of a preset, as small as parity_config makes them."""
    style = torch_keras_io.KERAS_IO if preset == "keras-io" else REFERENCE
    return networks(FILTERS, BLOCKS, FILTERS, style)


def record(
    preset: str,
    initial: Arrays,
    slots: NDArray[Any],
    *,
    steps: int = STEPS,
    mode: str = "lsgan",
    dtype: Any = torch.float32,
) -> Recording:
    """Train from `initial` in PyTorch, its pools drawing `slots`."""
    nets = tiny_networks(preset)
    load_weights(nets, initial)
    nets.to(dtype)
    if preset == "keras-io":
        train_step = torch_keras_io.Trainer(nets).train_step
    else:
        pool_a, pool_b = (ImagePool(POOL, list(map(int, row)).__getitem__) for row in slots)
        train_step = Trainer(nets, (pool_a, pool_b), _rate, mode).train_step
    results = [train_step(*_tensors(step, dtype)) for step in range(steps)]
    losses = np.array([[one[name] for name in LOSSES] for one in results])
    return Recording(initial, weights_of(nets), losses, slots)


def _rate(step: int) -> float:
    return linear_decay(step, STEPS, DECAY_START)


def _tensors(step: int, dtype: Any) -> Iterator[Any]:
    for image in images(step):
        yield torch.from_numpy(image.transpose(0, 3, 1, 2)).contiguous().to(dtype)
