"""20 steps of training against PyTorch's, as scripts/build_golden.py recorded them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train.keras_io_trainer import KerasIOTrainer
from tests.train.parity import (
    CHANGES,
    GOLDEN,
    LOSSES,
    POOL,
    STEPS,
    Arrays,
    Recording,
    assert_same_losses,
    assert_same_weights,
    drawn_slots,
    images,
    on_avx2,
    parity_config,
    set_weights,
    train,
    weights_of,
)


@pytest.mark.parametrize("preset", CHANGES)
def test_twenty_steps_are_those_of_pytorch(preset: str) -> None:
    golden = Recording.load(GOLDEN / f"{preset}.npz")
    losses, weights = on_avx2(train, preset, golden.initial)
    assert_same_losses(losses, golden.losses)
    assert_same_weights(weights, golden.final)


def test_twenty_steps_of_the_keras_io_example_are_the_same() -> None:
    golden = Recording.load(GOLDEN / "keras-io.npz")
    losses, weights = on_avx2(train_the_example, golden.initial)
    assert_same_losses(losses, golden.losses)
    assert_same_weights(weights, golden.final)


def test_the_recorded_pools_draw_as_ours_and_exchange_images() -> None:
    slots = Recording.load(GOLDEN / "cyclegan.npz").slots
    np.testing.assert_array_equal(slots, drawn_slots(0))
    exchanges = (slots[:, POOL:] < POOL).sum(axis=1)
    assert (exchanges >= 5).all()


def test_the_recordings_are_small() -> None:
    paths = [GOLDEN / f"{preset}.npz" for preset in CHANGES]
    assert sum(path.stat().st_size for path in paths) < 1e6


def train_the_example(initial: Arrays) -> tuple[NDArray[Any], Arrays]:
    """Train the keras.io example as `train` trains ours."""
    trainer = KerasIOTrainer(parity_config("keras-io"))
    trainer.compile()
    set_weights(trainer, initial)
    results = [trainer.train_on_batch(*images(i), return_dict=True) for i in range(STEPS)]
    return np.array([[one[name] for name in LOSSES] for one in results]), weights_of(trainer)
