"""Plan an export: what to make of each generator, with defaults from its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgegan.errors import UsageError
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import ExportJob
from edgegan.export.source import ExportSource
from edgegan.export.targets import ExportSpec
from edgegan.manifest import read_manifest
from edgegan.runtime.engine import input_size


def plan(
    source: ExportSource,
    targets: Sequence[str],
    precision: str,
    size: tuple[int, int] | None,
    parity: str | None,
) -> list[ExportJob]:
    """Plan what to make of each generator.

    Args:
        source: The generators.
        targets: Names of `TARGETS`.
        precision: One that every target has.
        size: (H, W); None takes the size each was trained at.
        parity: A data spec, or "off"; None takes what the generators were trained on,
            else the embedded emoji.

    Raises:
        UsageError: neither `size` nor a manifest tells the size.
        DataError: the data set of `parity` cannot be used.
    """
    return [
        ExportJob(
            generator=generator,
            specs=[
                ExportSpec(
                    target=target, precision=precision, size=size or _trained_size(generator)
                )
                for target in targets
            ],
            parity=None
            if parity == "off"
            else parity_images(
                parity or source.data, _direction(generator), required=parity is not None
            ),
        )
        for generator in source.generators
    ]


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
