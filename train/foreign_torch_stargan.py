"""The generator of yunjey/stargan, by its weights.

Layout (model.py, Generator): `main` is one sequence, and a tensor's name has its position.

    0 conv 7x7   1 norm   2 ReLU          (image and label planes come in)
    then twice   conv 4x4, stride 2   norm   ReLU
    then n times a block: main.{0 conv, 1 norm, 2 ReLU, 3 conv, 4 norm}
    then twice   transposed conv 4x4   norm   ReLU
    then conv 7x7   tanh

No convolution has a bias, and all padding is by zeros. Norms are affine; their running
statistics are of no use, since the reference always runs in training mode, in which
InstanceNorm2d takes each image's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgegan.celeba import ATTRIBUTES, HAIR
from edgegan.domains import Domain, label_length
from edgegan.errors import ArtifactError, UsageError
from edgegan.generator import GeneratorConfig
from edgegan.train.foreign_torch_units import AFFINE, COUNTER, STATISTICS, Tensors, Unit
from edgegan.train.stargan_config import stargan_generator

DOWNSAMPLINGS = 2  # a constant of the reference
CHANNELS = 3  # of its images
_BLOCK = re.compile(r"main\.(\d+)\.main\.\d+\.")
_STEM = "main.0.weight"
# Most faces of CelebA are young; of men and women there are about as many.
_DEFAULTS = ("Young",)


def is_stargan(tensors: Tensors) -> bool:
    """Tell whether the names are those of the generator."""
    return any(_BLOCK.match(key) for key in tensors)


def stargan_config(
    tensors: Tensors, file: str, size: int | None, domains: Sequence[Domain] | None
) -> GeneratorConfig:
    """Infer the network from its tensors.

    Args:
        tensors: All of the file; `is_stargan` holds.
        file: Its name, for messages.
        size: Height and width of the images; None is 128, as in the reference.
        domains: What the label stands for; None takes `default_domains`.

    Raises:
        ArtifactError: the first tensor tells no widths.
        UsageError: there are more or fewer domains than the label has entries.
    """
    stem = tensors.get(_STEM)
    if stem is None or stem.ndim != 4 or stem.shape[2:] != (7, 7) or stem.shape[1] <= CHANNELS:
        found = "missing" if stem is None else str(list(stem.shape))
        raise ArtifactError(
            f"{file} looks like a StarGAN generator, but the tensor {_STEM} is {found}; expected "
            f"[filters, {CHANNELS} + entries of the label, 7, 7]."
        )
    entries = stem.shape[1] - CHANNELS
    given = default_domains(entries) if domains is None else tuple(domains)
    if label_length(given) != entries:
        sets = (
            " (with the mask vector of several data sets)"
            if label_length(given) > len(given)
            else ""
        )
        raise UsageError(
            f"--domains names {len(given)} domains, which make a label of {label_length(given)} "
            f"entries{sets}; the label of {file} has {entries}."
        )
    reference = stargan_generator()
    return replace(
        reference,
        image_size=size or reference.image_size,
        filters=stem.shape[0],
        residual_blocks=len({match[1] for match in map(_BLOCK.match, tensors) if match}),
        domains=given,
    )


def default_domains(entries: int) -> tuple[Domain, ...]:
    """Name the entries of a label: the five of the reference's CelebA, else by number."""
    if entries != len(ATTRIBUTES):
        return tuple(Domain(name=f"domain{i}") for i in range(entries))
    return tuple(
        Domain(
            name=name,
            group="hair" if name in HAIR else None,
            default=float(name in _DEFAULTS),
        )
        for name in ATTRIBUTES
    )


def stargan_units(config: GeneratorConfig) -> list[Unit]:
    """List the convolutions of the network, with their names in both worlds."""
    width = config.filters
    units = [_unit("stem", "main.0", "main.1", (width, CHANNELS + config.label_length, 7, 7))]
    position = 3
    for i in range(DOWNSAMPLINGS):
        width *= 2
        shape = (width, width // 2, 4, 4)
        units.append(_unit(f"down{i + 1}", *_pair(position), shape))
        position += 3
    for i in range(config.residual_blocks):
        block, shape = f"main.{position}.main", (width, width, 3, 3)
        units.append(_unit(f"block{i + 1}a", f"{block}.0", f"{block}.1", shape))
        units.append(_unit(f"block{i + 1}b", f"{block}.3", f"{block}.4", shape))
        position += 1
    for i in range(DOWNSAMPLINGS):
        width //= 2
        shape = (2 * width, width, 4, 4)
        units.append(_unit(f"up{i + 1}", *_pair(position), shape, width))
        position += 3
    head = (CHANNELS, width, 7, 7)
    return [*units, Unit(name="head", conv=f"main.{position}", shape=head, width=3, bias=False)]


def _pair(position: int) -> tuple[str, str]:
    return f"main.{position}", f"main.{position + 1}"


def _unit(
    name: str, conv: str, norm: str, shape: tuple[int, ...], width: int | None = None
) -> Unit:
    return Unit(
        name=name,
        conv=conv,
        shape=shape,
        width=width or shape[0],
        bias=False,
        norm=norm,
        norm_weights=AFFINE,
        ignored=(*STATISTICS, COUNTER),
    )
