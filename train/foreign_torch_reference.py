"""The generators in PyTorch itself, to compare an imported one with.

Written from the specification of the reference implementations: layer by layer, with
modules at the positions that give tensors the names of their files, so that PyTorch and not
EdgeGAN decides what belongs where.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from edgegan.train.foreign import Reference
from edgegan.train.foreign_torch_resnet import DOWNSAMPLINGS, ResnetLayout
from edgegan.train.foreign_torch_units import Tensors


def torch_reference(network: Any, tensors: Tensors) -> Reference:
    """Load the weights of a file into `network`, and make it a function of NumPy arrays.

    Tensors that the network has not are left out: running statistics of instance norms.
    """
    state = network.state_dict()
    state |= {key: torch.from_numpy(tensors[key]) for key in state if key in tensors}
    network.load_state_dict(state)

    def run(images: FloatArray, labels: FloatArray | None) -> FloatArray:
        x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())  # [N, H, W, C] -> [N, C, H, W]
        if labels is not None:
            planes = torch.from_numpy(labels)[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes], dim=1)
        with torch.inference_mode():
            output: FloatArray = network(x).numpy().transpose(0, 2, 3, 1)
        return output

    return run


def resnet(layout: ResnetLayout) -> Any:
    """Build ResnetGenerator for inference: dropout off, batch norm with its statistics."""
    config, bias = layout.config, layout.bias
    width = config.filters
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(config.channels, width, 7, bias=bias)]
    layers += [_norm(config, width), nn.ReLU()]
    for _ in range(DOWNSAMPLINGS):
        blur = config.downsample == "blur"
        stride = 1 if blur else 2
        layers.append(nn.Conv2d(width, 2 * width, 3, stride, padding=1, bias=bias))
        width *= 2
        layers += [_norm(config, width), nn.ReLU(), *([_Downsample(width)] if blur else [])]
    layers += [_resnet_block(layout, width) for _ in range(config.residual_blocks)]
    for _ in range(DOWNSAMPLINGS):
        half = width // 2
        if config.upsample == "blur":
            layers += [_Upsample(width), nn.Conv2d(width, half, 3, padding=1, bias=bias)]
        else:
            layers.append(
                nn.ConvTranspose2d(width, half, 3, 2, padding=1, output_padding=1, bias=bias)
            )
        width = half
        layers += [_norm(config, width), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, config.channels, 7), nn.Tanh()]
    return _named("model", layers).eval()


def stargan(config: GeneratorConfig) -> Any:
    """Build StarGAN's generator in training mode, as the reference always runs it."""
    width = config.filters
    inputs = config.channels + config.label_length
    layers = [nn.Conv2d(inputs, width, 7, padding=3, bias=False), _tracked(width), nn.ReLU()]
    for _ in range(DOWNSAMPLINGS):
        layers.append(nn.Conv2d(width, 2 * width, 4, 2, padding=1, bias=False))
        width *= 2
        layers += [_tracked(width), nn.ReLU()]
    layers += [_stargan_block(width) for _ in range(config.residual_blocks)]
    for _ in range(DOWNSAMPLINGS):
        layers.append(nn.ConvTranspose2d(width, width // 2, 4, 2, padding=1, bias=False))
        width //= 2
        layers += [_tracked(width), nn.ReLU()]
    layers += [nn.Conv2d(width, config.channels, 7, padding=3, bias=False), nn.Tanh()]
    return _named("main", layers).train()


class _Residual(nn.Sequential):  # type: ignore[misc]
    """x + f(x)."""

    def forward(self, x: Any) -> Any:
        return x + super().forward(x)


class _Downsample(nn.Module):  # type: ignore[misc]
    """Reflect by 1, blur each channel by a 3x3 filter, take every other pixel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("filt", torch.zeros(width, 1, 3, 3))

    def forward(self, x: Any) -> Any:
        padded = functional.pad(x, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(padded, self.filt, stride=2, groups=x.shape[1])


class _Upsample(nn.Module):  # type: ignore[misc]
    """Repeat the edge by 1, spread each pixel by a 4x4 filter, cut the edge off again."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("filt", torch.zeros(width, 1, 4, 4))

    def forward(self, x: Any) -> Any:
        padded = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        spread = functional.conv_transpose2d(
            padded, self.filt, stride=2, padding=2, groups=x.shape[1]
        )
        return spread[:, :, 1:-1, 1:-1]


def _resnet_block(layout: ResnetLayout, width: int) -> Any:
    config, bias = layout.config, layout.bias
    layers = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias)]
    layers += [_norm(config, width), nn.ReLU(), *([nn.Dropout(0.5)] if layout.dropout else [])]
    layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), _norm(config, width)]
    return _named("conv_block", layers, _Residual)


def _stargan_block(width: int) -> Any:
    layers = [nn.Conv2d(width, width, 3, padding=1, bias=False), _tracked(width), nn.ReLU()]
    layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), _tracked(width)]
    return _named("main", layers, _Residual)


def _norm(config: GeneratorConfig, width: int) -> Any:
    if config.norm == "batch":
        return nn.BatchNorm2d(width)
    return nn.InstanceNorm2d(width, affine=config.norm_affine)


def _tracked(width: int) -> Any:
    return nn.InstanceNorm2d(width, affine=True, track_running_stats=True)


def _named(name: str, layers: list[Any], outer: Any = nn.Sequential) -> Any:
    """Make a sequence within `outer`, under the name that the reference gives it."""
    return outer(OrderedDict([(name, nn.Sequential(*layers))]))
