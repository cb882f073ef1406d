"""What can be exported: targets, their files, and the precisions each has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from edgegan.errors import UsageError, unknown_name
from edgegan.export.engine_options import EngineOptions, check_engine_options

Precision = Literal["fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8"]
ImageType = Literal["float32", "uint8"]
Layout = Literal["nhwc", "nchw"]
# Of ONNX. The default is the newest that every reader of the files takes: ONNX Runtime from
# 1.18, TensorRT from 8.6, OpenVINO; no later one has anything that these networks need. 13 is
# the first whose QuantizeLinear has a scale for each channel. 23 is the last that the oldest
# ONNX Runtime in constraints.txt (1.23) implements whole.
OPSET, OPSETS = 17, range(13, 24)


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
    "tflite": Target(
        suffix=".tflite", precisions=("fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8")
    ),
    "onnx": Target(suffix=".onnx", precisions=("fp32", "fp16", "int8")),
    "tensorrt": Target(suffix=".engine", precisions=("fp32", "fp16", "int8")),
    "tensorrt-rtx": Target(suffix=".rtx", precisions=("fp32", "fp16", "int8")),
}
ALIASES = {
    "litert": "tflite",
    "trt": "tensorrt",
    "engine": "tensorrt",
    "rtx": "tensorrt-rtx",
}
CALIBRATED = ("int8", "int16x8")  # need real images to measure activations on


@dataclass(frozen=True, kw_only=True)
class ExportSpec:
    """One artifact to make: a target at a precision, for one size.

    Attributes:
        target: One of `TARGETS`.
        precision: One that the target has.
        size: (H, W), pixels.
        bake: The choice of domains to fix, such as "Blond_Hair=1,Male=0"; None leaves the
            label open, if there is one.
        batch: Images a call.
        image_type: Of its images: float32 in [-1, 1], or uint8 with the normalisation inside.
        layout: Of its images: "nhwc", channels last, or "nchw", channels first.
        engine: How a TensorRT engine is built; the default for other targets.
        opset: Of the .onnx, or of that from which an engine is built; one of `OPSETS`.
    """

    target: str
    precision: str
    size: tuple[int, int]
    bake: str | None = None
    batch: int = 1
    image_type: str = "float32"
    layout: str = "nhwc"
    engine: EngineOptions = field(default_factory=EngineOptions)
    opset: int = OPSET

    def file_name(self, stem: str) -> str:
        """Name the artifact: `<stem>-<H>x<W>-<precision>.<ext>`.

        What is not as usual belongs to the stem: "G_Blond_Hair_Male0_nchw_batch4".
        """
        height, width = self.size
        if self.bake:
            choice = self.bake.replace("=1", "").replace("=", "")
            stem = f"{stem}_{re.sub('[^A-Za-z0-9]+', '_', choice)}"
        stem += "_uint8" if self.image_type == "uint8" else ""
        stem += "_nchw" if self.layout == "nchw" else ""
        stem += f"_opset{self.opset}" if self.opset != OPSET else ""
        stem += f"_batch{self.batch}" if self.batch != 1 else ""
        if self.engine.batches:
            stem += f"_batch{self.engine.batches[0]}-{self.engine.batches[-1]}"
        return f"{stem}-{height}x{width}-{self.precision}{TARGETS[self.target].suffix}"

    def path(self, folder: Path, stem: str) -> Path:
        """Place the artifact in `folder`."""
        return folder / self.file_name(stem)


def check_spec(spec: ExportSpec) -> None:
    """Refuse what a target cannot have, whichever network it is.

    Raises:
        UsageError: telling what is possible.
    """
    check_precision(spec.target, spec.precision)
    check_form(spec.image_type, spec.layout, spec.opset)
    if spec.layout == "nchw" and spec.target == "tflite":
        raise UsageError(
            "A .tflite has its images as nhwc alone; leave out --layout for it, and export the "
            "other targets by a command of their own."
        )
    check_engine_options(spec.target, spec.engine)
    if spec.engine.batches and spec.batch != 1:
        raise UsageError("--dynamic tells the batches of an engine; leave out --batch.")
    if spec.opset != OPSET and spec.target == "tflite":
        raise UsageError(
            "A .tflite has no opset; leave out --opset for it, and export the other targets by a "
            "command of their own."
        )
    if spec.batch < 1:
        raise UsageError(f"The batch is {spec.batch}; it must be at least 1.")


def check_form(image_type: str, layout: str, opset: int) -> None:
    """Refuse a form that no .onnx can have.

    Raises:
        UsageError: telling what is possible.
    """
    if image_type not in get_args(ImageType):
        raise unknown_name("image type", image_type, get_args(ImageType))
    if layout not in get_args(Layout):
        raise unknown_name("layout", layout, get_args(Layout))
    if opset not in OPSETS:
        raise UsageError(f"The opset is {opset}; it can be {OPSETS[0]} to {OPSETS[-1]}.")


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
