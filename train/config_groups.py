"""The groups of settings that all GAN families share.

Each group refuses what cannot work as soon as it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from edgegan.errors import UsageError
from edgegan.generator import Norm

GANMode = Literal["lsgan", "vanilla", "hinge", "wgan-gp"]
MixedPrecision = Literal["off", "bfloat16", "float16"]
EvalScore = Literal["fid", "kid"]
Course = TypeVar("Course", bound="CourseConfig")


@dataclass(frozen=True, kw_only=True)
class AdamConfig:
    """Adam (Kingma and Ba 2015), for generators and discriminators alike.

    Attributes:
        learning_rate: Before the decay begins.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        epsilon: Added to the root of the mean square.
        epsilon_hat: Whether epsilon is added before the bias correction ("epsilon hat",
            the end of their Sec. 2), as Keras does by default, instead of after it, as
            their Algorithm 1 and PyTorch do.
    """

    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    epsilon: float = 1e-8
    epsilon_hat: bool = False

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
class CourseConfig:
    """The course of training.

    Attributes:
        steps: How many to do; each family says what counts as one.
        decay_start: Where the learning rate begins to fall; None is half of the steps.
        seed: Of weights, order, augmentation and all that is drawn.
        ema: Decay of the moving average of the generators' weights, which is then what
            samples show and files hold; 0 switches it off.
        mixed_precision: The type of most computation; weights stay float32. "float16"
            scales the loss. "off" computes in float32.
        jit_compile: Whether XLA compiles the two phases of a step.
        accumulation_steps: Parts that a batch is computed in, one after another; the
            result is the same, the memory that of one part.
        log_every: Steps between log lines.
        checkpoint_every: Steps between checkpoints.
        checkpoints_kept: Newest checkpoints to keep.
        keep_every: Checkpoints at multiples of this step are kept for good; 0 keeps none.
        sample_every: Steps between sample grids.
        eval_every: Steps between scores on held-out images; the generators with the best are
            kept beside the last ones. 0 scores never.
        eval_score: "fid" or "kid", to the target's training images, averaged over directions
            or domains; lower is better.
        eval_features: The features it is computed in, as `edgegan eval --features`.
        eval_images: Images to translate in each direction, at most.
    """

    steps: int
    decay_start: int | None = None
    seed: int = 0
    ema: float = 0.0
    mixed_precision: MixedPrecision = "off"
    jit_compile: bool = False
    accumulation_steps: int = 1
    log_every: int = 50
    checkpoint_every: int = 5_000
    checkpoints_kept: int = 2
    keep_every: int = 0
    sample_every: int = 1_000
    eval_every: int = 0
    eval_score: EvalScore = "fid"
    eval_features: str = "emoji"
    eval_images: int = 200

    def __post_init__(self) -> None:
        """Refuse counts out of range, with a UsageError."""
        for key in ("steps", "decay_start", "seed", "keep_every", "eval_every"):
            at_least(f"train.{key}", getattr(self, key), 0)
        for key in ("log_every", "checkpoint_every", "sample_every"):
            at_least(f"train.{key}", getattr(self, key), 1)
        for key in ("checkpoints_kept", "accumulation_steps"):
            at_least(f"train.{key}", getattr(self, key), 1)
        at_least("train.eval_images", self.eval_images, 2)
        if self.seed >= 2**32:
            raise UsageError(f"train.seed is {self.seed}; it must be below 2^32.")
        if not 0 <= self.ema < 1:
            raise UsageError(f"train.ema is {self.ema}; it must be in [0, 1), such as 0.999.")


def resolved(course: Course, batch_size: int) -> Course:
    """Fill in `decay_start`, and refuse a batch that cannot be computed in parts.

    Raises:
        UsageError: the batch size is no multiple of `accumulation_steps`.
    """
    parts = course.accumulation_steps
    if batch_size % parts:
        raise UsageError(
            f"data.batch_size is {batch_size}; it must be a multiple of "
            f"train.accumulation_steps = {parts}."
        )
    if course.decay_start is None:
        return replace(course, decay_start=course.steps // 2)
    return course


def check_channels(channels: int) -> None:
    """Refuse images that are neither gray nor RGB, with a UsageError."""
    if channels not in (1, 3):
        raise UsageError(
            f"generator.channels is {channels}; training images are RGB (3) or gray (1)."
        )


def check_norm(norm: Norm) -> None:
    """Refuse batch norm, which has statistics that no trainer keeps, with a UsageError."""
    if norm != "instance":
        raise UsageError(
            f"generator.norm is {norm!r}, which only imported generators have; train with "
            "'instance'."
        )


def at_least(name: str, value: float | None, least: int, what: str = "") -> None:
    """Refuse a `value` below `least`, whose origin is `what`, with a UsageError."""
    if value is not None and value < least:
        limit = f"{what} = {least}" if what else str(least)
        raise UsageError(f"{name} is {value}; it must be at least {limit}.")
