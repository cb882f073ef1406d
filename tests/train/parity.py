"""Short trainings of tiny networks, to be compared with the same in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from edgegan.atomic import atomic_path
from edgegan.images import FloatArray
from edgegan.train.config import load_config
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import CycleGANConfig

Arrays = dict[str, NDArray[Any]]
Result = TypeVar("Result")

GOLDEN = Path(__file__).parent / "golden"
SIZE, STEPS, DECAY_START, POOL = 32, 20, 10, 3
FILTERS, BLOCKS = 4, 2
LOSSES = (
    "gan_a2b",
    "gan_b2a",
    "cycle_a",
    "cycle_b",
    "identity_a",
    "identity_b",
    "discriminator_a",
    "discriminator_b",
)
# Preset -> what is smaller or shorter than in it, or switched on beside it.
CHANGES = {
    "cyclegan": (f"train.pool_size={POOL}", f"train.decay_start={DECAY_START}"),
    "keras-io": (f"train.decay_start={STEPS}", "optimizer.separate_generators=true"),
}
# A torch weight has one name, whatever its layer.
_ROLES = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


@dataclass(frozen=True, eq=False)
class Recording:
    """A training: where it started, and what came of it.

    Attributes:
        initial: Weights by name, as in "a2b.block1a_conv.weight", in PyTorch's layout.
        final: The same after `STEPS` steps.
        losses: `[STEPS, len(LOSSES)]`.
        slots: What the pools of A and B drew for the image of each step, `[2, STEPS]`: the
            slot to exchange it with, or `POOL` and above for none. Unused while they fill.
    """

    initial: Arrays
    final: Arrays
    losses: NDArray[Any]
    slots: NDArray[Any]

    def save(self, path: Path) -> None:
        """Write a .npz; `initial` must be representable in float16."""
        arrays: Arrays = {"losses": self.losses, "slots": self.slots}
        arrays |= {f"initial/{k}": v.astype(np.float16) for k, v in self.initial.items()}
        arrays |= {f"final/{k}": v.astype(np.float32) for k, v in self.final.items()}
        with atomic_path(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read what `save` wrote."""
        with np.load(path) as content:
            arrays = {key: content[key] for key in content.files}
        parts: dict[str, Arrays] = {"initial": {}, "final": {}}
        for key in [key for key in arrays if "/" in key]:
            part, name = key.split("/")
            parts[part][name] = arrays.pop(key).astype(np.float32)
        return cls(parts["initial"], parts["final"], arrays["losses"], arrays["slots"])


def parity_config(preset: str, *assignments: str) -> CycleGANConfig:
    """Make a preset tiny."""
    tiny = (
        f"generator.image_size={SIZE}",
        f"generator.filters={FILTERS}",
        f"generator.residual_blocks={BLOCKS}",
        f"discriminator.filters={FILTERS}",
        f"train.steps={STEPS}",
    )
    return load_config(CycleGANConfig, preset, [*tiny, *CHANGES[preset], *assignments])


def images(step: int) -> tuple[FloatArray, FloatArray]:
    """Draw an image of each domain, `[1, SIZE, SIZE, 3]`, A's half and B's a quarter bright.

    All values are in [-1, -0.8] or [0.8, 1], which the translations of untrained networks
    do not reach. So no L1 loss is at its kink, where a rounding error changes the gradient.
    """
    # NumPy keeps the numbers of RandomState as they are for good, unlike those of Generator.
    draw, shape = np.random.RandomState(step), (1, SIZE, SIZE, 3)
    a, b = (
        draw.randint(0, 26, shape) + 230 * (draw.randint(0, 4, shape) < bright) for bright in (2, 1)
    )
    return a.astype(np.float32) / 127.5 - 1, b.astype(np.float32) / 127.5 - 1


def drawn_slots(seed: int) -> NDArray[Any]:
    """Draw as the two pools of edgegan do with `train.seed`, for each step: `[2, STEPS]`."""
    slots = [
        [
            tf.random.stateless_uniform((), (pool, step), maxval=2 * POOL, dtype=tf.int32)
            for step in range(STEPS)
        ]
        for pool in (2 * seed, 2 * seed + 1)
    ]
    return np.array(slots, np.int8)


def on_avx2(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a new process, where TensorFlow's oneDNN takes no AVX-512.

    That sums in another order, and Adam's first steps magnify the difference of rounding. The
    process is a new one since oneDNN reads its variable once, and OpenVINO's reads it, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(function, *arguments).result()


def train(
    preset: str, initial: Arrays, assignments: Sequence[str] = (), steps: int = STEPS
) -> tuple[NDArray[Any], Arrays]:
    """Train from `initial` on `images`: losses, `[steps, len(LOSSES)]`, and final weights."""
    gan = CycleGAN(parity_config(preset, *assignments))
    set_weights(gan, initial)
    results = [gan.train_step(*images(step)) for step in range(steps)]
    return np.array([[float(one[name]) for name in LOSSES] for one in results]), weights_of(gan)


def set_weights(gan: Any, weights: Arrays) -> None:
    """Set every weight of `gan`'s four networks, from PyTorch's layout."""
    for name, variable in _variables(gan):
        variable.assign(_keras_layout(weights[name]))


def weights_of(gan: Any) -> Arrays:
    """Copy every weight of `gan`'s four networks, in PyTorch's layout."""
    return {name: _torch_layout(variable.numpy()) for name, variable in _variables(gan)}


def assert_same_losses(ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    """Compare each loss at each step to 1e-4 relative; some may pass 0."""
    off = np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-2)
    worst = {name: f"{off[:, i].max():.1e}" for i, name in enumerate(LOSSES)}
    assert off.max() <= 1e-4, f"largest relative differences: {worst}"


def assert_same_weights(ours: Arrays, theirs: Arrays) -> None:
    """Compare all weights to 1e-5."""
    assert ours.keys() == theirs.keys()
    off = {name: float(np.abs(value - theirs[name]).max()) for name, value in ours.items()}
    worst = sorted(off.items(), key=lambda item: -item[1])[:3]
    assert all(value <= 1e-5 for value in off.values()), f"largest differences: {worst}"


def _variables(gan: Any) -> Iterator[tuple[str, Any]]:
    for network in ("a2b", "b2a", "d_a", "d_b"):
        for layer in getattr(gan, network).layers:
            for variable in layer.weights:
                role = variable.name.split("/")[-1].split(":")[0]
                yield f"{network}.{layer.name}.{_ROLES[role]}", variable


def _keras_layout(weight: NDArray[Any]) -> NDArray[Any]:
    # [out, in, h, w] -> [h, w, in, out]; transposed convolutions have in and out swapped
    # in both. Vectors stay.
    return weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight


def _torch_layout(weight: NDArray[Any]) -> NDArray[Any]:
    return weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight
