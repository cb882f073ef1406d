"""Labels in an export: the one that is baked in, and those that the parity gate covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edgegan.domains import Domain, encode, every_domain, parse_domains
from edgegan.images import FloatArray

if TYPE_CHECKING:  # the choices are known where TensorFlow is not installed
    import tf_keras as keras


def canonical_choice(text: str, domains: Sequence[Domain]) -> str:
    """Write a choice of domains as files and manifests name it: "Blond_Hair=1,Male=0".

    Raises:
        UsageError: it is no choice that these domains allow.
    """
    wanted = parse_domains(text, domains)
    encode(domains, wanted)
    return ",".join(f"{name}={int(value)}" for name, value in wanted.items())


def choice_label(choice: str, domains: Sequence[Domain]) -> FloatArray:
    """Make the label of a choice; what it leaves open is the default."""
    return encode(domains, parse_domains(choice, domains))


def gate_labels(
    model: keras.Model, domains: Sequence[Domain], choice: str | None
) -> list[FloatArray | None]:
    """List the labels to compare an artifact and `model` with.

    Args:
        model: The Keras generator.
        domains: What its label stands for; empty if it is not known.
        choice: The choice that is baked into the artifact, if one is.

    Returns:
        The label of the choice; else one for every domain, or for every entry if the
        domains are not known; [None] if the generator takes no label.
    """
    if len(model.inputs) == 1:
        return [None]
    if choice is not None:
        return [choice_label(choice, domains)]
    if domains:
        return [label for _, label in every_domain(domains)]
    return list(np.eye(model.inputs[1].shape[-1], dtype=np.float32))
