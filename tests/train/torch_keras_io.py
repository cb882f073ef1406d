"""The training of keras-io's CycleGAN example, in PyTorch.

Written from the description of examples/generative/cyclegan.py of keras-team/keras-io.
Against the reference (tests.train.torch_cyclegan): "same" padding as TensorFlow defines
it, affine instance norm with epsilon 1e-3, no biases before norms; four optimisers, Adam
as Keras defines it; each generator follows the losses of its own output only; no image
pool; all gradients are taken before any update.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from tests.train.torch_cyclegan import discriminator_loss, generator_loss
from tests.train.torch_networks import NETWORKS, Style


class SameConv2d(nn.Conv2d):  # type: ignore[misc]
    """Pad so that output = ceil(input / stride); the odd pixel goes to the bottom and right."""

    def forward(self, x: Any) -> Any:
        pads = []
        for size, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride, strict=True):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads.append((total // 2, total - total // 2))
        return super().forward(functional.pad(x, (*pads[1], *pads[0])))


class SameConvTranspose2d(nn.ConvTranspose2d):  # type: ignore[misc]
    """The transpose of `SameConv2d` with kernel 3 and stride 2, which pads (0, 1)."""

    def forward(self, x: Any) -> Any:
        return super().forward(x)[..., :-1, :-1]


def _conv(inputs: int, outputs: int, kernel: int, stride: int, bias: bool) -> Any:
    return SameConv2d(inputs, outputs, kernel, stride, bias=bias)


def _deconv(inputs: int, outputs: int, bias: bool) -> Any:
    return SameConvTranspose2d(inputs, outputs, 3, 2, bias=bias)


def _norm(width: int) -> Any:
    return nn.InstanceNorm2d(width, eps=1e-3, affine=True)


KERAS_IO = Style(conv=_conv, deconv=_deconv, norm=_norm, dead_bias=False)


class KerasAdam:
    """Adam with epsilon beside the root that is not bias-corrected: Keras's default.

    "Epsilon hat" of Kingma and Ba 2015, at the end of Sec. 2; Keras's epsilon is 1e-7.
    """

    def __init__(self, parameters: list[Any], beta_1: float = 0.5, beta_2: float = 0.999) -> None:
        self._parameters, self._betas, self._step = parameters, (beta_1, beta_2), 0
        self._means = [torch.zeros_like(one) for one in parameters]
        self._squares = [torch.zeros_like(one) for one in parameters]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def apply(self, gradients: tuple[Any, ...], learning_rate: float = 2e-4) -> None:
        """Update the parameters."""
        self._step += 1
        beta_1, beta_2 = self._betas
        rate = learning_rate * (1 - beta_2**self._step) ** 0.5 / (1 - beta_1**self._step)
        moments = zip(self._parameters, self._means, self._squares, gradients, strict=True)
        for parameter, mean, square, gradient in moments:
            mean.lerp_(gradient, 1 - beta_1)
            square.lerp_(gradient**2, 1 - beta_2)
            parameter.sub_(rate * mean / (square.sqrt() + 1e-7))


class Trainer:
    """One step of the example's `train_step`; `nets` as `torch_networks.networks` makes them."""

    def __init__(self, nets: Any, cycle: float = 10.0, identity: float = 5.0) -> None:
        self._nets, self._cycle, self._identity = nets, cycle, identity
        self._parameters = [list(nets[name].parameters()) for name in NETWORKS]
        self._adams = [KerasAdam(parameters) for parameters in self._parameters]

    def train_step(self, a: Any, b: Any) -> dict[str, float]:
        """Train on one image of each domain; return the losses, weighted."""
        losses = self._losses(a, b)
        totals = (
            # G(F(b)) against b teaches G, and F(G(a)) against a teaches F: never both.
            losses["gan_a2b"] + losses["cycle_b"] + losses["identity_b"],
            losses["gan_b2a"] + losses["cycle_a"] + losses["identity_a"],
            losses["discriminator_a"],
            losses["discriminator_b"],
        )
        gradients = [
            torch.autograd.grad(total, parameters, retain_graph=True)
            for total, parameters in zip(totals, self._parameters, strict=True)
        ]
        for adam, gradient in zip(self._adams, gradients, strict=True):
            adam.apply(gradient)
        return {name: loss.item() for name, loss in losses.items()}

    def _losses(self, a: Any, b: Any) -> dict[str, Any]:
        a2b, b2a, d_a, d_b = (self._nets[name] for name in NETWORKS)
        fake_a, fake_b = b2a(b), a2b(a)
        on_fake_a, on_fake_b = d_a(fake_a), d_b(fake_b)
        l1 = functional.l1_loss
        return {
            "gan_a2b": generator_loss("lsgan", on_fake_b),
            "gan_b2a": generator_loss("lsgan", on_fake_a),
            "cycle_a": self._cycle * l1(b2a(fake_b), a),
            "cycle_b": self._cycle * l1(a2b(fake_a), b),
            "identity_a": self._identity * l1(b2a(a), a),
            "identity_b": self._identity * l1(a2b(b), b),
            "discriminator_a": discriminator_loss("lsgan", d_a(a), on_fake_a),
            "discriminator_b": discriminator_loss("lsgan", d_b(b), on_fake_b),
        }
