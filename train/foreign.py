"""What the readers of foreign files give: a generator, and a way to check it.

A reader is a function `(Path, ImportOptions) -> ForeignGenerator`:
`edgegan.train.foreign_torch.read_torch_generator` and
`edgegan.train.foreign_keras.read_keras_generator`. Which one reads a file is decided in
`edgegan.train.foreign_import`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tf_keras as keras

from edgegan.domains import Domain
from edgegan.generator import Family, GeneratorConfig
from edgegan.images import FloatArray

# Images `[N, H, W, C]` and, for StarGAN, labels `[N, c]` (else None) to images, all float32.
Reference = Callable[[FloatArray, FloatArray | None], FloatArray]


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What a file of weights may leave open.

    Attributes:
        family: "cyclegan" or "stargan"; None takes what the tensors tell.
        size: Height and width of the images, pixels; None takes the file's, else that of
            the family's reference (256 for CycleGAN, 128 for StarGAN).
        domains: What the label stands for; None takes the reference's names if the
            number fits, else domain0, domain1, ...
    """

    family: Family | None = None
    size: int | None = None
    domains: tuple[Domain, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class ForeignGenerator:
    """A generator that was read from a foreign file.

    Attributes:
        model: A functional network of Keras's and EdgeGAN's layers only, `[N, H, W, C]` in
            [-1, 1] to the same, with a label `[N, c]` as second input if it is a StarGAN.
            Its input is of static size, which self-test and MACs are taken at.
        config: What describes `model`, so that `build_generator` would make it again; None
            for a graph that no configuration describes.
        framework: Where it comes from, "PyTorch" or "Keras".
        layout: What was recognised, in a few words, such as "resnet_9blocks, instance norm".
        family: Of the generator; the configuration's if there is one.
        reference: Runs the file's weights in the source framework; None where that is not
            at hand.
        note: Why there is no reference; empty if there is one.
    """

    model: keras.Model
    config: GeneratorConfig | None
    framework: str
    layout: str
    family: Family = "cyclegan"
    reference: Reference | None = None
    note: str = ""
