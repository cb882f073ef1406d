"""CycleGAN training in PyTorch: a second implementation, to test edgegan.train against.

Written from the paper (Zhu et al. 2017) and its reference implementation
(junyanz/pytorch-CycleGAN-and-pix2pix: models/cycle_gan_model.py, GANLoss of
models/networks.py, util/image_pool.py, options/train_options.py); it shares no code with
edgegan. Images are float32 `[N, C, H, W]` in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch.nn import functional

from tests.train.torch_networks import NETWORKS


def generator_loss(mode: str, fake: Any) -> Any:
    """Ask that the logits `fake` pass for real."""
    if mode == "lsgan":
        return functional.mse_loss(fake, torch.ones_like(fake))
    if mode == "vanilla":
        return functional.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))
    return -fake.mean()


def discriminator_loss(mode: str, real: Any, fake: Any) -> Any:
    """Halve the sum of the losses on the logits of real and of fake images."""
    if mode in ("lsgan", "vanilla"):
        bce = functional.binary_cross_entropy_with_logits
        loss = functional.mse_loss if mode == "lsgan" else bce
        return 0.5 * (loss(real, torch.ones_like(real)) + loss(fake, torch.zeros_like(fake)))
    if mode == "hinge":
        return 0.5 * (functional.relu(1 - real).mean() + functional.relu(1 + fake).mean())
    return 0.5 * (fake.mean() - real.mean())


def gradient_penalty(judge: Callable[[Any], Any], real: Any, fake: Any, alpha: Any) -> Any:
    """Compute mean((|grad D| - 1)^2) at alpha real + (1 - alpha) fake (Gulrajani et al. 2017).

    The gradient is that of the sum of an image's logits; `alpha` is `[N, 1, 1, 1]`.
    """
    mixed = (alpha * real + (1 - alpha) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(judge(mixed).sum(), mixed, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


def linear_decay(step: int, steps: int, decay_start: int) -> float:
    """Scale the learning rate: 1 before `decay_start`, then down to 0 at `steps`."""
    return 1.0 if step < decay_start else (steps - step) / (steps - decay_start)


class ImagePool:
    """Hold `size` past images of batch 1; `draw(n)` in [0, 2 size) decides on the n-th image.

    Images below `size` are kept and returned. After that, a draw below `size` swaps the
    image for the one in that slot, a higher one lets it pass.
    """

    def __init__(self, size: int, draw: Callable[[int], int]) -> None:
        self._size, self._draw = size, draw
        self._images: list[Any] = []
        self._count = 0

    def query(self, image: Any) -> Any:
        number, self._count = self._count, self._count + 1
        if len(self._images) < self._size:
            self._images.append(image)
            return image
        if self._size == 0 or (slot := self._draw(number)) >= self._size:
            return image
        stored, self._images[slot] = self._images[slot], image
        return stored


class Trainer:
    """One step: both generators jointly, then both discriminators jointly.

    Args:
        nets: As `networks` makes them.
        pools: Of translations into A and into B.
        rate: The factor on the learning rate at each step.
        mode: "lsgan", "vanilla" or "hinge".
        cycle: Lambda.
        identity: Weight of the identity loss: the reference's 0.5 times lambda.
    """

    def __init__(
        self,
        nets: Any,
        pools: tuple[ImagePool, ImagePool],
        rate: Callable[[int], float],
        mode: str = "lsgan",
        cycle: float = 10.0,
        identity: float = 5.0,
    ) -> None:
        self._nets, self._pools, self._rate, self._mode = nets, pools, rate, mode
        self._cycle, self._identity = cycle, identity
        self._adams = [
            torch.optim.Adam(
                chain(nets[one].parameters(), nets[other].parameters()),
                lr=2e-4,
                betas=(0.5, 0.999),
                eps=1e-8,
            )
            for one, other in (("a2b", "b2a"), ("d_a", "d_b"))
        ]
        self._step = 0

    def train_step(self, a: Any, b: Any) -> dict[str, float]:
        """Train on one image of each domain; return the losses, weighted."""
        for adam in self._adams:
            adam.param_groups[0]["lr"] = 2e-4 * self._rate(self._step)
        self._step += 1
        fake_a, fake_b = self._nets["b2a"](b), self._nets["a2b"](a)
        self._set_discriminators_trainable(False)
        losses = self._generator_losses(a, b, fake_a, fake_b)
        _update(self._adams[0], losses)
        self._set_discriminators_trainable(True)
        on_a = self._discriminator_loss("d_a", a, self._pools[0].query(fake_a.detach()))
        on_b = self._discriminator_loss("d_b", b, self._pools[1].query(fake_b.detach()))
        d_losses = {"discriminator_a": on_a, "discriminator_b": on_b}
        _update(self._adams[1], d_losses)
        return {name: loss.item() for name, loss in (losses | d_losses).items()}

    def _generator_losses(self, a: Any, b: Any, fake_a: Any, fake_b: Any) -> dict[str, Any]:
        a2b, b2a, d_a, d_b = (self._nets[name] for name in NETWORKS)
        l1 = functional.l1_loss
        return {
            "gan_a2b": generator_loss(self._mode, d_b(fake_b)),
            "gan_b2a": generator_loss(self._mode, d_a(fake_a)),
            "cycle_a": self._cycle * l1(b2a(fake_b), a),
            "cycle_b": self._cycle * l1(a2b(fake_a), b),
            "identity_a": self._identity * l1(b2a(a), a),
            "identity_b": self._identity * l1(a2b(b), b),
        }

    def _discriminator_loss(self, name: str, real: Any, fake: Any) -> Any:
        judge = self._nets[name]
        return discriminator_loss(self._mode, judge(real), judge(fake))

    def _set_discriminators_trainable(self, trainable: bool) -> None:
        for name in ("d_a", "d_b"):
            self._nets[name].requires_grad_(trainable)


def _update(adam: Any, losses: dict[str, Any]) -> None:
    adam.zero_grad()
    sum(losses.values()).backward()
    adam.step()
