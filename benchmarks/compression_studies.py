"""The tasks whose students `compression_quality.py` compares: teacher, data and settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.settings import read_toml

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES, PRESETS = ROOT / "examples/models", ROOT / "configs"
SCENES = "folder:../shared/data/scenes_forest2glacier"


@dataclass(frozen=True, kw_only=True)
class Study:
    """A teacher's task.

    Attributes:
        data: What is trained and scored on.
        teacher: The generator; None if it has to be named.
        score: What the gain is counted in.
        widths: Of the students.
        preset: That the teacher was trained by, and the plain GAN is.
        plain: What the teacher changed of it, but for whole images, which students see.
        student: Settings of the student.
        reference: What the distances are to; see `edgegan eval`.
    """

    data: str
    teacher: Path | None
    score: str
    widths: tuple[int, ...]
    preset: str
    plain: tuple[str, ...] = ()
    student: tuple[str, ...] = ()
    reference: str = "training"

    @property
    def family(self) -> str:
        """Of the generator: "cyclegan" or "stargan"."""
        return self.preset.partition("-")[0]

    @property
    def settings(self) -> dict[str, Any]:
        """Its own settings, and what its presets say, for JSON."""
        presets = (self.preset, f"{self.family}-distillation")
        return {
            "data": self.data,
            "reference": self.reference,
            "plain": list(self.plain),
            "student": list(self.student),
            "presets": {name: read_toml(PRESETS / f"{name}.toml") for name in presets},
        }


_SCENES = ("generator.downsamplings=2", "discriminator.layers=3", "loss.identity=5.0")
_FAST = "optimizer.learning_rate=5e-4"
STUDIES = {
    "emoji": Study(
        data="emoji",
        teacher=EXAMPLES / "cyclegan-emoji-A2B.keras",
        score="paired_features",
        widths=(12, 8),
        preset="cyclegan-emoji",
        plain=("data.load_size=64",),
        student=("discriminator.layers=2", _FAST),
    ),
    "forest2glacier": Study(
        data=SCENES,
        teacher=None,
        score="kid",
        widths=(12,),
        preset="cyclegan-emoji",
        plain=(*_SCENES, "data.load_size=64"),
        student=(_FAST,),
        reference="all",
    ),
    "emoji-styles": Study(
        data="emoji-styles",
        teacher=EXAMPLES / "stargan-emoji-G.keras",
        score="attribute_success",
        widths=(11,),  # a quarter of the operations
        preset="stargan-emoji",
        student=(
            *("data.preprocess=resize_and_crop", "data.batch_size=8", "discriminator.layers=3"),
            *("discriminator.projection=true", "loss.classification=0.5"),
            "optimizer.learning_rate=4e-4",
        ),
    ),
}
