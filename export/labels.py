"""Labels in an export: the one that is baked in, and those that the parity gate covers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgegan.domains import Domain, encode, every_domain, parse_domains
from edgegan.images import FloatArray

# What a label asks for in words, and the label; ("", None) where none is taken.
Choice = tuple[str, FloatArray | None]


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


def label_choices(
    entries: int, domains: Sequence[Domain], baked: str | None = None
) -> list[Choice]:
    """List the labels to compare two generators with.

    Args:
        entries: Of the label that they take; 0 if they take none.
        domains: What it stands for; empty if that is not known.
        baked: The choice that one of them has baked in, if one has.

    Returns:
        The baked choice; else one label for every domain, or for every entry if the domains
        are not known; ("", None) if they take none.
    """
    if not entries:
        return [("", None)]
    if baked is not None:
        return [(baked, choice_label(baked, domains))]
    if domains:
        return list(every_domain(domains))
    rows: FloatArray = np.eye(entries, dtype=np.float32)
    return [(f"entry {index}", row) for index, row in enumerate(rows)]
