"""What can be exported: targets, their files, and the precisions each has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgegan.errors import UsageError, unknown_name

Precision = Literal["fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8"]
ImageType = Literal["float32", "uint8"]
Layout = Literal["NHWC", "NCHW"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A kind of artifact.

    Attributes:
        suffix: Of its files.
        precisions: Those it can have, the default first.
    """

    suffix: str
    precisions: tuple[str, ...]


TARGETS = {
    "tflite": Target(suffix=".tflite", precisions=("fp32", "fp16", "int8-dynamic")),
    "onnx": Target(suffix=".onnx", precisions=("fp32",)),
    "tensorrt-rtx": Target(suffix=".rtx", precisions=("fp32",)),
}
ALIASES = {"litert": "tflite", "rtx": "tensorrt-rtx"}


@dataclass(frozen=True, kw_only=True)
class ExportSpec:
    """One artifact to make: a target at a precision, for one size and a batch of 1.

    Attributes:
        target: One of `TARGETS`.
        precision: One that the target has.
        size: (H, W), pixels.
        bake: The choice of domains to fix, such as "Blond_Hair=1,Male=0"; None leaves the
            label open, if there is one.
    """

    target: str
    precision: str
    size: tuple[int, int]
    bake: str | None = None

    def file_name(self, stem: str) -> str:
        """Name the artifact: `<stem>-<H>x<W>-<precision>.<ext>`.

        A baked choice belongs to the stem: "G_Blond_Hair_Male0".
        """
        height, width = self.size
        if self.bake:
            choice = self.bake.replace("=1", "").replace("=", "")
            stem = f"{stem}_{re.sub('[^A-Za-z0-9]+', '_', choice)}"
        return f"{stem}-{height}x{width}-{self.precision}{TARGETS[self.target].suffix}"

    def path(self, folder: Path, stem: str) -> Path:
        """Place the artifact in `folder`."""
        return folder / self.file_name(stem)


def resolve_target(name: str) -> str:
    """Return the target that `name`, which may be an alias, stands for.

    Raises:
        UsageError: it is unknown; the nearest known name is suggested.
    """
    target = ALIASES.get(name, name)
    if target not in TARGETS:
        raise unknown_name("target", name, [*TARGETS, *ALIASES])
    return target


def check_precision(target: str, precision: str) -> None:
    """Refuse a precision that `target` does not have.

    Raises:
        UsageError: with the table of what is possible.
    """
    if precision not in TARGETS[target].precisions:
        table = "; ".join(f"{name}: {', '.join(t.precisions)}" for name, t in TARGETS.items())
        raise UsageError(f"The target {target} has no precision {precision!r}. {table}.")


def parse_size(text: str) -> tuple[int, int]:
    """Read an image size, `256` or `256x512` (height x width), as (H, W).

    Raises:
        UsageError: it is neither.
    """
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() for side in sides):
        raise UsageError(f"The size {text!r} is neither a number nor HxW, such as 256 or 256x512.")
    return int(sides[0]), int(sides[-1])
