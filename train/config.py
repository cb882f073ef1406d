"""`CycleGANConfig`: every setting of a training run, and the presets.

Defaults are the paper's and the reference implementation's (Zhu et al. 2017, Sec. 7;
options/*.py of junyanz/pytorch-CycleGAN-and-pix2pix) for 256x256 images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from edgegan.errors import UsageError, unknown_name
from edgegan.generator import GeneratorConfig
from edgegan.settings import build, override, read_toml


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """A PatchGAN (Isola et al. 2017, Sec. 3.2.2); the defaults see 70x70 pixels.

    Attributes:
        filters: Width of the first convolution; doubled at each layer, at most 8 times.
        layers: Stride-2 convolutions.
    """

    filters: int = 64
    layers: int = 3


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Weights of the losses beside the adversarial one, whose weight is 1.

    Attributes:
        cycle: Lambda of the cycle-consistency loss.
        identity: Weight of the identity loss (the reference's 0.5 times lambda).
    """

    cycle: float = 10.0
    identity: float = 5.0


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """Adam, for generators and discriminators alike."""

    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """How images become training samples.

    Attributes:
        spec: The data set (see edgegan.data); `--data` sets it.
        load_size: Images are resized to this square first; None scales the reference's
            286 for 256 to the image size.
        batch_size: Images of each domain a step.
        flip: Whether to mirror half of the images.
    """

    spec: str = "emoji"
    load_size: int | None = None
    batch_size: int = 1
    flip: bool = True


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The course of training.

    Attributes:
        steps: Generator updates. The default is 200 epochs of horse2zebra.
        decay_start: Where the learning rate begins to fall; None is half of the steps.
        seed: Of weights, order, augmentation and pool.
        pool_size: Translations that each discriminator's history holds.
        log_every: Steps between log lines.
        checkpoint_every: Steps between checkpoints.
        sample_every: Steps between sample grids.
    """

    steps: int = 266_800
    decay_start: int | None = None
    seed: int = 0
    pool_size: int = 50
    log_every: int = 50
    checkpoint_every: int = 5_000
    sample_every: int = 1_000


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
        size, train = self.generator.image_size, self.train
        if self.data.load_size is None:
            data = replace(self.data, load_size=round(size * 286 / 256))
            object.__setattr__(self, "data", data)
        if train.decay_start is None:
            train = replace(train, decay_start=train.steps // 2)
            object.__setattr__(self, "train", train)
        if self.generator.channels != 3:
            raise UsageError(
                f"generator.channels is {self.generator.channels}; training images are RGB, so "
                "it must be 3."
            )
        _at_least("data.load_size", self.data.load_size, size, "generator.image_size")
        _at_least("data.batch_size", self.data.batch_size, 1)
        self._check_discriminator()
        for key in ("cycle", "identity"):
            _at_least(f"loss.{key}", getattr(self.loss, key), 0)
        self._check_optimizer()
        for key in ("steps", "pool_size", "decay_start", "seed"):
            _at_least(f"train.{key}", getattr(train, key), 0)
        for key in ("log_every", "checkpoint_every", "sample_every"):
            _at_least(f"train.{key}", getattr(train, key), 1)
        if train.seed >= 2**32:
            raise UsageError(f"train.seed is {train.seed}; it must be below 2^32.")

    def _check_optimizer(self) -> None:
        _at_least("optimizer.learning_rate", self.optimizer.learning_rate, 0)
        for key in ("beta_1", "beta_2"):
            beta = getattr(self.optimizer, key)
            if not 0 <= beta < 1:
                raise UsageError(f"optimizer.{key} is {beta}; it must be in [0, 1).")

    def _check_discriminator(self) -> None:
        filters, layers = self.discriminator.filters, self.discriminator.layers
        _at_least("discriminator.filters", filters, 1)
        _at_least("discriminator.layers", layers, 0)
        # Halved at each layer, then one pixel less at each of the last two convolutions.
        smallest = 3 * 2**layers
        _at_least(
            "generator.image_size",
            self.generator.image_size,
            smallest,
            "3 * 2^discriminator.layers",
        )

    @property
    def decay_start(self) -> int:
        """Where the learning rate begins to fall."""
        return self.train.decay_start or 0

    @property
    def load_size(self) -> int:
        """The square that images are resized to before cropping."""
        return self.data.load_size or self.generator.image_size


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


def _at_least(name: str, value: float | None, least: int, what: str = "") -> None:
    if value is not None and value < least:
        limit = f"{what} = {least}" if what else str(least)
        raise UsageError(f"{name} is {value}; it must be at least {limit}.")
