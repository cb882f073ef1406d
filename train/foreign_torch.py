"""Generators of PyTorch: junyanz's and CUT's `latest_net_G*.pth`, yunjey's `*-G.ckpt`.

These files hold weights by name, and nothing of the network. It is inferred from their
names and shapes, built anew, and compared with one that PyTorch itself computes.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tf_keras as keras

from edgegan.errors import ArtifactError, MissingRequirement, UsageError
from edgegan.generator import Family, GeneratorConfig
from edgegan.optional import needs
from edgegan.train.foreign import ForeignGenerator, ImportOptions, Reference
from edgegan.train.foreign_torch_kinds import describe_object, describe_tensors
from edgegan.train.foreign_torch_resnet import (
    ResnetLayout,
    is_resnet,
    resnet_layout,
    resnet_units,
    without_blurs,
)
from edgegan.train.foreign_torch_stargan import is_stargan, stargan_config, stargan_units
from edgegan.train.foreign_torch_units import Tensors, Unit, check_tensors, fill
from edgegan.train.networks import build_generator

FRAMEWORK = "PyTorch"
_OLDEST = (2, 6)  # before, weights_only=True could be got around (CVE-2025-32434)
_WRAPPERS = ("module.", "_orig_mod.")  # DataParallel and torch.compile


def read_torch_generator(path: Path, options: ImportOptions) -> ForeignGenerator:
    """Read a generator from a file that `torch.save` wrote.

    Raises:
        MissingRequirement: PyTorch is not installed, or is too old to be safe.
        ArtifactError: the file needs Python code to be loaded, is damaged, is not of a
            generator that EdgeGAN has, or one of its tensors is wrong.
        UsageError: `options` do not fit it.
    """
    tensors = load_tensors(path)
    found = generator_from_tensors(tensors, path.name, options)
    return replace(found, reference=_reference(tensors, path.name, found.config), note="")


def generator_from_tensors(
    tensors: Tensors, file: str, options: ImportOptions | None = None
) -> ForeignGenerator:
    """Build the generator that weights are of.

    Args:
        tensors: The state dict, as NumPy arrays.
        file: Its name, for messages.
        options: What it leaves open.

    Raises:
        ArtifactError: they are not of a generator that EdgeGAN has, or one is wrong.
        UsageError: `options` do not fit.
    """
    options = options or ImportOptions()
    _check_family(tensors, file, options.family)
    config: GeneratorConfig
    units: list[Unit]
    if is_stargan(tensors):
        config = stargan_config(tensors, file, options.size, options.domains)
        units = stargan_units(config)
        layout = f"StarGAN, {config.filters} filters, {config.residual_blocks} blocks"
        layout += f", a label of {config.label_length}"
    else:
        if options.domains is not None:
            raise UsageError(f"--domains is for StarGAN; {file} is a CycleGAN generator.")
        resnet = resnet_layout(tensors, file, options.size)
        config, units, layout = resnet.config, resnet_units(resnet), str(resnet)
        tensors = without_blurs(tensors, resnet, file)
    check_tensors(tensors, units, file, layout)
    return ForeignGenerator(
        model=_filled(config, tensors, units),
        config=config,
        framework=FRAMEWORK,
        layout=layout,
        family=config.family,
        note="PyTorch is not at hand.",
    )


def load_tensors(path: Path) -> dict[str, Any]:
    """Load a state dict as float32 NumPy arrays, running no code that a file may hold.

    Raises:
        MissingRequirement: PyTorch is not installed, or is too old to be safe.
        ArtifactError: the file is no state dict, or would need code.
    """
    with needs("torch-import"):
        import torch
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < _OLDEST:
        raise MissingRequirement(
            f"PyTorch {torch.__version__} can be made to run code from a file of weights; "
            "install 2.6 or newer: pip install 'torch>=2.6'."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats that are refused just after
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise any
        raise ArtifactError(_refusal(path, error)) from error
    if not isinstance(content, Mapping) or not all(
        isinstance(value, torch.Tensor) and value.layout == torch.strided and not value.is_quantized
        for value in content.values()
    ):
        raise ArtifactError(f"{path} is no generator: it holds {describe_object(content)}.")
    return unwrapped(
        {
            str(key): value.detach().float().numpy() if value.is_floating_point() else value.numpy()
            for key, value in content.items()
        }
    )


def unwrapped(tensors: dict[str, Any]) -> dict[str, Any]:
    """Take the prefixes off that DataParallel and torch.compile put before every name."""
    for prefix in _WRAPPERS * 2:
        if tensors and all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): value for key, value in tensors.items()}
    return tensors


def _check_family(tensors: Tensors, file: str, family: Family | None) -> None:
    if not is_resnet(tensors) and not is_stargan(tensors):
        raise ArtifactError(
            f"{file} looks like {describe_tensors(tensors)}; expected the ResNet generator of "
            "CycleGAN (latest_net_G*.pth) or the generator of StarGAN (*-G.ckpt)."
        )
    found = "stargan" if is_stargan(tensors) else "cyclegan"
    if family not in (None, found):
        raise UsageError(f"{file} is a generator of {found}, not of {family}; leave out --family.")


def _filled(config: GeneratorConfig, tensors: Tensors, units: list[Unit]) -> keras.Model:
    model = build_generator(config)
    fill(model, tensors, units)
    return model


def _reference(tensors: Tensors, file: str, config: GeneratorConfig | None) -> Reference:
    from edgegan.train import foreign_torch_reference as reference

    if is_stargan(tensors) and config is not None:
        network = reference.stargan(config)
    else:
        layout: ResnetLayout = resnet_layout(tensors, file, None)
        network = reference.resnet(layout)
    return reference.torch_reference(network, tensors)


def _refusal(path: Path, error: Exception) -> str:
    """Say why a file cannot be loaded: what it would import, if that is the reason."""
    blocked = re.search(r"GLOBAL ([\w.]+)", str(error))
    if blocked is None or not isinstance(error, pickle.UnpicklingError):
        return f"{path} is not a file of weights that torch.save wrote, or is damaged."
    name = blocked[1]
    if name.startswith("torch.nn."):
        return (
            f"{path} holds a whole network ({name}), which only its own Python code can load. Save "
            "its weights: torch.save(network.state_dict(), ...)."
        )
    return f"{path} is refused: to load it, {name} would have to be called, which can run any code."
