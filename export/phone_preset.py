"""`--preset phone`: what a generator needs to be embedded in phone apps.

Float16 weights for GPUs and browsers (where int8 gains little), dynamic int8 for CPUs, each
square and in the two ratios that phones take photos in. Shapes are static, since GPU delegates and
LiteRT.js take no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from edgegan.errors import EdgeganError, UsageError
from edgegan.export.app_models import open_models, pack
from edgegan.export.targets import ExportSpec
from edgegan.runtime.target_rules import require_fit

PRESETS = ("phone",)
PRECISIONS = ("fp16", "int8-dynamic")
_SUFFIX = "-phone"


def phone_sizes(size: tuple[int, int], multiple: int = 4) -> list[tuple[int, int]]:
    """Choose (H, W) for pictures of 1:1, 3:4 and 4:3, of about as many pixels as `size`.

    Args:
        size: (H, W) that the generator was trained at.
        multiple: What sides have to be a multiple of.
    """
    side = sqrt(size[0] * size[1])
    square = max(round(side / multiple), 1) * multiple
    unit = max(round(side / sqrt(12) / multiple), 1) * multiple
    return [(square, square), (4 * unit, 3 * unit), (3 * unit, 4 * unit)]


def phone_specs(
    size: tuple[int, int], multiple: int = 4, bake: str | None = None
) -> list[ExportSpec]:
    """List the artifacts of the preset.

    Args:
        size: (H, W) that the generator was trained at.
        multiple: What sides have to be a multiple of.
        bake: A choice of domains to fix.
    """
    return [
        ExportSpec(target="tflite", precision=precision, size=pixels, bake=bake)
        for precision in PRECISIONS
        for pixels in phone_sizes(size, multiple)
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
    models = open_models([spec.path(folder, generator.stem) for spec in specs])
    for model in models:
        for target in ("gpu", "browser"):
            require_fit(model.name, model.data, target)
    path = bundle_path(generator, specs, folder)
    pack(models, path.stem.removesuffix(_SUFFIX), path)
    return path


def bundle_path(generator: Path, specs: Sequence[ExportSpec], folder: Path) -> Path:
    """Name the .zip of artifacts: as they are, without size and precision."""
    height, width = specs[0].size
    stem = specs[0].path(folder, generator.stem).stem
    name = stem.removesuffix(f"-{height}x{width}-{specs[0].precision}")
    return folder / f"{name}{_SUFFIX}.zip"


def check_bundle(path: Path) -> None:
    """Refuse to replace a .zip that is no bundle.

    Raises:
        UsageError: it is another file.
    """
    if not path.exists():
        return
    try:
        open_models([path])
    except EdgeganError as error:
        raise UsageError(
            f"{path} is there, and is no bundle of --preset phone. Move it, choose another folder "
            "with -o, or use --force."
        ) from error
