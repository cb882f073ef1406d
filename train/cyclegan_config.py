"""`CycleGANConfig`: every setting of a CycleGAN's training.

Defaults are the paper's and the reference implementation's (Zhu et al. 2017, Sec. 7;
options/*.py of junyanz/pytorch-CycleGAN-and-pix2pix).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from edgegan.errors import UsageError
from edgegan.generator import ConvPadding, GammaInit, GeneratorConfig, check_size
from edgegan.train.config_groups import (
    AdamConfig,
    CourseConfig,
    GANMode,
    at_least,
    check_channels,
    check_norm,
    resolved,
)
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.schedule import linear_decay

Preprocess = Literal["resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none"]


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """A PatchGAN (Isola et al. 2017, Sec. 3.2.2); the defaults see 70x70 pixels.

    Attributes:
        filters: Width of the first convolution; doubled at each layer, at most 8 times.
        layers: Stride-2 convolutions.
        conv_padding: "explicit" pads one pixel on each side, as PyTorch; "same" is
            TensorFlow's rule, which gives 32x32 logits for 256x256 pixels, not 30x30.
        norm_affine: Whether instance norm has a learned scale and offset.
        norm_epsilon: Added to the variance.
        gamma_init: As in the generator.
    """

    filters: int = 64
    layers: int = 3
    conv_padding: ConvPadding = "explicit"
    norm_affine: bool = False
    norm_epsilon: float = 1e-5
    gamma_init: GammaInit = "ones"

    def __post_init__(self) -> None:
        """Refuse what cannot make a network, with a UsageError."""
        at_least("discriminator.filters", self.filters, 1)
        at_least("discriminator.layers", self.layers, 0)


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """The adversarial loss, and the weights of the others beside it; its own is 1.

    Attributes:
        gan: "lsgan" (least squares, the paper's), "vanilla" (cross entropy), "hinge",
            or "wgan-gp" (Wasserstein with gradient penalty).
        cycle: Lambda of the cycle-consistency loss.
        identity: Weight of the identity loss (the reference's 0.5 times lambda).
        gradient_penalty: Weight of the penalty of "wgan-gp" (Gulrajani et al. 2017).
    """

    gan: GANMode = "lsgan"
    cycle: float = 10.0
    identity: float = 5.0
    gradient_penalty: float = 10.0

    def __post_init__(self) -> None:
        """Refuse negative weights, with a UsageError."""
        for key in ("cycle", "identity", "gradient_penalty"):
            at_least(f"loss.{key}", getattr(self, key), 0)


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig(AdamConfig):
    """Adam, and what follows it.

    Attributes:
        separate_generators: Whether each generator follows only the losses of its own
            output, as in the keras-io example: half of the cycle loss never reaches it.
    """

    separate_generators: bool = False


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """How images become training samples (the reference's data/base_dataset.py).

    Attributes:
        spec: The data set (see edgegan.data); `--data` sets it.
        preprocess: "resize_and_crop" resizes to the square `load_size`, aspect ignored,
            then crops; "crop" only crops; "scale_width" makes images `load_size` wide,
            aspect kept but for a height of at least `crop_size`; "scale_width_and_crop"
            crops after that; "none" only resizes to what the network can take, a multiple of
            2^downsamplings, as does "scale_width" last. Without a crop, all images must come
            out in one size.
        load_size: See `preprocess`; None scales the reference's 286 for a crop of 256.
        crop_size: Side of the square crops to train on; None is generator.image_size.
        batch_size: Images of each domain a step, over all devices.
        flip: Whether to mirror half of the images.
    """

    spec: str = "emoji"
    preprocess: Preprocess = "resize_and_crop"
    load_size: int | None = None
    crop_size: int | None = None
    batch_size: int = 1
    flip: bool = True

    def __post_init__(self) -> None:
        """Refuse an empty batch, with a UsageError."""
        at_least("data.batch_size", self.batch_size, 1)


@dataclass(frozen=True, kw_only=True)
class TrainConfig(CourseConfig):
    """The course of training; a step updates all four networks.

    Attributes:
        steps: The default is 200 epochs of horse2zebra.
        pool_size: Translations that each discriminator's history holds.
        shared_initializer: Whether all kernels of a shape start equal, as they do in
            the keras-io example, which shares one initialiser.
    """

    steps: int = 266_800
    pool_size: int = 50
    shared_initializer: bool = False

    def __post_init__(self) -> None:
        """Refuse counts out of range, with a UsageError."""
        super().__post_init__()
        at_least("train.pool_size", self.pool_size, 0)


@dataclass(frozen=True, kw_only=True)
class CycleGANConfig:
    """All settings of a CycleGAN run; `config.toml` in the run folder holds them."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)

    def __post_init__(self) -> None:
        """Fill what follows from other settings, and refuse what cannot work.

        Raises:
            UsageError: naming the setting and its limit.
        """
        crop = self.data.crop_size or self.generator.image_size
        load = self.data.load_size or round(crop * 286 / 256)
        object.__setattr__(self, "data", replace(self.data, load_size=load, crop_size=crop))
        object.__setattr__(self, "train", resolved(self.train, self.data.batch_size))
        check_channels(self.generator.channels)
        check_norm(self.generator.norm)
        if self.generator.family != "cyclegan":
            raise UsageError(
                f"generator.family is {self.generator.family!r}, these are settings of CycleGAN. "
                f"Use edgegan train {self.generator.family}."
            )
        check_size((crop, crop), self.generator.size_multiple)
        if self.data.preprocess in ("resize_and_crop", "scale_width_and_crop"):
            at_least("data.load_size", load, crop, "data.crop_size")
        at_least("data.crop_size", crop, self.smallest_side, "3 * 2^discriminator.layers")

    @property
    def decay_start(self) -> int:
        """Where the learning rate begins to fall."""
        return self.train.decay_start or 0

    def learning_rate(self, step: int) -> float:
        """Return the rate at `step`, counted from 0."""
        factor = linear_decay(step, self.train.steps, self.decay_start)
        return self.optimizer.learning_rate * factor

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
