"""20 steps of training against PyTorch's, as scripts/build_golden.py recorded them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgegan.train.cyclegan import CycleGAN
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
    parity_config,
    set_weights,
    train,
    weights_of,
)


@pytest.mark.parametrize("preset", CHANGES)
def test_twenty_steps_are_those_of_pytorch(preset: str) -> None:
    golden = Recording.load(GOLDEN / f"{preset}.npz")
    losses, weights = trained(preset, golden)
    assert_same_losses(losses, golden.losses)
    assert_same_weights(weights, golden.final)


def test_twenty_steps_of_the_keras_io_example_are_the_same() -> None:
    golden = Recording.load(GOLDEN / "keras-io.npz")
    trainer = KerasIOTrainer(parity_config("keras-io"))
    trainer.compile()
    set_weights(trainer, golden.initial)
    results = [trainer.train_on_batch(*images(i), return_dict=True) for i in range(STEPS)]
    losses = np.array([[one[name] for name in LOSSES] for one in results])
    assert_same_losses(losses, golden.losses)
    assert_same_weights(weights_of(trainer), golden.final)


def test_the_recorded_pools_draw_as_ours_and_exchange_images() -> None:
    slots = Recording.load(GOLDEN / "cyclegan.npz").slots
    np.testing.assert_array_equal(slots, drawn_slots(0))
    exchanges = (slots[:, POOL:] < POOL).sum(axis=1)
    assert (exchanges >= 5).all()


def test_the_recordings_are_small() -> None:
    paths = [GOLDEN / f"{preset}.npz" for preset in CHANGES]
    assert sum(path.stat().st_size for path in paths) < 1e6


def trained(preset: str, golden: Recording) -> tuple[NDArray[Any], Arrays]:
    """Train from the recorded weights; return the losses and the final weights."""
    gan = CycleGAN(parity_config(preset))
    set_weights(gan, golden.initial)
    return train(gan), weights_of(gan)
