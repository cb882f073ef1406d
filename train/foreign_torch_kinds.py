"""What else a file of PyTorch may hold: said in words, where it is not a generator we know."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from edgegan.train.foreign_torch_units import Tensors

# What the names tell, from the reference implementations' code; the first that fits counts.
_KINDS: tuple[tuple[str, Callable[[Tensors], bool]], ...] = (
    ("a U-Net generator (--netG unet_256 or unet_128)", lambda t: _any(t, r"model\.model\.\d")),
    ("the discriminator of StarGAN (D.ckpt)", lambda t: {"conv1.weight", "conv2.weight"} <= {*t}),
    ("a PixelGAN discriminator (netD)", lambda t: _any(t, r"net\.0\.weight")),
    (
        "a PatchGAN discriminator (netD)",
        lambda t: "model.0.weight" in t and t["model.0.weight"].shape[2:] == (4, 4),
    ),
    ("the patch sampler of CUT (netF)", lambda t: _any(t, r"mlp_\d+\.")),
    (
        "a StyleGAN2 network",
        lambda t: _any(t, r".*(modulation|to_rgb|\.conv\.blur|encoder\.convs?\.)"),
    ),
)


def describe_tensors(tensors: Tensors) -> str:
    """Say what a state dict seems to be of."""
    for kind, fits in _KINDS:
        if fits(tensors):
            return kind
    first = [f"{key} {list(value.shape)}" for key, value in list(tensors.items())[:3]]
    return f"an unknown network of {len(tensors)} tensors ({', '.join(first)}, ...)"


def describe_object(content: Any) -> str:
    """Say what a file that is no state dict holds."""
    if not isinstance(content, Mapping):
        return f"a {type(content).__name__}, not a dictionary of tensors"
    if {"state", "param_groups"} <= content.keys():
        return "the state of an optimiser"
    names = ", ".join(str(key) for key in list(content)[:6])
    if content and all(isinstance(value, Mapping) for value in content.values()):
        return f"several networks or parts in one file ({names}); save the generator's alone"
    return f"a dictionary that holds more than tensors ({names})"


def _any(tensors: Tensors, pattern: str) -> bool:
    return any(re.match(pattern, key) for key in tensors)
