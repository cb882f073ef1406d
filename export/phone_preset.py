"""`--preset phone`: what a generator needs to be embedded in phone apps.

Float16 weights for GPUs and browsers (where int8 is the slower one), dynamic int8 for CPUs, each
square and in the two ratios that phones take photos in. Shapes are static, since GPU delegates and
LiteRT.js take no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from edgegan.export.app_models import open_models, pack
from edgegan.export.targets import ExportSpec
from edgegan.runtime.target_rules import require_fit

PRESETS = ("phone",)
PRECISIONS = ("fp16", "int8-dynamic")
_MULTIPLE = 4  # of sides: what two downsamplings divide


def phone_sizes(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Choose (H, W) for pictures of 1:1, 3:4 and 4:3, of about as many pixels as `size`.

    Args:
        size: (H, W) that the generator was trained at.
    """
    side = sqrt(size[0] * size[1])
    square = round(side / _MULTIPLE) * _MULTIPLE
    unit = round(side / sqrt(12) / _MULTIPLE) * _MULTIPLE
    return [(square, square), (4 * unit, 3 * unit), (3 * unit, 4 * unit)]


def phone_specs(size: tuple[int, int], bake: str | None = None) -> list[ExportSpec]:
    """List the artifacts of the preset.

    Args:
        size: (H, W) that the generator was trained at.
        bake: A choice of domains to fix.
    """
    return [
        ExportSpec(target="tflite", precision=precision, size=pixels, bake=bake)
        for precision in PRECISIONS
        for pixels in phone_sizes(size)
    ]


def bundle_specs(specs: Sequence[ExportSpec]) -> list[list[ExportSpec]]:
    """Sort artifacts by what is baked in: those of one bundle are the same translation."""
    choices = dict.fromkeys(spec.bake for spec in specs)
    return [[spec for spec in specs if spec.bake == choice] for choice in choices]


def write_bundle(generator: Path, specs: Sequence[ExportSpec], folder: Path) -> Path:
    """Zip artifacts that were made of a generator, with a `model.json`; return the .zip.

    Args:
        generator: Names the .zip, with what is baked in.
        specs: Of the artifacts, which lie in `folder`.
        folder: Where the .zip goes, too.

    Raises:
        IncompatibleArtifact: a phone's GPU or a browser would refuse an artifact.
    """
    stem = generator.stem
    first = specs[0].path(folder, stem).stem
    name = first[: first.index(f"-{specs[0].size[0]}x")]
    models = open_models([spec.path(folder, stem) for spec in specs])
    for model in models:
        for target in ("gpu", "browser"):
            require_fit(model.name, model.data, target)
    pack(models, name, folder / f"{name}-phone.zip")
    return folder / f"{name}-phone.zip"
