"""Record what PyTorch computes, for tests/train/test_golden*.py to compare edgegan with.

From the root of the checkout, after `make test-torch` has installed PyTorch::

    .venv/bin/python -m scripts.build_golden

This writes cyclegan.npz, keras-io.npz, stargan.npz and foreign-torch.npz to
tests/train/golden; the same PyTorch gives the same files. Trainings are computed in float64,
so that they are no nearer to one float32 implementation than to another.
"""

from __future__ import annotations

import numpy as np
import torch

from edgegan.atomic import atomic_path
from tests.train import (
    stargan_cases,
    stargan_parity,
    test_foreign_torch,
    test_torch_import,
    torch_stargan_recording,
)
from tests.train.parity import (
    GOLDEN,
    Arrays,
    Recording,
    assert_same_losses,
    assert_same_weights,
    drawn_slots,
)
from tests.train.torch_networks import weights_of
from tests.train.torch_recording import record, tiny_networks

# A ReLU's kink, and the first step of Adam, which is little but the gradient's sign, make a
# jump of a rounding error that crosses zero; from there two trajectories part. From most
# initial weights this happens to one float32 run or another within 20 steps. From these it
# did not in 10 runs of PyTorch in float32, 9 of them with initial weights changed at random
# by 3e-7 ("cyclegan") or 1e-7 ("keras-io") of their values.
SEEDS = {"cyclegan": 8, "keras-io": 91}


def main() -> None:
    """Record both presets of CycleGAN, StarGAN, and what imported generators make."""
    torch.set_num_threads(1)
    for preset, seed in SEEDS.items():
        recording = build(preset, seed)
        path = GOLDEN / f"{preset}.npz"
        recording.save(path)
        print(f"{path.name}: {path.stat().st_size} bytes")
    path = stargan_cases.PATH
    stargan_cases.save({name: build_stargan(name) for name in stargan_cases.CASES}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")
    build_imports()


def build_imports() -> None:
    """Translate an image with the networks of files that are imported."""
    path = test_foreign_torch.GOLDEN
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            **{
                name: test_torch_import.pytorch_output(tensors, test_foreign_torch.SIZE)
                for name, tensors in test_foreign_torch.CASES.items()
            },
        )
    print(f"{path.name}: {path.stat().st_size} bytes")


def build(preset: str, seed: int) -> Recording:
    """Train in float64, and make sure that float32 gives the same."""
    initial = half_precision_weights(preset, seed)
    slots = drawn_slots(0)
    recording = record(preset, initial, slots, dtype=torch.float64)
    single = record(preset, initial, slots)
    assert_same_losses(single.losses, recording.losses)
    assert_same_weights(single.final, recording.final)
    return recording


def build_stargan(name: str) -> stargan_cases.Recording:
    """Compute a case in float64, and make sure that float32 gives the same."""
    case = stargan_cases.CASES[name]
    initial = torch_stargan_recording.draw_weights(case)
    recording = torch_stargan_recording.record(case, initial, torch.float64)
    stargan_parity.assert_same(torch_stargan_recording.record(case, initial), recording)
    return recording


def half_precision_weights(preset: str, seed: int) -> Arrays:
    """Draw initial weights that float16 holds exactly."""
    torch.manual_seed(seed)
    weights = weights_of(tiny_networks(preset))
    return {name: value.astype(np.float16).astype(np.float32) for name, value in weights.items()}


if __name__ == "__main__":
    main()
