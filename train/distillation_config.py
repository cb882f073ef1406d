"""`DistillationConfig`: how a smaller generator, the student, learns from a finished one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from edgegan.errors import UsageError
from edgegan.train.config_groups import at_least

Direction = Literal["A2B", "B2A"]
Start = Literal["strongest", "random"]
Quantize = Literal["", "tflite", "onnx"]


@dataclass(frozen=True, kw_only=True)
class DistillationConfig:
    """The teacher, and the weights of what a student takes from it.

    StarGAN's classification has its own weight, as ever. The sources of the other losses are in
    edgegan.train.distillation_losses. None of the weights is a paper's: papers weigh other
    losses, or scale them otherwise.

    Attributes:
        teacher: The file of a generator; empty trains without a teacher.
        discriminator: The file of its discriminator, which the student's starts from, and
            whose features `features` compares; empty if there is none.
        direction: Which translation of a CycleGAN the student learns.
        start: "strongest" takes over the teacher's strongest channels
            (edgegan.train.student_start), "random" begins anew.
        target_share: Share of a batch's images to translate that are of the target domain, which
            a CycleGAN should leave as they are; rounded, and at least one is of the source.
            The discriminator does not judge them. They take the place of images of the source.
        adversarial: Weight of the adversarial loss. With 0 no discriminator is trained, and
            nothing is classified: the student only follows its teacher.
        l1: Weight of the L1 distance to the teacher's image.
        features: Weight of the distance in the features of the teacher's discriminator.
        haar: Weight of the distance in the high bands of a Haar transform.
        alignment: Weight of the kernel alignment of inner activations.
        prune: "magnitude:0.8" sets that share of each kernel to 0, "2:4" two of each four
            input channels (edgegan.train.pruning); empty prunes nothing.
        quantize: "tflite" or "onnx" trains for a static int8 file of that kind
            (edgegan.train.quantized_form); empty does not.
    """

    teacher: str = ""
    discriminator: str = ""
    direction: Direction = "A2B"
    start: Start = "strongest"
    target_share: float = 0.0
    adversarial: float = 1.0
    l1: float = 10.0
    features: float = 10.0
    haar: float = 5.0
    alignment: float = 1.0
    prune: str = ""
    quantize: Quantize = ""

    def __post_init__(self) -> None:
        """Refuse weights and shares out of range, with a UsageError."""
        for key in ("adversarial", "l1", "features", "haar", "alignment", "target_share"):
            at_least(f"distillation.{key}", getattr(self, key), 0)
        if self.target_share > 1:
            raise UsageError(
                f"distillation.target_share is {self.target_share}; it must be in [0, 1]."
            )
        if self.prune:
            parse_prune(self.prune)
        if self.prune and self.quantize:
            raise UsageError(
                "distillation.prune and distillation.quantize are both set; do one after the other."
            )


def parse_prune(text: str) -> float | None:
    """Read "magnitude:0.8" as the share of weights to remove, "2:4" as None.

    Raises:
        UsageError: telling the forms.
    """
    if text == "2:4":
        return None
    match = re.fullmatch(r"magnitude:(0?\.\d+)", text)
    if match and 0 < float(match[1]) < 1:
        return float(match[1])
    raise UsageError(
        f"distillation.prune is {text!r}; use 2:4, or magnitude: and the share of weights to "
        "remove, such as magnitude:0.8."
    )
