"""Steps of edgegan's StarGAN, to be compared with the same in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import (
    StarGANConfig,
    StarGANDataConfig,
    StarGANDiscriminatorConfig,
    StarGANLossConfig,
    StarGANTrainConfig,
    stargan_generator,
)
from tests.train.parity import Arrays
from tests.train.stargan_cases import BATCH, CRITIC, ROUNDS, Case, Recording, draw_batch


def build_gan(case: Case, initial: Arrays, jit_compile: bool = False) -> StarGAN:
    """Build edgegan's trainer with the weights `initial`."""
    generator = replace(
        stargan_generator(),
        image_size=case.size,
        filters=case.filters,
        residual_blocks=case.blocks,
        domains=case.domains,
    )
    gan = StarGAN(
        StarGANConfig(
            generator=generator,
            discriminator=StarGANDiscriminatorConfig(
                filters=case.filters, layers=case.discriminator_layers
            ),
            loss=StarGANLossConfig(gan=case.mode),
            data=StarGANDataConfig(batch_size=BATCH),
            train=StarGANTrainConfig(n_critic=CRITIC, jit_compile=jit_compile),
        )
    )
    for name, variable in _variables(gan):
        variable.assign(initial[name])
    return gan


def losses_and_gradients(gan: StarGAN, case: Case, jit_compile: bool) -> tuple[Arrays, Arrays]:
    """Compute those of both networks on the first batch, at the present weights."""
    images, labels, targets, mix = draw_batch(case, 0)
    penalised = (mix,) if case.mode == "wgan-gp" else ()
    names = {variable.ref(): name for name, variable in _variables(gan)}
    losses: Arrays = {}
    gradients: Arrays = {}
    for compute, variables, extra in (
        (gan._discriminator_gradients, gan._discriminator_variables, penalised),
        (gan._generator_gradients, gan._generator_variables, ()),
    ):
        compiled = tf.function(compute, jit_compile=jit_compile)
        (found, slopes), _ = compiled(images, labels, targets, *extra)
        losses |= {name: loss.numpy() for name, loss in found.items()}
        for variable, slope in zip(variables, slopes, strict=True):
            gradients[names[variable.ref()]] = slope.numpy()
    return losses, gradients


def train(gan: StarGAN, case: Case) -> Arrays:
    """Train for `ROUNDS` rounds; return all weights."""
    for step in range(ROUNDS * CRITIC):
        gan.train_step(*draw_batch(case, step)[:3])
    return {name: variable.numpy() for name, variable in _variables(gan)}


def assert_same(ours: Recording, theirs: Recording) -> None:
    """Compare all that two implementations recorded."""
    assert_same_losses(ours.losses, theirs.losses)
    assert_same_gradients(ours.gradients, theirs.gradients)
    assert_same_weights(ours.final, theirs.final)


def assert_same_losses(ours: Arrays, theirs: Arrays) -> None:
    """Compare each loss to 1e-5 relative."""
    _assert_close(ours, theirs, _relative, 1e-5)


def assert_same_gradients(ours: Arrays, theirs: Arrays) -> None:
    """Compare each gradient to 1e-4: the norm of the difference, relative to the gradient's."""
    _assert_close(ours, theirs, _relative, 1e-4)


def assert_same_weights(ours: Arrays, theirs: Arrays) -> None:
    """Compare the weights to 1e-5, a tenth of an update, but those that do nothing.

    A label's planes are constant, and the norm after the first convolution subtracts what
    the centre of a kernel makes of them; the other taps meet the border. So the gradient of
    the centre is rounding noise, which Adam scales up to steps of the learning rate. The
    same meets a value here and there whose gradient is nearly 0, others on each kind of
    processor: one in 1,000 may be further off, though by no more than an update.
    """
    ours, theirs = _alive(ours), _alive(theirs)
    _assert_close(ours, theirs, _largest, 1e-4)
    _assert_close(ours, theirs, _median, 2e-6)
    off = np.concatenate([np.abs(value - theirs[name]).ravel() for name, value in ours.items()])
    assert np.mean(off > 1e-5) <= 1e-3


def _assert_close(
    ours: Arrays, theirs: Arrays, distance: Callable[[Any, Any], float], tolerance: float
) -> None:
    shapes = [{name: np.shape(x) for name, x in arrays.items()} for arrays in (ours, theirs)]
    assert shapes[0] == shapes[1]
    off = {name: distance(value, theirs[name]) for name, value in ours.items()}
    # Not the largest: NaN is neither above nor below.
    far = {name: value for name, value in off.items() if not value <= tolerance}
    assert not far


def _relative(ours: Any, theirs: Any) -> float:
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def _largest(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max())


def _median(ours: Any, theirs: Any) -> float:
    return float(np.median(np.abs(ours - theirs)))


def _alive(weights: Arrays) -> Arrays:
    stem: NDArray[Any] = weights["generator.stem_conv.kernel"].copy()
    stem[3, 3, 3:] = 0
    return {**weights, "generator.stem_conv.kernel": stem}


def _variables(gan: StarGAN) -> Iterator[tuple[str, Any]]:
    for kind in ("generator", "discriminator"):
        for layer in getattr(gan, kind).layers:
            for variable in layer.weights:
                yield f"{kind}.{layer.name}.{variable.name.split('/')[-1].split(':')[0]}", variable
