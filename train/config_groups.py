"""The groups of settings that a training configuration is made of.

Defaults are the paper's and the reference implementation's (Zhu et al. 2017, Sec. 7;
options/*.py of junyanz/pytorch-CycleGAN-and-pix2pix). Each group refuses what cannot
work as soon as it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgegan.errors import UsageError
from edgegan.generator import ConvPadding, GammaInit

GANMode = Literal["lsgan", "vanilla", "hinge", "wgan-gp"]
Preprocess = Literal["resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none"]
MixedPrecision = Literal["off", "bfloat16", "float16"]


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
class OptimizerConfig:
    """Adam (Kingma and Ba 2015), for generators and discriminators alike.

    Attributes:
        learning_rate: Before the decay begins.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        epsilon: Added to the root of the mean square.
        epsilon_hat: Whether epsilon is added before the bias correction ("epsilon hat",
            the end of their Sec. 2), as Keras does by default, instead of after it, as
            their Algorithm 1 and PyTorch do.
        separate_generators: Whether each generator follows only the losses of its own
            output, as in the keras-io example: half of the cycle loss never reaches it.
    """

    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    epsilon: float = 1e-8
    epsilon_hat: bool = False
    separate_generators: bool = False

    def __post_init__(self) -> None:
        """Refuse what Adam cannot use, with a UsageError."""
        at_least("optimizer.learning_rate", self.learning_rate, 0)
        for key in ("beta_1", "beta_2"):
            beta = getattr(self, key)
            if not 0 <= beta < 1:
                raise UsageError(f"optimizer.{key} is {beta}; it must be in [0, 1).")
        if self.epsilon <= 0:
            raise UsageError(f"optimizer.epsilon is {self.epsilon}; it must be above 0.")


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
class TrainConfig:
    """The course of training.

    Attributes:
        steps: Generator updates. The default is 200 epochs of horse2zebra.
        decay_start: Where the learning rate begins to fall; None is half of the steps.
        seed: Of weights, order, augmentation and pool.
        pool_size: Translations that each discriminator's history holds.
        ema: Decay of the moving average of the generators' weights, which is then what
            samples show and files hold; 0 switches it off.
        mixed_precision: The type of most computation; weights stay float32. "float16"
            scales the loss. "off" computes in float32.
        jit_compile: Whether XLA compiles the two phases of a step.
        accumulation_steps: Parts that a batch is computed in, one after another; the
            result is the same, the memory that of one part.
        shared_initializer: Whether all kernels of a shape start equal, as they do in
            the keras-io example, which shares one initialiser.
        log_every: Steps between log lines.
        checkpoint_every: Steps between checkpoints.
        checkpoints_kept: Newest checkpoints to keep.
        keep_every: Checkpoints at multiples of this step are kept for good; 0 keeps none.
        sample_every: Steps between sample grids.
    """

    steps: int = 266_800
    decay_start: int | None = None
    seed: int = 0
    pool_size: int = 50
    ema: float = 0.0
    mixed_precision: MixedPrecision = "off"
    jit_compile: bool = False
    accumulation_steps: int = 1
    shared_initializer: bool = False
    log_every: int = 50
    checkpoint_every: int = 5_000
    checkpoints_kept: int = 2
    keep_every: int = 0
    sample_every: int = 1_000

    def __post_init__(self) -> None:
        """Refuse counts out of range, with a UsageError."""
        for key in ("steps", "pool_size", "decay_start", "seed", "keep_every"):
            at_least(f"train.{key}", getattr(self, key), 0)
        for key in ("log_every", "checkpoint_every", "sample_every"):
            at_least(f"train.{key}", getattr(self, key), 1)
        for key in ("checkpoints_kept", "accumulation_steps"):
            at_least(f"train.{key}", getattr(self, key), 1)
        if self.seed >= 2**32:
            raise UsageError(f"train.seed is {self.seed}; it must be below 2^32.")
        if not 0 <= self.ema < 1:
            raise UsageError(f"train.ema is {self.ema}; it must be in [0, 1), such as 0.999.")


def at_least(name: str, value: float | None, least: int, what: str = "") -> None:
    """Refuse a `value` below `least`, whose origin is `what`, with a UsageError."""
    if value is not None and value < least:
        limit = f"{what} = {least}" if what else str(least)
        raise UsageError(f"{name} is {value}; it must be at least {limit}.")
