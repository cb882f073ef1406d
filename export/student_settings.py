"""The settings that a student is trained with, from its teacher and what was asked for.

Each of these has the say over those before it: the preset of the family, the run that
trained the teacher (its discriminator, losses and data), a configuration that was named, the
teacher's network at the new width, and single settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.manifest import read_manifest
from edgegan.settings import build, override, read_toml
from edgegan.train.config import TrainingConfig, read_config
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan_config import StarGANConfig
from edgegan.train.teacher_run import run_of

# Of its teacher's losses a CycleGAN's student has the adversarial one alone, by another rule.
_FROM_RUN = {"cyclegan": ("discriminator", "data"), "stargan": ("discriminator", "loss", "data")}
# The same network in int8 is to compute what it did: a discriminator would lead it elsewhere,
# inner activations need no look, since they can only agree, and it has not far to go.
_FINE_TUNING = {
    "distillation": {"adversarial": 0.0, "alignment": 0.0},
    "optimizer": {"learning_rate": 1e-4},
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A generator to compress.

    Attributes:
        path: Its file.
        generator: Its configuration.
        direction: "A2B", "B2A" or "G".
        run: That it lies in; None if it was taken elsewhere.
    """

    path: Path
    generator: GeneratorConfig
    direction: str
    run: RunFolder | None


def open_subject(path: Path) -> Subject:
    """Read what is known of a generator file.

    Raises:
        UsageError: there is no such file, or nothing tells its layers.
    """
    if not path.is_file():
        raise UsageError(f"The generator {path} does not exist.")
    manifest = read_manifest(path)
    if manifest is None or manifest.generator is None or manifest.task is None:
        raise UsageError(
            f"{path} has no manifest that tells its layers, so no student can be made of it. "
            "Take a generator that EdgeGAN trained, or imported with a known layout."
        )
    return Subject(
        path=path,
        generator=manifest.generator,
        direction=manifest.task.direction,
        run=run_of(path),
    )


def student_settings(
    subject: Subject,
    generator: GeneratorConfig,
    config: str | None,
    data: Sequence[str],
    assignments: Sequence[str],
) -> TrainingConfig:
    """Put the settings of a student's run together.

    Args:
        subject: The teacher.
        generator: The student's network.
        config: A preset by name, or a TOML file by path; None for the family's preset.
        data: Specs of the data; empty for those of the teacher's run.
        assignments: `key=value` changes.

    Raises:
        UsageError: a setting is unknown or out of range, or nothing tells the data.
    """
    stargan = generator.family == "stargan"
    cls: type[TrainingConfig] = StarGANConfig if stargan else CycleGANConfig
    preset = f"{generator.family}-distillation"
    content = _merged(read_config(cls, preset), _of_run(subject.run, generator.family))
    named = read_config(cls, config) if config is not None else {}
    asked = override(named, assignments)
    if asked.get("distillation", {}).get("quantize") and generator == subject.generator:
        content = _merged(content, _FINE_TUNING)
    content = _merged(content, _whole_images(cls, _merged(content, asked), generator))
    content = _merged(content, named)
    if data:
        content = _merged(content, {"data": _specs(cls, data)})
    elif subject.run is None:
        raise UsageError(
            f"{subject.path} lies in no run, so nothing tells its data: name them with --data."
        )
    content["generator"] = asdict(generator)
    if cls is CycleGANConfig:
        content = _merged(content, {"distillation": {"direction": subject.direction}})
    return build(cls, override(content, assignments))


def narrowed(generator: GeneratorConfig, filters: int) -> GeneratorConfig:
    """Give a network another width, the same everywhere.

    Raises:
        UsageError: it is wider than the teacher's.
    """
    if generator.widths or filters > generator.filters:
        asked = replace(generator, filters=filters, widths=()).layer_widths.flat
        if any(a > b for a, b in zip(asked, generator.layer_widths.flat, strict=True)):
            raise UsageError(
                f"A student with {filters} filters is wider than its teacher, whose layers have "
                f"{list(generator.layer_widths.flat)} channels. Choose fewer."
            )
    return replace(generator, filters=filters, widths=())


def _of_run(run: RunFolder | None, family: str) -> dict[str, Any]:
    """Take what a student shares with its teacher's training; not how large a batch is."""
    if run is None:
        return {}
    content = read_toml(run.config)
    taken = {name: dict(content[name]) for name in _FROM_RUN[family] if name in content}
    taken.get("data", {}).pop("batch_size", None)
    return taken


def _whole_images(
    cls: type[TrainingConfig], content: Mapping[str, Any], generator: GeneratorConfig
) -> dict[str, Any]:
    """Resize images to what is cropped, so that they are whole, as those that a file gets."""
    data = content.get("data", {})
    mode = data.get("preprocess", "resize_and_crop")
    if cls is StarGANConfig or mode != "resize_and_crop":  # the only one that squares images
        return {}
    return {"data": {"load_size": data.get("crop_size") or generator.image_size}}


def _specs(cls: type[TrainingConfig], data: Sequence[str]) -> dict[str, Any]:
    if cls is StarGANConfig:
        return {"specs": list(data)}
    if len(data) > 1:
        raise UsageError(f"A CycleGAN has one data set; --data names {', '.join(data)}.")
    return {"spec": data[0]}


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Put the settings of `over` into those of `under`, group by group."""
    for name, group in over.items():
        if not isinstance(group, Mapping):
            raise UsageError(f"{name} is {group!r}; settings are in groups, such as [{name}].")
    return {name: {**under.get(name, {}), **over.get(name, {})} for name in {*under, *over}}
