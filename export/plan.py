"""Plan an export: what to make of each generator, with defaults from its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgegan.errors import UsageError
from edgegan.export.labels import canonical_choice
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import ExportJob
from edgegan.export.source import ExportSource
from edgegan.export.targets import ExportSpec
from edgegan.manifest import read_manifest
from edgegan.runtime.image_io import input_size


def plan(
    source: ExportSource,
    targets: Sequence[str],
    precision: str,
    size: tuple[int, int] | None,
    parity: str | None,
    bake: Sequence[str] = (),
) -> list[ExportJob]:
    """Plan what to make of each generator.

    Args:
        source: The generators.
        targets: Names of `TARGETS`.
        precision: One that every target has.
        size: (H, W); None takes the size each was trained at.
        parity: A data spec, or "off"; None takes what the generators were trained on,
            else the embedded emoji.
        bake: Choices of domains, such as "Blond_Hair=1,Male=0": for each an artifact of
            its own, that takes no label.

    Raises:
        UsageError: neither `size` nor a manifest tells the size, or a choice of `bake` is
            none that the generator knows.
        DataError: the data set of `parity` cannot be used.
    """
    return [
        ExportJob(
            generator=generator,
            specs=[
                ExportSpec(
                    target=target,
                    precision=precision,
                    size=size or _trained_size(generator),
                    bake=choice,
                )
                for choice in _choices(generator, bake)
                for target in targets
            ],
            parity=None
            if parity == "off"
            else parity_images(
                parity or next(iter(source.data), None),
                _direction(generator),
                required=parity is not None,
            ),
        )
        for generator in source.generators
    ]


def _choices(generator: Path, bake: Sequence[str]) -> list[str | None]:
    """Check what to bake in, in the form that names it; [None] leaves the label open."""
    if not bake:
        return [None]
    manifest = read_manifest(generator)
    domains = manifest.task.domains if manifest and manifest.task else ()
    if not domains:
        raise UsageError(
            f"{generator} has no domains, so there is none to bake in: leave out --bake-domain."
            if manifest
            else f"{generator} has no manifest that names its domains, so none can be baked in."
        )
    return list(dict.fromkeys(canonical_choice(text, domains) for text in bake))


def _direction(generator: Path) -> str:
    manifest = read_manifest(generator)
    return manifest.task.direction if manifest and manifest.task else "A2B"


def _trained_size(generator: Path) -> tuple[int, int]:
    manifest = read_manifest(generator)
    size = input_size(manifest.io) if manifest else None
    if size is None:
        raise UsageError(
            f"{generator} has no manifest that tells its image size; give it with --size."
        )
    return size
