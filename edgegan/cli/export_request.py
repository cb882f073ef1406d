"""What `edgegan export` was asked for, in the groups of its help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.export.targets import OPSET


@dataclass(frozen=True)
class Form:
    """Of the files: None and the defaults stand for "nothing said"."""

    precision: str | None
    size: str | None
    batch: int
    image_type: str
    layout: str
    opset: int
    bake: tuple[str, ...]
    preset: str = ""

    def flags(self) -> list[str]:
        """Name the options that were given."""
        given = {
            "--precision": self.precision is not None,
            "--size": self.size is not None,
            "--batch": self.batch != 1,
            "--io": self.image_type != "float32",
            "--layout": self.layout != "nhwc",
            "--opset": self.opset != OPSET,
            "--bake-domain": bool(self.bake),
            "--preset": bool(self.preset),
        }
        return [flag for flag, is_given in given.items() if is_given]


@dataclass(frozen=True)
class Calibrating:
    """How to calibrate; without a spec, not at all."""

    spec: str | None
    count: int
    method: str
    seed: int


@dataclass(frozen=True)
class Checking:
    """How to compare the files."""

    parity: str | None
    min_psnr: float | None
    ladder: bool


@dataclass(frozen=True)
class Writing:
    """Where the files go, and what is said."""

    folder: Path | None
    force: bool
    dry_run: bool
    as_json: bool
