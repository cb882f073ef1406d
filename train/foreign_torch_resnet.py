"""The ResNet generators of junyanz/pytorch-CycleGAN-and-pix2pix and of CUT, by their weights.

Layout (models/networks.py, ResnetGenerator, of both repositories): `model` is one sequence,
and a tensor's name has its position in it.

    0 pad   1 conv 7x7   2 norm   3 ReLU
    then twice   conv 3x3, stride 2   norm   ReLU
             or  conv 3x3   norm   ReLU   blur          (CUT, unless no_antialias)
    then n times a block: conv_block.{0 pad, 1 conv, 2 norm, 3 ReLU, (4 dropout), pad, conv, norm}
    then twice   transposed conv   norm   ReLU
             or  blur   conv 3x3   norm   ReLU          (CUT, unless no_antialias_up)
    then pad   conv 7x7   tanh

Convolutions have a bias if the norm is instance norm, which has no weights; batch norm has
scale, offset and statistics. Files from before PyTorch 0.4 hold statistics of instance norms
too, which the repository itself discards when it loads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.generator import GeneratorConfig
from edgegan.train.foreign_torch_units import AFFINE, COUNTER, STATISTICS, Tensors, Unit

DOWNSAMPLINGS = 2  # a constant of the reference
DEFAULT_SIZE = 256
_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.\d+\.")
_BLURS = {"down": (1.0, 2.0, 1.0), "up": (1.0, 3.0, 3.0, 1.0)}


@dataclass(frozen=True, kw_only=True)
class ResnetLayout:
    """What the tensors of a file tell.

    Attributes:
        config: The network.
        dropout: Whether blocks contain a dropout, which moves what is behind it. It does
            nothing after training.
        bias: Whether convolutions before norms have a bias.
    """

    config: GeneratorConfig
    dropout: bool
    bias: bool

    def __str__(self) -> str:
        """Describe it in a few words."""
        config = self.config
        words = [f"resnet_{config.residual_blocks}blocks", f"{config.filters} filters"]
        words.append(f"{'affine ' if config.norm_affine else ''}{config.norm} norm")
        blurred = [name for name in ("down", "up") if getattr(config, f"{name}sample") == "blur"]
        words += [f"anti-aliased {'/'.join(blurred)}sampling"] if blurred else []
        return ", ".join([*words, *(["dropout"] if self.dropout else [])])


def is_resnet(tensors: Tensors) -> bool:
    """Tell whether the names are those of a ResnetGenerator."""
    return any(_BLOCK.match(key) for key in tensors)


def resnet_layout(tensors: Tensors, file: str, size: int | None) -> ResnetLayout:
    """Infer the network from its tensors.

    Args:
        tensors: All of the file; `is_resnet` holds.
        file: Its name, for messages.
        size: Height and width of the images; None is 256, as in the reference.

    Raises:
        ArtifactError: the network is one that EdgeGAN has not, or a tensor is wrong.
    """
    stem = tensors.get("model.1.weight")
    if stem is None or stem.ndim != 4 or stem.shape[2:] != (7, 7):
        found = "missing" if stem is None else str(list(stem.shape))
        raise ArtifactError(
            f"{file} looks like a ResNet generator of CycleGAN, but the tensor model.1.weight is "
            f"{found}; expected [filters, channels, 7, 7]."
        )
    blocks = [int(match[1]) for match in map(_BLOCK.match, tensors) if match]
    first, last = min(blocks), max(blocks)
    blurs = {int(key.split(".")[1]) for key in tensors if re.fullmatch(r"model\.\d+\.filt", key)}
    norm, affine, bias = _norm(tensors, file)
    block = f"model.{first}.conv_block"
    if any(key.startswith(f"{block}.0.") for key in tensors):
        raise ArtifactError(
            f"{file} is a ResNet generator whose blocks are padded with zeros ({block}.0 is a "
            "convolution, not a padding), which no option of the reference makes."
        )
    config = GeneratorConfig(
        image_size=size or DEFAULT_SIZE,
        channels=_channels(tensors, stem.shape[1], file),
        filters=stem.shape[0],
        residual_blocks=last - first + 1,
        norm="batch" if norm == "batch" else "instance",
        norm_affine=affine,
        downsample="blur" if any(index < first for index in blurs) else "stride",
        upsample="blur" if any(index > last for index in blurs) else "deconv",
    )
    dropout = any(key.startswith(f"{block}.6.") for key in tensors) and not any(
        key.startswith(f"{block}.5.") for key in tensors
    )
    return ResnetLayout(config=config, dropout=dropout, bias=bias)


def resnet_units(layout: ResnetLayout) -> list[Unit]:
    """List the convolutions of the network, with their names in both worlds."""
    config = layout.config
    width, channels, units = config.filters, config.channels, []
    units.append(_unit(layout, "stem", "model.1", "model.2", (width, channels, 7, 7)))
    position = 4
    for i in range(DOWNSAMPLINGS):
        shape = (2 * width, width, 3, 3)
        units.append(_unit(layout, f"down{i + 1}", *_pair(position), shape))
        width *= 2
        position += 4 if config.downsample == "blur" else 3
    for i in range(config.residual_blocks):
        units += _block_units(layout, i, f"model.{position}.conv_block", width)
        position += 1
    for i in range(DOWNSAMPLINGS):
        position += config.upsample == "blur"
        shape = (
            (width // 2, width, 3, 3) if config.upsample == "blur" else (width, width // 2, 3, 3)
        )
        width //= 2
        units.append(_unit(layout, f"up{i + 1}", *_pair(position), shape, width))
        position += 3
    head = f"model.{position + 1}"
    units.append(
        Unit(name="head", conv=head, shape=(channels, width, 7, 7), width=channels, bias=True)
    )
    return units


def without_blurs(tensors: Tensors, layout: ResnetLayout, file: str) -> Tensors:
    """Take out the blur filters, which are constants, after comparing them.

    Raises:
        ArtifactError: a filter is missing, or is another than the reference's.
    """
    rest = dict(tensors)
    for key, row, width in _blurs(layout):
        # The rows of an upsampling filter add up to 2, since it sees a pixel in two.
        line = np.array(row) / sum(row) * (2 if len(row) == 4 else 1)
        expected = np.broadcast_to(np.outer(line, line), (width, 1, len(row), len(row)))
        found = rest.pop(key, None)
        if found is None or found.shape != expected.shape or np.abs(found - expected).max() > 1e-6:
            raise ArtifactError(
                f"{file} looks like {layout}, but the blur filter {key} is not the reference's "
                f"{list(expected.shape)} of {row}."
            )
    return rest


def _blurs(layout: ResnetLayout) -> Iterator[tuple[str, tuple[float, ...], int]]:
    """List the blur filters: their names, one row of each, and their channels."""
    units = {unit.name: unit for unit in resnet_units(layout)}
    for i in range(1, DOWNSAMPLINGS + 1):
        if layout.config.downsample == "blur":
            unit = units[f"down{i}"]
            yield f"model.{_position(unit) + 3}.filt", _BLURS["down"], unit.width
        if layout.config.upsample == "blur":
            unit = units[f"up{i}"]
            yield f"model.{_position(unit) - 1}.filt", _BLURS["up"], unit.shape[1]


def _position(unit: Unit) -> int:
    return int(unit.conv.split(".")[1])


def _pair(position: int) -> tuple[str, str]:
    """Name a convolution and the norm behind it."""
    return f"model.{position}", f"model.{position + 1}"


def _block_units(layout: ResnetLayout, index: int, prefix: str, width: int) -> list[Unit]:
    second = 6 if layout.dropout else 5
    shape = (width, width, 3, 3)
    return [
        _unit(layout, f"block{index + 1}{half}", f"{prefix}.{at}", f"{prefix}.{at + 1}", shape)
        for half, at in (("a", 1), ("b", second))
    ]


def _unit(
    layout: ResnetLayout,
    name: str,
    conv: str,
    norm: str,
    shape: tuple[int, ...],
    width: int | None = None,
) -> Unit:
    batch = layout.config.norm == "batch"
    weights = AFFINE if batch or layout.config.norm_affine else ()
    return Unit(
        name=name,
        conv=conv,
        shape=shape,
        width=width or shape[0],
        bias=layout.bias,
        norm=norm,
        norm_weights=weights + STATISTICS if batch else weights,
        ignored=(COUNTER,) if batch else (*STATISTICS, COUNTER),
    )


def _norm(tensors: Tensors, file: str) -> tuple[str, bool, bool]:
    """Tell from the first norm what all are: its kind, whether affine, and the conv's bias."""
    bias = "model.1.bias" in tensors
    found = [role for role in (*AFFINE, *STATISTICS) if f"model.2.{role}" in tensors]
    if bias and not set(AFFINE) & set(found):
        return "instance", False, bias
    if bias and found == list(AFFINE):
        return "instance", True, bias
    if not bias and found == [*AFFINE, *STATISTICS]:
        return "batch", False, bias
    what = f"the norm behind it has {', '.join(found)}" if found else "no norm is behind it"
    raise ArtifactError(
        f"{file} is a ResNet generator whose first convolution has {'a' if bias else 'no'} bias, "
        f"and {what}: neither instance norm (bias, no statistics) nor batch norm (no bias, "
        "statistics)."
    )


def _channels(tensors: Tensors, inputs: int, file: str) -> int:
    wide = [key for key, tensor in tensors.items() if tensor.shape[2:] == (7, 7)]
    outputs = next((tensors[key].shape[0] for key in wide if key != "model.1.weight"), inputs)
    if inputs != outputs or inputs not in (1, 3):
        raise ArtifactError(
            f"{file} makes images of {outputs} channels from {inputs}; EdgeGAN's generators take "
            "and give gray (1) or RGB (3) alike."
        )
    return inputs
