"""Can this machine do what is wanted of it, and if not, what mends it?

A target has groups of checks that it needs, and groups that only help it: what those miss is
told, but does not stand in the way. Every target needs the machine and the base packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from edgegan.errors import unknown_name
from edgegan.runtime.checks import Check
from edgegan.runtime.gpu_checks import cuda_check, driver_check, tensorrt_check
from edgegan.runtime.jetson import read_jetson
from edgegan.runtime.machine_checks import jetson_checks, machine_checks
from edgegan.runtime.package_checks import legacy_keras_check, package_checks, trial_check

_BASE = ("machine", "jetson", "base")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a target needs, and what helps it: names of groups."""

    needs: tuple[str, ...]
    helps: tuple[str, ...] = ()


TARGETS = {
    "tflite": Target(needs=("tflite", "litert")),
    "onnx": Target(needs=("onnx", "onnxruntime")),
    "openvino": Target(needs=("openvino packages", "openvino")),
    "tensorrt": Target(needs=("tensorrt packages", "tensorrt", "driver", "cuda")),
    # Engines for it are built without a GPU.
    "tensorrt-rtx": Target(
        needs=("tensorrt-rtx packages", "tensorrt-rtx"), helps=("driver", "cuda")
    ),
    "train": Target(needs=("train", "keras", "tensorflow"), helps=("driver",)),
    "export": Target(
        needs=("export", "keras", "tensorflow", "litert", "onnxruntime"),
        helps=("tensorrt-rtx packages", "tensorrt-rtx"),
    ),
}
ALIASES = {"litert": "tflite", "trt": "tensorrt", "engine": "tensorrt", "rtx": "tensorrt-rtx"}
_SLOW = ("tensorflow",)  # takes seconds, so only where it is asked for


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        target: What was asked about; None is everything.
        checks: All of them, each once.
        missing: By target, the names of the checks that keep it from working.
    """

    target: str | None
    checks: tuple[Check, ...]
    missing: dict[str, tuple[str, ...]]


def diagnose(target: str | None = None, root: Path = Path("/")) -> Diagnosis:
    """Look at everything that `target` needs.

    Args:
        target: One of `TARGETS` or `ALIASES`; None looks at all of them, but leaves out
            what takes long.
        root: The folder that stands for /, as far as files of the system are read.

    Raises:
        UsageError: there is no such target.
    """
    name = None if target is None else ALIASES.get(target, target)
    if name is not None and name not in TARGETS:
        raise unknown_name("target", name, (*TARGETS, *ALIASES))
    chosen = TARGETS if name is None else {name: TARGETS[name]}
    skipped = _SLOW if name is None else ()
    wanted = [*_BASE, *(g for one in chosen.values() for g in (*one.needs, *one.helps))]
    groups = _groups(root)
    found = {g: groups[g]() for g in dict.fromkeys(wanted) if g not in skipped}
    needed = {g for one in chosen.values() for g in (*_BASE, *one.needs)}
    return Diagnosis(
        target=name,
        checks=_once(
            check if group in needed else _helpful(check)
            for group, checks in found.items()
            for check in checks
        ),
        missing={
            title: tuple(dict.fromkeys(_missing(found, (*_BASE, *one.needs))))
            for title, one in chosen.items()
        },
    )


def _groups(root: Path) -> dict[str, Callable[[], tuple[Check, ...]]]:
    jetson = read_jetson(root)
    return {
        "machine": partial(machine_checks, root),
        "jetson": lambda: jetson_checks(jetson) if jetson else (),
        "base": partial(package_checks, ""),
        "tflite": partial(package_checks, "tflite"),
        "litert": lambda: (trial_check("litert", "tflite"),),
        "onnx": partial(package_checks, "onnx"),
        "onnxruntime": lambda: (trial_check("onnxruntime", "onnx"),),
        "openvino packages": partial(package_checks, "openvino"),
        "openvino": lambda: (trial_check("openvino", "openvino"),),
        "tensorrt packages": partial(package_checks, "tensorrt", without=("tensorrt",)),
        "tensorrt": lambda: (tensorrt_check(root),),
        "tensorrt-rtx packages": partial(package_checks, "tensorrt-rtx"),
        "tensorrt-rtx": lambda: (trial_check("tensorrt-rtx", "tensorrt-rtx"),),
        "driver": lambda: (driver_check(),),
        "cuda": lambda: (cuda_check(root),),
        "train": partial(package_checks, "train"),
        "export": partial(package_checks, "export"),
        "keras": lambda: (legacy_keras_check(),),
        "tensorflow": lambda: (trial_check("tensorflow", "train"),),
    }


def _missing(found: dict[str, tuple[Check, ...]], groups: Iterable[str]) -> Iterable[str]:
    for group in groups:
        yield from (check.name for check in found.get(group, ()) if check.status == "missing")


def _helpful(check: Check) -> Check:
    """Turn what is missing into a note, where it is not needed."""
    return replace(check, status="note") if check.status == "missing" else check


def _once(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple({check.name: check for check in checks}.values())
