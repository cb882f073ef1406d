"""What differs between the demos of the GAN families; `edgegan.demo.steps` takes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgegan.data import Images
from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.train.config import TrainingConfig, data_specs
from edgegan.train.family import TrainingData


@dataclass(frozen=True, kw_only=True, eq=False)
class Direction:
    """One thing that the generator can do, and the truth to compare it with.

    Attributes:
        source: Who drew the sources, such as "Noto".
        target: Who drew the truths, such as "Twemoji".
        sources: Test images.
        truths: The same things, in the same order.
        label: What the generator is asked for beside the image, float32 `[c]`; None if
            it takes no label.
    """

    source: str
    target: str
    sources: Images
    truths: Images
    label: FloatArray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Demo:
    """A demo: what it trains, and what its report says.

    Attributes:
        config: All settings.
        data: The images to train on.
        generator: Name of the generator to export, "A2B" or "G".
        directions: What is compared with the truth, each on the same things.
        title: Heads the report.
        trained: What was trained, the beginning of a sentence: "A CycleGAN generator".
        learned_from: What it was trained on, the end of that sentence.
        truth: What the directions have in common, such as "true Twemoji".
        compared: Which images the distances are of.
        losses: The lines of the chart: for each the losses in the log that it adds up.
        credits: Who drew the images, and under which licences.
        runs: Options of `edgegan run` that a reader would try next.
        own_data: How to train on images of one's own.
    """

    config: TrainingConfig
    data: TrainingData
    generator: str
    directions: Sequence[Direction]
    title: str
    trained: str
    learned_from: str
    truth: str
    compared: str
    losses: Mapping[str, Sequence[str]]
    credits: str
    runs: Sequence[str]
    own_data: str


def require_embedded(config: TrainingConfig, spec: str) -> None:
    """Refuse settings that are not a demo's.

    Raises:
        UsageError: other data than `spec`, or no step at all.
    """
    if data_specs(config) != (spec,) or config.train.steps < 1:
        raise UsageError(
            f"The demo trains on the embedded emoji ({spec}) for at least one step; for other "
            f"data use edgegan train {config.generator.family} --data ..."
        )
