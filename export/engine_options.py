"""What TensorRT engines can be built with, beside the network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from edgegan.errors import UsageError, unknown_name

EngineTarget = Literal["tensorrt", "tensorrt-rtx"]
Hardware = Literal["none", "same-cc", "ampere+"]
ENGINES: tuple[EngineTarget, ...] = get_args(EngineTarget)


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """How to build an engine.

    Attributes:
        compute_capabilities: Of tensorrt-rtx: the GPU generations that the engine will run
            on, such as "8.6"; empty takes RTX 30xx (8.6), 40xx (8.9) and 50xx (12.0).
            TensorRT builds for the GPU of this machine.
        optimization_level: 0 (fast build) to 5 (searches longest); None: TensorRT's default.
        workspace_bytes: Of tensorrt: scratch memory that a layer may take; None: half of
            the memory that is free.
        batches: The least, usual and largest batch; None: the one batch of the ONNX.
        dla_core: Of tensorrt: the deep learning accelerator to run on; what it cannot
            run goes to the GPU.
        version_compatible: Of tensorrt: whether later releases of the same major version
            run the engine, too.
        hardware: Of tensorrt: other GPUs that run the engine, too: those of the same
            compute capability, or of Ampere and later.
        refit: Of tensorrt: whether its weights can be replaced.
    """

    compute_capabilities: tuple[str, ...] = ()
    optimization_level: int | None = None
    workspace_bytes: int | None = None
    batches: tuple[int, int, int] | None = None
    dla_core: int | None = None
    version_compatible: bool = False
    hardware: Hardware = "none"
    refit: bool = False

    def flags(self) -> str:
        """Write them as options of `edgegan export`, with a leading space; "" for none."""
        given = {
            "--compute-capability": ",".join(self.compute_capabilities),
            "--opt-level": self.optimization_level,
            "--workspace": self.workspace_bytes,
            "--dynamic": ":".join(map(str, self.batches)) if self.batches else "",
            "--dla": self.dla_core,
            "--hw-compat": "" if self.hardware == "none" else self.hardware,
        }
        valued = [f" {flag} {value}" for flag, value in given.items() if value not in ("", None)]
        switches = {"--version-compatible": self.version_compatible, "--refit": self.refit}
        return "".join([*valued, *(f" {flag}" for flag, on in switches.items() if on)])


def engine_record(target: str, options: EngineOptions) -> dict[str, Any]:
    """Write down how an engine is built, as a manifest's `options` keep it."""
    if target not in ENGINES:
        return {}
    record: dict[str, Any] = json.loads(json.dumps(asdict(options)))  # lists, as when read again
    return {"engine": record}


def check_engine_options(target: str, options: EngineOptions) -> None:
    """Refuse options that the target does not have, or values that it cannot take.

    Raises:
        UsageError: telling which.
    """
    foreign = _OF_TENSORRT if target != "tensorrt" else _OF_RTX
    if target not in ENGINES:
        foreign = {**_OF_TENSORRT, **_OF_RTX, **_OF_BOTH}
    for name, flag in foreign.items():
        if getattr(options, name) != getattr(EngineOptions(), name):
            raise UsageError(f"{flag} is not for the target {target}; leave it out.")
    level = options.optimization_level
    if level is not None and not 0 <= level <= 5:
        raise UsageError(f"--opt-level is {level}; it goes from 0 to 5.")
    if options.hardware not in get_args(Hardware):
        raise unknown_name("hardware compatibility", options.hardware, get_args(Hardware))
    if options.dla_core is not None and options.dla_core < 0:
        raise UsageError(f"--dla is {options.dla_core}; the first core is 0.")


def parse_batches(text: str) -> tuple[int, int, int]:
    """Read "1:4:8", the least, usual and largest batch.

    Raises:
        UsageError: it is something else, or the three do not rise.
    """
    parts = text.split(":")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        least, usual, most = (int(part) for part in parts)
        if 1 <= least <= usual <= most:
            return least, usual, most
    raise UsageError(
        f"--dynamic is {text!r}; expected the least, usual and largest batch, such as 1:4:8."
    )


def parse_bytes(text: str) -> int:
    """Read an amount of memory: bytes, or a number with K, M or G (powers of 1024).

    Raises:
        UsageError: it is neither.
    """
    number = text.strip().upper().removesuffix("B").removesuffix("I")
    factor = {"K": 2**10, "M": 2**20, "G": 2**30}.get(number[-1:], 1)
    digits = number.rstrip("KMG")
    try:
        amount = round(float(digits) * factor)
    except ValueError:
        amount = 0
    if amount < 1:
        raise UsageError(f"{text!r} is no amount of memory; expected such as 512M or 2G.")
    return amount


_OF_RTX = {"compute_capabilities": "--compute-capability"}
_OF_BOTH = {"optimization_level": "--opt-level", "batches": "--dynamic"}
_OF_TENSORRT = {
    "workspace_bytes": "--workspace",
    "dla_core": "--dla",
    "version_compatible": "--version-compatible",
    "hardware": "--hw-compat",
    "refit": "--refit",  # TensorRT-RTX 1.7 asks for a GPU to build such an engine
}
