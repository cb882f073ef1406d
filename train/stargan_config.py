"""`StarGANConfig`: every setting of a StarGAN's training.

Defaults are the reference implementation's for CelebA at 128x128 (Choi et al. 2018, Sec. 4;
main.py, model.py and solver.py of yunjey/stargan).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig, check_size
from edgegan.train.config_groups import (
    AdamConfig,
    CourseConfig,
    at_least,
    check_channels,
    check_norm,
    resolved,
)
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.schedule import faithful_decay, linear_decay

StarGANMode = Literal["wgan-gp", "lsgan", "hinge"]
LabeledPreprocess = Literal["center_crop", "resize", "resize_and_crop"]


@dataclass(frozen=True, kw_only=True)
class StarGANDiscriminatorConfig:
    """A PatchGAN with a second head that tells the domains (Choi et al. 2018, Table 5).

    Attributes:
        filters: Width of the first convolution; doubled at each layer.
        layers: Stride-2 convolutions; None is the reference's 6 from 128 pixels on, and
            below as many as leave a map of at least 2x2: 5 for 64 pixels, 4 for 32.
        projection: Whether it judges how real an image is as one of its domains, not as any
            image: logits are f(x) + sum over the label's domains of f_domain(x), the
            projection of Miyato and Koyama 2018 (eq. 3, with the domain vector as y), at
            each patch. The paper's does not (False).
        blur: All that it sees is blurred at random, at most by this standard deviation,
            pixels, up to 0.8; so it does not judge how images were resized
            (edgegan.train.disturbance). The paper's sees them as they are (0).
        noise: The same with noise, its largest standard deviation, of values in [-1, 1].
    """

    filters: int = 64
    layers: int | None = None
    projection: bool = False
    blur: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot make a network, with a UsageError."""
        at_least("discriminator.filters", self.filters, 1)
        at_least("discriminator.layers", self.layers, 1)
        for key, most in (("blur", 0.8), ("noise", 1.0)):
            value = getattr(self, key)
            if not 0 <= value <= most:
                raise UsageError(f"discriminator.{key} is {value}; it must be in [0, {most:g}].")


@dataclass(frozen=True, kw_only=True)
class StarGANLossConfig:
    """The adversarial loss, and the weights of the others beside it; its own is 1.

    Attributes:
        gan: "wgan-gp" (Wasserstein with gradient penalty, the paper's), "lsgan" (least
            squares) or "hinge".
        classification: Lambda_cls (eq. 5 and 6), of real images for the discriminator
            and of translated ones for the generator.
        cycle: Lambda_rec of the reconstruction loss (eq. 4).
        identity: Weight of the L1 distance that images move when translated to the label
            that they have; the mean over the batch, of which a part has such a target. The
            paper has none (0). It keeps a short training from inverting colours, which the
            reconstruction does not notice.
        gradient_penalty: Lambda_gp (eq. 8), of "wgan-gp".
    """

    gan: StarGANMode = "wgan-gp"
    classification: float = 1.0
    cycle: float = 10.0
    identity: float = 0.0
    gradient_penalty: float = 10.0

    def __post_init__(self) -> None:
        """Refuse negative weights, with a UsageError."""
        for key in ("classification", "cycle", "identity", "gradient_penalty"):
            at_least(f"loss.{key}", getattr(self, key), 0)


@dataclass(frozen=True, kw_only=True)
class StarGANDataConfig:
    """How labelled images become training samples (the reference's data_loader.py).

    Attributes:
        specs: The data sets (see edgegan.labeled_data); `--data` sets them. With several,
            steps take turns between them.
        attributes: The domains to learn; each set takes those that it has. Empty: each
            set's default.
        preprocess: "center_crop" takes the central square as wide as the shorter side (for
            CelebA's 178x218 the reference's 178), then resizes to generator.image_size;
            "resize" resizes whole images, aspect ignored; "resize_and_crop" resizes them to
            286/256 of the size and crops at random, as CycleGAN does, so that domains cannot
            be told by where things are.
        batch_size: Images a step, over all devices.
        flip: Whether to mirror half of the images.
    """

    specs: tuple[str, ...] = ("emoji-styles",)
    attributes: tuple[str, ...] = ()
    preprocess: LabeledPreprocess = "center_crop"
    batch_size: int = 16
    flip: bool = True

    def __post_init__(self) -> None:
        """Refuse no data, or a batch in which no label can change, with a UsageError."""
        if self.batch_size < 2:
            raise UsageError(
                f"data.batch_size is {self.batch_size}; it must be at least 2, since images are "
                "translated to each other's labels."
            )
        if not self.specs:
            raise UsageError("data.specs is empty; name a data set with --data.")


@dataclass(frozen=True, kw_only=True)
class StarGANTrainConfig(CourseConfig):
    """The course of training; a step is one update of the discriminator.

    Attributes:
        steps: Updates of the discriminator.
        n_critic: The generator is updated once in so many steps.
        faithful_decay: Whether the learning rate falls as in the reference's code, which
            takes off 1/(steps - decay_start) of it once in 1,000 steps: by 0.1 % in all.
            Otherwise it falls to 0, as its README and the paper say.
    """

    steps: int = 200_000
    n_critic: int = 5
    faithful_decay: bool = False

    def __post_init__(self) -> None:
        """Refuse counts out of range, with a UsageError."""
        super().__post_init__()
        at_least("train.n_critic", self.n_critic, 1)


def stargan_generator() -> GeneratorConfig:
    """Return the reference's generator for 128x128 images, without domains."""
    return GeneratorConfig(
        family="stargan",
        image_size=128,
        residual_blocks=6,
        norm_affine=True,
        padding="zero",
        conv_padding="same",
    )


@dataclass(frozen=True, kw_only=True)
class StarGANConfig:
    """All settings of a StarGAN run; `config.toml` in the run folder holds them."""

    generator: GeneratorConfig = field(default_factory=stargan_generator)
    discriminator: StarGANDiscriminatorConfig = field(default_factory=StarGANDiscriminatorConfig)
    loss: StarGANLossConfig = field(default_factory=StarGANLossConfig)
    optimizer: AdamConfig = field(default_factory=lambda: AdamConfig(learning_rate=1e-4))
    data: StarGANDataConfig = field(default_factory=StarGANDataConfig)
    train: StarGANTrainConfig = field(default_factory=StarGANTrainConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)

    def __post_init__(self) -> None:
        """Fill what follows from other settings, and refuse what cannot work.

        Raises:
            UsageError: naming the setting and its limit.
        """
        size = self.generator.image_size
        layers = self.discriminator.layers or min(6, max(int(math.log2(size)) - 1, 1))
        discriminator = replace(self.discriminator, layers=layers)
        object.__setattr__(self, "discriminator", discriminator)
        object.__setattr__(self, "train", resolved(self.train, self.data.batch_size))
        check_channels(self.generator.channels)
        check_norm(self.generator.norm)
        if self.generator.family != "stargan":
            raise UsageError(
                f"generator.family is {self.generator.family!r}, these are settings of StarGAN. "
                f"Use edgegan train {self.generator.family}."
            )
        check_size((size, size), self.generator.size_multiple)
        if size % 2**layers:
            raise UsageError(
                f"generator.image_size is {size}; the discriminator halves it {layers} times "
                f"(discriminator.layers), so it must be a multiple of {2**layers}."
            )
        if self.distillation.teacher and not self.distillation.adversarial:
            self._require_steps_of_the_generator()

    def _require_steps_of_the_generator(self) -> None:
        if self.train.n_critic > 1:
            raise UsageError(
                f"train.n_critic is {self.train.n_critic}, and distillation.adversarial 0: without "
                "a discriminator the steps between would do nothing. Set train.n_critic=1."
            )

    @property
    def decay_start(self) -> int:
        """Where the learning rate begins to fall."""
        return self.train.decay_start or 0

    @property
    def discriminator_layers(self) -> int:
        """Stride-2 convolutions of the discriminator."""
        return self.discriminator.layers or 0

    def learning_rate(self, step: int) -> float:
        """Return the rate at `step`, counted from 0, the same for both networks."""
        decay = faithful_decay if self.train.faithful_decay else linear_decay
        factor = decay(step, self.train.steps, self.decay_start)
        return self.optimizer.learning_rate * factor


def with_domains(config: StarGANConfig, domains: Sequence[Domain]) -> StarGANConfig:
    """Put the domains of the data into the generator's settings.

    Raises:
        UsageError: the settings name other domains, those of another data set.
    """
    found, expected = tuple(domains), config.generator.domains
    if [_meaning(d) for d in expected] == [_meaning(d) for d in found]:
        return config  # with its own defaults, if the data has grown since
    if expected:
        raise UsageError(
            f"The settings are for the domains {', '.join(d.name for d in expected)}; the data "
            f"has {', '.join(d.name for d in found)}. Leave out generator.domains, or use the "
            "data that they came from."
        )
    return replace(config, generator=replace(config.generator, domains=found))


def _meaning(domain: Domain) -> Domain:
    return replace(domain, default=0.0)
