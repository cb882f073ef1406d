"""Plan an export: what to make of each generator, with defaults from its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgegan.errors import UsageError
from edgegan.export.calibration import CalibrationRequest, calibration_images
from edgegan.export.engine_options import EngineOptions
from edgegan.export.job import ExportJob
from edgegan.export.labels import canonical_choice
from edgegan.export.parity_images import ParityImages, parity_images
from edgegan.export.phone_preset import phone_specs
from edgegan.export.source import ExportSource
from edgegan.export.targets import OPSET, ExportSpec
from edgegan.manifest import read_manifest
from edgegan.runtime.image_io import input_size


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to make of every generator.

    Attributes:
        targets: Names of `TARGETS`.
        precision: One that every target has.
        size: (H, W); None takes the size each was trained at.
        batch: Images a call.
        image_type: Of the images, as in `ExportSpec`.
        layout: Of the images, as there.
        engine: How TensorRT engines are built.
        opset: As there.
        bake: Choices of domains, such as "Blond_Hair=1,Male=0": for each an artifact of
            its own, that takes no label.
        parity: A data spec, or "off"; None takes what the generators were trained on,
            else the embedded emoji.
        calibration: What to calibrate on.
        preset: "phone" makes what edgegan.export.phone_preset lists, whatever the above say of
            targets, precision and size; empty is none.
    """

    targets: Sequence[str]
    precision: str = "fp32"
    size: tuple[int, int] | None = None
    batch: int = 1
    image_type: str = "float32"
    layout: str = "nhwc"
    engine: EngineOptions = field(default_factory=EngineOptions)
    opset: int = OPSET
    bake: Sequence[str] = ()
    parity: str | None = None
    calibration: CalibrationRequest | None = None
    preset: str = ""


def plan(source: ExportSource, wanted: Wanted) -> list[ExportJob]:
    """Plan what to make of each generator.

    Raises:
        UsageError: neither `wanted` nor a manifest tells the size, or a choice to bake in is
            none that the generator knows.
        DataError: a data set cannot be used.
    """
    return [_job(generator, source, wanted) for generator in source.generators]


def _job(generator: Path, source: ExportSource, wanted: Wanted) -> ExportJob:
    direction = direction_of(generator)
    request = wanted.calibration
    return ExportJob(
        generator=generator,
        specs=_specs(generator, wanted),
        parity=_parity(source, wanted.parity, direction),
        calibration=calibration_images(request, direction) if request else None,
    )


def _specs(generator: Path, wanted: Wanted) -> list[ExportSpec]:
    choices = _choices(generator, wanted.bake)
    if wanted.preset:
        manifest = read_manifest(generator)
        known = manifest.generator if manifest else None
        multiple = known.size_multiple if known else 4
        size = _trained_size(generator)
        return [spec for choice in choices for spec in phone_specs(size, multiple, choice)]
    return [
        ExportSpec(
            target=target,
            precision=wanted.precision,
            size=wanted.size or _trained_size(generator),
            bake=choice,
            batch=wanted.batch,
            image_type=wanted.image_type,
            layout=wanted.layout,
            engine=wanted.engine,
            opset=wanted.opset,
        )
        for choice in choices
        for target in wanted.targets
    ]


def _parity(source: ExportSource, wanted: str | None, direction: str) -> ParityImages | None:
    if wanted == "off":
        return None
    trained_on = next(iter(source.data), None)
    return parity_images(wanted or trained_on, direction, required=wanted is not None)


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


def direction_of(generator: Path) -> str:
    """Tell what a generator does by its manifest: "A2B" (also without one), "B2A", ..."""
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
