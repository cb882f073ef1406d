"""The cases of tests.train.stargan_cases in PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np
import torch

from edgegan.domains import Domain, label_length
from tests.train.parity import Arrays
from tests.train.stargan_cases import CRITIC, ROUNDS, Case, Recording, draw_batch
from tests.train.torch_stargan import (
    Batch,
    Discriminator,
    Generator,
    LabelSet,
    Trainer,
    gradients_of,
    load_weights,
    weights_of,
)


def build(case: Case) -> dict[str, Any]:
    """Build the two networks of a case."""
    layers = case.discriminator_layers
    return {
        "discriminator": Discriminator(case.size, len(case.domains), case.filters, layers),
        "generator": Generator(label_length(case.domains), case.filters, case.blocks),
    }


def draw_weights(case: Case) -> Arrays:
    """Draw weights that float16 holds exactly, with norms that do something."""
    draw = np.random.RandomState(case.seed)
    return {
        f"{kind}.{name}": _draw(draw, name, value.shape).astype(np.float16).astype(np.float32)
        for kind, net in build(case).items()
        for name, value in weights_of(net).items()
    }


def record(case: Case, initial: Arrays, dtype: Any = torch.float32) -> Recording:
    """Compute losses and gradients at `initial`, then train for `ROUNDS` rounds."""
    nets = build(case)
    for kind, net in nets.items():
        load_weights(net, _part(initial, kind))
        net.to(dtype)
    trainer = Trainer(nets["generator"], nets["discriminator"], label_sets(case.domains), case.mode)
    first = batch(case, 0, dtype)
    computed = {
        "discriminator": trainer.discriminator_losses(first),
        "generator": trainer.generator_losses(first),
    }
    gradients = {kind: gradients_of(nets[kind], losses) for kind, losses in computed.items()}
    losses = {k: v.detach().numpy() for part in computed.values() for k, v in part.items()}
    for step in range(ROUNDS * CRITIC):
        trainer.discriminator_step(batch(case, step, dtype))
        if (step + 1) % CRITIC == 0:
            trainer.generator_step(batch(case, step, dtype))
    final = {kind: weights_of(net) for kind, net in nets.items()}
    return Recording(initial, losses, _joined(gradients), _joined(final))


def batch(case: Case, step: int, dtype: Any) -> Batch:
    """Convert what `draw_batch` draws."""
    images, labels, targets, mix = draw_batch(case, step)
    tensors = [torch.from_numpy(x).to(dtype) for x in (labels, targets, mix)]
    return Batch(torch.from_numpy(images).permute(0, 3, 1, 2).to(dtype).contiguous(), *tensors)


def label_sets(domains: Iterable[Domain]) -> list[LabelSet]:
    """Tell how many domains each data set has, and of which kind."""
    sets = [list(found) for _, found in groupby(domains, lambda domain: domain.dataset)]
    return [LabelSet(len(found), found[0].one_hot) for found in sets]


def _draw(draw: np.random.RandomState, name: str, shape: tuple[int, ...]) -> Any:
    """Keep activations near 1, so that logits reach both sides of the hinge."""
    values = draw.standard_normal(shape)
    if name.endswith("kernel"):
        return values * np.sqrt(2 / np.prod(shape[:3]))
    return 0.2 * values + (1 if name.endswith("gamma") else 0)


def _part(arrays: Arrays, kind: str) -> Arrays:
    return {k.removeprefix(f"{kind}."): v for k, v in arrays.items() if k.startswith(f"{kind}.")}


def _joined(parts: dict[str, Arrays]) -> Arrays:
    return {f"{kind}.{name}": value for kind, part in parts.items() for name, value in part.items()}
