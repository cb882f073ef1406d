"""Are the packages there, in the versions that EdgeGAN asks for, and do they work?"""

from __future__ import annotations

import os

from edgegan.runtime.checks import Check, install
from edgegan.runtime.requirements import Requirement, installed, requirements, satisfies
from edgegan.runtime.trials import TRIALS, attempt

# Packages with the same modules, built otherwise.
_TWINS = {
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime-openvino"),
    "tensorflow": ("tensorflow-cpu",),
}
_TITLES = {
    "litert": "LiteRT",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "tensorflow": "TensorFlow",
    "tensorrt-rtx": "TensorRT-RTX",
}
# What a module says that was built for another NumPy.
_OTHER_NUMPY = ("NumPy 1.x", "multiarray", "dtype size changed", "numpy._core")
_LEGACY = "TF_USE_LEGACY_KERAS"


def package_checks(extra: str, without: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """Look for each package of an extra.

    Args:
        extra: Its name; "" is the base install.
        without: Packages that are looked for in another way.
    """
    asked = requirements(extra)
    if not asked:
        return (
            Check(
                name=f"edgegan[{extra}]" if extra else "edgegan",
                status="missing",  # what it asks for is not known, nor whether it is there
                found="the installed package's metadata does not know it",
                needed="metadata of this version",
                fix="install EdgeGAN again: pip install -e .",
            ),
        )
    return tuple(package_check(one, extra) for one in asked if one.name not in without)


def package_check(requirement: Requirement, extra: str) -> Check:
    """Look for one package, or a twin of it."""
    names = (requirement.name, *_TWINS.get(requirement.name, ()))
    present = [(name, version) for name in names if (version := installed(name))]
    if len(present) > 1:
        return _both_check(present)
    name, version = present[0] if present else (requirement.name, None)
    good = version is not None and satisfies(version, requirement.bounds)
    if version is None:
        fix = install(extra) if extra else "install EdgeGAN again: pip install -e ."
    else:
        fix = f"pip install '{name}{requirement.bounds_text}'"
    return Check(
        name=name,
        status="ok" if good else "missing",
        found=version or "not installed",
        needed=requirement.bounds_text or "any version",
        fix="" if good else fix,
    )


def trial_check(backend: str, extra: str) -> Check:
    """Let a backend of `TRIALS` compute something, or at least be imported."""
    trial = attempt(TRIALS[backend])
    fix = install(extra)
    if any(words in trial.told for words in _OTHER_NUMPY):
        fix = "pip install --upgrade numpy and that package: built for different NumPy versions"
    return Check(
        name=f"{_TITLES[backend]} works",
        status="ok" if trial.worked else "missing",
        found=trial.told,
        needed="to work in a process of its own",
        fix="" if trial.worked else fix,
    )


def legacy_keras_check() -> Check:
    """Look at the variable that makes TensorFlow use Keras 2."""
    value = os.environ.get(_LEGACY)
    good = value in (None, "1", "true", "True")
    return Check(
        name=_LEGACY,
        status="ok" if good else "note",
        found="not set" if value is None else value,
        needed="1 or not set; EdgeGAN sets it to 1 in its own processes",
        fix="" if good else f"unset {_LEGACY}",
    )


def _both_check(present: list[tuple[str, str]]) -> Check:
    """Report packages that write the same files: which of them works is chance."""
    names = [name for name, _ in present]
    return Check(
        name=names[0],
        status="note",
        found=" and ".join(f"{name} {version}" for name, version in present),
        needed="one of them: they overwrite each other's files",
        fix=f"pip uninstall {' '.join(names)}, then install one",
    )
