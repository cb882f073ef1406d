"""`CycleGANConfig`: every setting of a training run, and the presets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from edgegan.errors import UsageError, unknown_name
from edgegan.generator import GeneratorConfig, check_size
from edgegan.settings import build, override, read_toml
from edgegan.train.config_groups import (
    DataConfig,
    DiscriminatorConfig,
    LossConfig,
    OptimizerConfig,
    TrainConfig,
    at_least,
)


@dataclass(frozen=True, kw_only=True)
class CycleGANConfig:
    """All settings of a CycleGAN run; `config.toml` in the run folder holds them."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        """Fill what follows from other settings, and refuse what cannot work.

        Raises:
            UsageError: naming the setting and its limit.
        """
        crop = self.data.crop_size or self.generator.image_size
        load = self.data.load_size or round(crop * 286 / 256)
        object.__setattr__(self, "data", replace(self.data, load_size=load, crop_size=crop))
        if self.train.decay_start is None:
            train = replace(self.train, decay_start=self.train.steps // 2)
            object.__setattr__(self, "train", train)
        if self.generator.channels not in (1, 3):
            raise UsageError(
                f"generator.channels is {self.generator.channels}; training images are RGB (3) "
                "or gray (1)."
            )
        check_size((crop, crop), self.generator.size_multiple)
        if self.data.preprocess in ("resize_and_crop", "scale_width_and_crop"):
            at_least("data.load_size", load, crop, "data.crop_size")
        at_least("data.crop_size", crop, self.smallest_side, "3 * 2^discriminator.layers")
        parts = self.train.accumulation_steps
        if self.data.batch_size % parts:
            raise UsageError(
                f"data.batch_size is {self.data.batch_size}; it must be a multiple of "
                f"train.accumulation_steps = {parts}."
            )

    @property
    def decay_start(self) -> int:
        """Where the learning rate begins to fall."""
        return self.train.decay_start or 0

    @property
    def smallest_side(self) -> int:
        """The side of the smallest images that the discriminators can judge."""
        # Halved at each layer, then one pixel less at each of the last two convolutions.
        return int(3 * 2**self.discriminator.layers)

    @property
    def load_size(self) -> int:
        """The side or width that images are resized to before cropping."""
        return self.data.load_size or self.crop_size

    @property
    def crop_size(self) -> int:
        """The side of the square crops that training sees."""
        return self.data.crop_size or self.generator.image_size


def presets() -> list[str]:
    """Name the presets that `--config` knows."""
    names = (path.name for path in files("edgegan.configs").iterdir())
    return sorted(name[: -len(".toml")] for name in names if name.endswith(".toml"))


def load_config(config: str | None, assignments: Sequence[str] = ()) -> CycleGANConfig:
    """Read a preset by name or a TOML file by path, then apply `key=value` assignments.

    Raises:
        UsageError: an unknown preset, file, key or a value of the wrong type.
    """
    content: dict[str, Any] = {} if config is None else _read(config)
    return build(CycleGANConfig, override(content, assignments))


def _read(config: str) -> dict[str, Any]:
    if config.endswith(".toml") or "/" in config:
        return read_toml(Path(config))
    if config not in presets():
        raise unknown_name("preset", config, presets())
    with as_file(files("edgegan.configs") / f"{config}.toml") as path:
        return read_toml(path)
