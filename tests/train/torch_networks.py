"""The networks of CycleGAN in PyTorch, and their weights by name.

Written from the reference implementation (junyanz/pytorch-CycleGAN-and-pix2pix,
models/networks.py: ResnetGenerator, NLayerDiscriminator); modules bear the names of
edgegan's layers. Images are `[N, C, H, W]` in [-1, 1].
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Arrays = dict[str, NDArray[Any]]
NETWORKS = ("a2b", "b2a", "d_a", "d_b")


def _conv(inputs: int, outputs: int, kernel: int, stride: int, bias: bool) -> Any:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=1, bias=bias)


def _deconv(inputs: int, outputs: int, bias: bool) -> Any:
    return nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=bias)


def _norm(width: int) -> Any:
    return nn.InstanceNorm2d(width, eps=1e-5, affine=False)


@dataclass(frozen=True)
class Style:
    """What tells families of CycleGAN networks apart; the defaults are the reference's.

    Attributes:
        conv: Makes convolutions of stride 2 and those of the discriminator.
        deconv: Makes transposed convolutions.
        norm: Makes the norm of so many channels.
        dead_bias: Whether convolutions before norms have biases, which do nothing.
    """

    conv: Callable[[int, int, int, int, bool], Any] = _conv
    deconv: Callable[[int, int, bool], Any] = _deconv
    norm: Callable[[int], Any] = _norm
    dead_bias: bool = True


REFERENCE = Style()


class Residual(nn.Sequential):  # type: ignore[misc]
    """x + f(x)."""

    def forward(self, x: Any) -> Any:
        return x + super().forward(x)


def generator(filters: int = 64, blocks: int = 9, downs: int = 2, style: Style = REFERENCE) -> Any:
    """Build ResnetGenerator: `resnet_9blocks` by default."""
    net, width, bias = nn.Sequential(), filters, style.dead_bias
    net.add_module("stem_pad", nn.ReflectionPad2d(3))
    _add(net, "stem", nn.Conv2d(3, width, 7, bias=bias), style.norm(width), nn.ReLU())
    for i in range(downs):
        conv = style.conv(width, 2 * width, 3, 2, bias)
        width *= 2
        _add(net, f"down{i + 1}", conv, style.norm(width), nn.ReLU())
    for i in range(blocks):
        net.add_module(f"block{i + 1}", _residual(width, style))
    for i in range(downs):
        conv = style.deconv(width, width // 2, bias)
        width //= 2
        _add(net, f"up{i + 1}", conv, style.norm(width), nn.ReLU())
    net.add_module("head_pad", nn.ReflectionPad2d(3))
    net.add_module("head_conv", nn.Conv2d(width, 3, 7))
    net.add_module("tanh", nn.Tanh())
    return net


def discriminator(filters: int = 64, layers: int = 3, style: Style = REFERENCE) -> Any:
    """Build NLayerDiscriminator: the 70x70 PatchGAN by default."""
    net, width, inputs = nn.Sequential(), filters, 3
    for i in range(layers + 1):
        width = filters * min(2**i, 8)
        bias = i == 0 or style.dead_bias
        net.add_module(f"conv{i + 1}", style.conv(inputs, width, 4, 2 if i < layers else 1, bias))
        if i > 0:
            net.add_module(f"norm{i + 1}", style.norm(width))
        net.add_module(f"lrelu{i + 1}", nn.LeakyReLU(0.2))
        inputs = width
    net.add_module("logits", style.conv(width, 1, 4, 1, True))
    return net


def networks(
    filters: int = 64, blocks: int = 9, d_filters: int = 64, style: Style = REFERENCE
) -> Any:
    """Build two generators and two discriminators, `d_a` judging images of domain A.

    Kernels are drawn from N(0, 0.02), biases are 0.
    """
    nets = nn.ModuleDict({name: generator(filters, blocks, style=style) for name in NETWORKS[:2]})
    nets.update({name: discriminator(d_filters, style=style) for name in NETWORKS[2:]})
    for module in nets.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return nets


def dead_biases(nets: Any) -> dict[str, int]:
    """Name the biases of convolutions that a norm follows, and count their values.

    The norm subtracts them again, so their gradient is rounding noise, which Adam scales
    up to steps of the learning rate: they wander, and nothing comes of it.
    """
    return {
        _flat(f"{name}.bias"): conv.bias.numel()
        for (name, conv), (_, norm) in pairwise(nets.named_modules())
        if isinstance(norm, nn.InstanceNorm2d) and conv.bias is not None
    }


def load_weights(nets: Any, weights: Arrays) -> None:
    """Set all weights but the dead biases."""
    tensors = _weights(nets)
    assert weights.keys() == tensors.keys()
    for name, value in weights.items():
        tensors[name].copy_(torch.from_numpy(np.asarray(value, np.float32)))


def weights_of(nets: Any) -> Arrays:
    """Copy all weights but the dead biases, named as in "a2b.block1a_conv.weight"."""
    return {name: tensor.numpy().copy() for name, tensor in _weights(nets).items()}


def _add(net: Any, name: str, conv: Any, norm: Any, activation: Any) -> None:
    net.add_module(f"{name}_conv", conv)
    net.add_module(f"{name}_norm", norm)
    net.add_module(f"{name}_relu", activation)


def _residual(width: int, style: Style) -> Any:
    net = Residual()
    net.add_module("a_pad", nn.ReflectionPad2d(1))
    _add(net, "a", nn.Conv2d(width, width, 3, bias=style.dead_bias), style.norm(width), nn.ReLU())
    net.add_module("b_pad", nn.ReflectionPad2d(1))
    net.add_module("b_conv", nn.Conv2d(width, width, 3, bias=style.dead_bias))
    net.add_module("b_norm", style.norm(width))
    return net


def _weights(nets: Any) -> dict[str, Any]:
    dead = dead_biases(nets)
    tensors = {_flat(key): tensor for key, tensor in nets.state_dict().items()}
    return {name: tensor for name, tensor in tensors.items() if name not in dead}


def _flat(key: str) -> str:
    """Name a weight as Keras does: "a2b.block1a_conv.weight", not "a2b.block1.a_conv.weight"."""
    return re.sub(r"(block\d+)\.", r"\1", key)
