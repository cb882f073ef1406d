"""What differs between the GAN families in a training run, gathered for `fit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from edgegan.data import SkippedFile, UnpairedData
from edgegan.errors import UsageError
from edgegan.images import ImageArray
from edgegan.labeled_data import LabeledData
from edgegan.train.config import TrainingConfig
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.cyclegan_student import CycleGANStudent
from edgegan.train.devices import Devices
from edgegan.train.input_pipeline import StepSampler
from edgegan.train.labeled_grid import labeled_grid, labeled_held_out
from edgegan.train.labeled_samples import LabeledSampler
from edgegan.train.sample_grid import held_out, sample_grid, student_grid
from edgegan.train.samples import Sampler
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import StarGANConfig, with_domains
from edgegan.train.stargan_student import StarGANStudent
from edgegan.train.trainer import Trainer

TrainingData = UnpairedData | LabeledData


class RunSampler(StepSampler, Protocol):
    """Draws training samples, and remembers what could not be used."""

    @property
    def skipped(self) -> Mapping[tuple[str, str], SkippedFile]:
        """Files met so far that could not be used."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """The parts of one training run.

    Attributes:
        trainer: Does the steps.
        sampler: Draws what they take.
        images_per_step: Real images a step, for the speed.
        draw: Makes a sample grid, uint8 `[H, W, 3]`, with the generators of now.
    """

    trainer: Trainer[Any]
    sampler: RunSampler
    images_per_step: int
    draw: Callable[[], ImageArray]


def open_family(config: TrainingConfig, data: TrainingData, devices: Devices) -> Family:
    """Make the parts that `config` asks for.

    Raises:
        UsageError: the settings do not fit the data or the devices.
        DataError: no test image can be decoded.
    """
    if isinstance(config, StarGANConfig) and isinstance(data, LabeledData):
        return _stargan(config, data, devices)
    if isinstance(config, CycleGANConfig) and isinstance(data, UnpairedData):
        return _cyclegan(config, data, devices)
    raise UsageError(
        "CycleGAN learns from unpaired data (edgegan.data.open_unpaired), StarGAN from labelled "
        f"data (edgegan.labeled_data.open_labeled); got {type(config).__name__} and "
        f"{type(data).__name__}."
    )


def _cyclegan(config: CycleGANConfig, data: UnpairedData, devices: Devices) -> Family:
    sampler = Sampler(data, config)
    fixed = held_out(data, config.generator.image_size, config.generator.channels)
    gan: CycleGAN | CycleGANStudent
    if config.distillation.teacher:
        gan = CycleGANStudent(config, sampler.image_shape, devices)
    else:
        gan = CycleGAN(config, sampler.image_shape, devices)

    def draw() -> ImageArray:
        if isinstance(gan, CycleGAN):
            return sample_grid(gan.generators[0], gan.generators[1], *fixed)
        sources = fixed[config.distillation.direction == "B2A"]
        return student_grid(gan.student.teacher.network, gan.generators[0], sources)

    return Family(
        trainer=gan, sampler=sampler, images_per_step=2 * config.data.batch_size, draw=draw
    )


def _stargan(config: StarGANConfig, data: LabeledData, devices: Devices) -> Family:
    if with_domains(config, data.domains) is not config:
        raise UsageError(
            "generator.domains is empty. Take over those of the data: "
            "edgegan.train.stargan_config.with_domains(config, data.domains)."
        )
    domains = config.generator.domains
    fixed = labeled_held_out(data, config)
    gan = (StarGANStudent if config.distillation.teacher else StarGAN)(config, devices)
    teachers = [gan.student.teacher.network] if isinstance(gan, StarGANStudent) else []
    return Family(
        trainer=gan,
        sampler=LabeledSampler(data, config),
        images_per_step=config.data.batch_size,
        draw=lambda: labeled_grid((*teachers, gan.generators[0]), domains, *fixed),
    )
