"""StarGAN in PyTorch: a second implementation, to test edgegan.train against.

Written from the paper (Choi et al. 2018) and a description of its reference implementation
(yunjey/stargan: model.py, solver.py); it shares no code with edgegan. Modules bear the
names of edgegan's layers. Images are `[N, C, H, W]` in [-1, 1]; a label is the values of
all data sets' domains, and after them, if there are several sets, the mask vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class LabelSet:
    """What a data set tells of its images.

    Attributes:
        length: How many attributes or classes.
        one_hot: Whether they are classes, of which an image has exactly one.
    """

    length: int
    one_hot: bool = False


@dataclass(frozen=True)
class Batch:
    """What a step gets.

    Attributes:
        images: `[N, 3, H, W]`.
        labels: Theirs, `[N, c]`.
        targets: What to turn them into, `[N, c]`.
        alpha: Where to look for slopes: 1 at the real image; `[N, 1, 1, 1]`.
    """

    images: Any
    labels: Any
    targets: Any
    alpha: Any


class Residual(nn.Sequential):  # type: ignore[misc]
    """x + f(x)."""

    def forward(self, x: Any) -> Any:
        return x + super().forward(x)


class Generator(nn.Module):  # type: ignore[misc]
    """Convolutions without biases, with zero padding; instance norm with scale and offset."""

    def __init__(self, labels: int, filters: int = 64, blocks: int = 6, downs: int = 2) -> None:
        super().__init__()
        self.net, width = nn.Sequential(), filters
        _add(self.net, "stem", nn.Conv2d(3 + labels, width, 7, padding=3, bias=False), width)
        for i in range(downs):
            conv = nn.Conv2d(width, 2 * width, 4, 2, padding=1, bias=False)
            width *= 2
            _add(self.net, f"down{i + 1}", conv, width)
        for i in range(blocks):
            self.net.add_module(f"block{i + 1}", _residual(f"block{i + 1}", width))
        for i in range(downs):
            conv = nn.ConvTranspose2d(width, width // 2, 4, 2, padding=1, bias=False)
            width //= 2
            _add(self.net, f"up{i + 1}", conv, width)
        self.net.add_module("head_conv", nn.Conv2d(width, 3, 7, padding=3, bias=False))
        self.net.add_module("tanh", nn.Tanh())

    def forward(self, images: Any, labels: Any) -> Any:
        planes = labels[:, :, None, None].expand(-1, -1, *images.shape[2:])
        return self.net(torch.cat([images, planes], dim=1))


class Discriminator(nn.Module):  # type: ignore[misc]
    """No norm; a map of logits for real or fake, and a logit for each domain."""

    def __init__(self, size: int, domains: int, filters: int = 64, layers: int = 6) -> None:
        super().__init__()
        self.trunk, width = nn.Sequential(), 3
        for i in range(layers):
            conv = nn.Conv2d(width, filters * 2**i, 4, 2, padding=1)
            width = filters * 2**i
            self.trunk.add_module(f"conv{i + 1}", conv)
            self.trunk.add_module(f"lrelu{i + 1}", nn.LeakyReLU(0.01))
        self.source = nn.Conv2d(width, 1, 3, padding=1, bias=False)
        self.classes = nn.Conv2d(width, domains, size // 2**layers, bias=False)

    def forward(self, images: Any) -> tuple[Any, Any]:
        features = self.trunk(images)
        return self.source(features), self.classes(features).flatten(1)


class Trainer:
    """The losses, weighted, and the updates.

    Args:
        generator: A `Generator`.
        discriminator: A `Discriminator`.
        sets: Of the labels, in order.
        mode: "wgan-gp", "lsgan" or "hinge".
    """

    def __init__(
        self, generator: Any, discriminator: Any, sets: Sequence[LabelSet], mode: str = "wgan-gp"
    ) -> None:
        self._generator, self._discriminator = generator, discriminator
        self._sets, self._mode = sets, mode
        self._adams = [
            torch.optim.Adam(net.parameters(), lr=1e-4, betas=(0.5, 0.999), eps=1e-8)
            for net in (discriminator, generator)
        ]

    def discriminator_losses(self, batch: Batch) -> dict[str, Any]:
        """Judge real images, and translations that do not follow the gradient."""
        fake = self._generator(batch.images, batch.targets).detach()
        source, logits = self._discriminator(batch.images)
        losses = {
            "discriminator": discriminator_loss(self._mode, source, self._discriminator(fake)[0]),
            "classification_real": class_loss(self._sets, logits, batch.labels),
        }
        if self._mode == "wgan-gp":
            losses["penalty"] = 10 * self._penalty(batch.images, fake, batch.alpha)
        return losses

    def generator_losses(self, batch: Batch) -> dict[str, Any]:
        """Translate, and back again."""
        fake = self._generator(batch.images, batch.targets)
        source, logits = self._discriminator(fake)
        back = self._generator(fake, batch.labels)
        return {
            "gan": generator_loss(self._mode, source),
            "classification_fake": class_loss(self._sets, logits, batch.targets),
            "cycle": 10 * (batch.images - back).abs().mean(),
        }

    def discriminator_step(self, batch: Batch) -> None:
        """Update the discriminator."""
        _update(self._adams[0], self.discriminator_losses(batch))

    def generator_step(self, batch: Batch) -> None:
        """Update the generator."""
        _update(self._adams[1], self.generator_losses(batch))

    def _penalty(self, real: Any, fake: Any, alpha: Any) -> Any:
        mixed = (alpha * real + (1 - alpha) * fake).requires_grad_()
        source, _ = self._discriminator(mixed)
        (slope,) = torch.autograd.grad(source.sum(), mixed, create_graph=True)
        return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


def discriminator_loss(mode: str, real: Any, fake: Any) -> Any:
    """Add up, not halved, the losses on the logits of real and of fake images."""
    if mode == "lsgan":
        return ((real - 1) ** 2).mean() + (fake**2).mean()
    if mode == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    return fake.mean() - real.mean()


def generator_loss(mode: str, fake: Any) -> Any:
    """Ask that the logits `fake` pass for real."""
    return ((fake - 1) ** 2).mean() if mode == "lsgan" else -fake.mean()


def class_loss(sets: Sequence[LabelSet], logits: Any, labels: Any) -> Any:
    """Sum cross-entropies over the domains an image's set knows; average over the batch."""
    mask = labels[:, sum(one.length for one in sets) :]
    total, start = logits.new_zeros(len(logits)), 0
    for number, one in enumerate(sets):
        part = slice(start, start := start + one.length)
        loss = _cross_entropies(one, logits[:, part], labels[:, part])
        total = total + (loss * mask[:, number] if len(sets) > 1 else loss)
    return total.sum() / len(logits)


def weights_of(net: Any) -> Arrays:
    """Copy all weights, named and laid out as edgegan's, as in "block1a_conv.kernel"."""
    return {name: _keras_layout(value.detach()) for name, value in _named(net)}


def gradients_of(net: Any, losses: dict[str, Any]) -> Arrays:
    """Compute the gradients of the sum of `losses`, named and laid out as the weights."""
    names, values = zip(*_named(net), strict=True)
    gradients = torch.autograd.grad(sum(losses.values()), values, materialize_grads=True)
    return {name: _keras_layout(g) for name, g in zip(names, gradients, strict=True)}


def load_weights(net: Any, weights: Arrays) -> None:
    """Set all weights."""
    values = dict(_named(net))
    assert weights.keys() == values.keys()
    for name, value in values.items():
        array = torch.from_numpy(np.ascontiguousarray(_torch_layout(weights[name])))
        assert array.shape == value.shape
        value.data.copy_(array)


def _cross_entropies(kind: LabelSet, logits: Any, labels: Any) -> Any:
    if kind.one_hot:
        # An image of another set has no class; the mask discards what comes of it.
        return functional.cross_entropy(logits, labels.argmax(1), reduction="none")
    bce = functional.binary_cross_entropy_with_logits
    return bce(logits, labels, reduction="none").sum(dim=1)


def _update(adam: Any, losses: dict[str, Any]) -> None:
    adam.zero_grad()
    sum(losses.values()).backward()
    adam.step()


def _norm(width: int) -> Any:
    return nn.InstanceNorm2d(width, eps=1e-5, affine=True)


def _add(net: Any, name: str, conv: Any, width: int) -> None:
    net.add_module(f"{name}_conv", conv)
    net.add_module(f"{name}_norm", _norm(width))
    net.add_module(f"{name}_relu", nn.ReLU())


def _residual(name: str, width: int) -> Any:
    net = Residual()
    _add(net, f"{name}a", nn.Conv2d(width, width, 3, padding=1, bias=False), width)
    net.add_module(f"{name}b_conv", nn.Conv2d(width, width, 3, padding=1, bias=False))
    net.add_module(f"{name}b_norm", _norm(width))
    return net


def _named(net: Any) -> list[tuple[str, Any]]:
    named = []
    for path, module in net.named_modules():
        layer = path.split(".")[-1]
        roles = ("gamma", "beta") if isinstance(module, nn.InstanceNorm2d) else ("kernel", "bias")
        for role, key in zip(roles, ("weight", "bias"), strict=True):
            if (value := module._parameters.get(key)) is not None:
                named.append((f"{layer}.{role}", value))
    return named


def _keras_layout(value: Any) -> NDArray[Any]:
    # [out, in, h, w] -> [h, w, in, out]; transposed convolutions have in and out swapped
    # in both. Vectors stay.
    array: NDArray[Any] = value.numpy()
    return array.transpose(2, 3, 1, 0).copy() if array.ndim == 4 else array.copy()


def _torch_layout(array: NDArray[Any]) -> NDArray[Any]:
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
