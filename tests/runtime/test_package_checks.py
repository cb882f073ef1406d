from __future__ import annotations

import pytest

from edgegan.runtime import package_checks as module
from edgegan.runtime import requirements as requirements_module
from edgegan.runtime.package_checks import (
    legacy_keras_check,
    package_check,
    package_checks,
    trial_check,
)
from edgegan.runtime.requirements import Requirement
from edgegan.runtime.trials import TRIALS

TENSORFLOW = Requirement(name="tensorflow", bounds=((">=", "2.21"), ("<", "2.22")))


def pretend(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    known = {name.replace("_", "-"): version for name, version in versions.items()}
    monkeypatch.setattr(module, "installed", known.get)


@pytest.mark.parametrize(
    ("version", "status", "fix"),
    [
        ("2.21.3", "ok", ""),
        ("2.20.1", "missing", "pip install 'tensorflow>=2.21,<2.22'"),
        ("2.22.0", "missing", "pip install 'tensorflow>=2.21,<2.22'"),
    ],
)
def test_versions(monkeypatch: pytest.MonkeyPatch, version: str, status: str, fix: str) -> None:
    pretend(monkeypatch, tensorflow=version)
    check = package_check(TENSORFLOW, "train")
    assert (check.name, check.found, check.needed) == ("tensorflow", version, ">=2.21,<2.22")
    assert (check.status, check.fix) == (status, fix)


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    check = package_check(TENSORFLOW, "train")
    assert (check.status, check.found) == ("missing", "not installed")
    assert check.fix == "pip install 'edgegan[train]'"
    base = package_check(Requirement(name="rich", bounds=()), "")
    assert (base.needed, base.fix) == ("any version", "install EdgeGAN again: pip install -e .")


def test_a_twin_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, tensorflow_cpu="2.21.0")
    check = package_check(TENSORFLOW, "train")
    assert (check.name, check.status) == ("tensorflow-cpu", "ok")


def test_two_twins_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, onnxruntime="1.32.0", onnxruntime_gpu="1.31.0")
    check = package_check(Requirement(name="onnxruntime", bounds=()), "onnx")
    assert (check.status, check.found) == (
        "note",
        "onnxruntime 1.32.0 and onnxruntime-gpu 1.31.0",
    )
    assert check.fix == "pip uninstall onnxruntime onnxruntime-gpu, then install one"


def test_extras_are_those_of_the_package() -> None:
    assert [check.name for check in package_checks("")] == ["numpy", "pillow", "rich", "typer"]
    assert [check.name for check in package_checks("", without=("pillow",))][1] == "rich"


def test_an_extra_that_the_installed_package_does_not_know() -> None:
    (check,) = package_checks("of-tomorrow")
    assert (check.name, check.status) == ("edgegan[of-tomorrow]", "missing")


def test_without_metadata_nothing_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements_module, "PROJECT", "edgegan-that-nobody-installed")
    for extra in ("", "tensorrt-rtx"):
        (check,) = package_checks(extra)
        assert (check.status, check.fix) == ("missing", "install EdgeGAN again: pip install -e .")


@pytest.mark.parametrize(
    ("code", "status", "found", "fix"),
    [
        ("print('runs')", "ok", "runs", ""),
        ("raise ImportError('no')", "missing", "ImportError: no", "pip install 'edgegan[tflite]'"),
    ],
)
def test_trials(
    monkeypatch: pytest.MonkeyPatch, code: str, status: str, found: str, fix: str
) -> None:
    monkeypatch.setitem(TRIALS, "litert", code)
    check = trial_check("litert", "tflite")
    assert (check.name, check.status, check.found) == ("LiteRT works", status, found)
    assert check.fix == fix


def test_a_package_built_for_another_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "raise ImportError('numpy.core.multiarray failed to import')"
    monkeypatch.setitem(TRIALS, "onnxruntime", code)
    assert "different NumPy versions" in trial_check("onnxruntime", "onnx").fix


@pytest.mark.parametrize(
    ("value", "status", "fix"),
    [(None, "ok", ""), ("1", "ok", ""), ("0", "note", "unset TF_USE_LEGACY_KERAS")],
)
def test_keras_2(monkeypatch: pytest.MonkeyPatch, value: str | None, status: str, fix: str) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    if value is not None:
        monkeypatch.setenv("TF_USE_LEGACY_KERAS", value)
    check = legacy_keras_check()
    assert (check.status, check.fix) == (status, fix)
