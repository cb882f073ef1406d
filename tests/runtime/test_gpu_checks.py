from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from edgegan.errors import MissingRequirement
from edgegan.runtime import gpu_checks, nvidia
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.gpu_checks import (
    cuda_check,
    driver_check,
    tensorrt_check,
    why_no_tensorrt,
)
from edgegan.runtime.requirements import Requirement
from edgegan.runtime.trials import Trial
from tests.runtime.fake_cuda import FakeCudart
from tests.runtime.jetson_trees import ORIN_NANO, write_tree

VENV = "-m venv --system-site-packages .venv, then install EdgeGAN there"
MODULE = "usr/lib/python3.10/dist-packages/tensorrt/__init__.py"
LIBRARY = "usr/lib/aarch64-linux-gnu/libnvinfer.so.10"


@pytest.mark.parametrize(
    ("files", "python", "in_venv", "found", "fix"),
    [
        (MODULE, (3, 10), True, "which this environment hides", f"python3 {VENV}"),
        (MODULE, (3, 10), False, "for another interpreter", "use /usr/bin/python3"),
        (MODULE, (3, 11), True, "but for Python 3.10; this is 3.11", f"python3.10 {VENV}"),
        (MODULE, (3, 9), False, "but for Python 3.10; this is 3.9", f"python3.10 {VENV}"),
        (
            "usr/lib/python3/dist-packages/tensorrt/__init__.py",
            (3, 12),
            True,
            "which this environment hides",
            f"python3 {VENV}",
        ),
        (LIBRARY, (3, 10), True, "not its Python module", "sudo apt install python3-libnvinfer"),
        ("etc/nothing", (3, 10), True, "not installed", "sudo apt install nvidia-jetpack"),
    ],
)
def test_where_tensorrt_hides_on_a_jetson(
    tmp_path: Path,
    files: str,
    python: tuple[int, int],
    in_venv: bool,
    found: str,
    fix: str,
) -> None:
    root = write_tree(tmp_path, {**ORIN_NANO, files: ""})
    told = why_no_tensorrt(root, python, in_venv)
    assert told[0].endswith(found)
    assert told[1] == fix


def test_a_desktop_installs_it_by_pip(tmp_path: Path) -> None:
    assert why_no_tensorrt(tmp_path, (3, 11), True) == (
        "not installed",
        "pip install 'edgegan[tensorrt]'",
    )


@pytest.mark.parametrize(
    ("trial", "status"),
    [
        (Trial(worked=True, told="10.3.0"), "ok"),
        (Trial(worked=True, told="8.5.2"), "missing"),
        (Trial(worked=False, told="ImportError: libnvinfer.so.10"), "missing"),
    ],
)
def test_tensorrt_is_imported_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: Trial, status: str
) -> None:
    monkeypatch.setattr(gpu_checks, "find_spec", lambda name: ModuleSpec(name, None))
    monkeypatch.setattr(gpu_checks, "attempt", lambda code: trial)
    monkeypatch.setattr(gpu_checks, "requirements", lambda extra: (needed(),))
    check = tensorrt_check(tmp_path)
    assert (check.status, check.found, check.needed) == (status, trial.told, ">=10.3")
    assert bool(check.fix) == (status == "missing")


def needed() -> Requirement:
    return Requirement(name="tensorrt", bounds=((">=", "10.3"),))


def test_tensorrt_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_checks, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    mine = f"usr/lib/python3.{sys.version_info[1]}/dist-packages/tensorrt/__init__.py"
    check = tensorrt_check(write_tree(tmp_path, {**ORIN_NANO, mine: ""}))
    assert (check.status, check.fix) == ("missing", f"python3 {VENV}")


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")
    check = driver_check()
    assert check.status == "missing"
    assert check.found == "No NVIDIA driver on this machine (libabsent.so.1 was not found)"


def test_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_checks, "require_device", lambda: None)
    monkeypatch.setattr(gpu_checks, "Cuda", lambda: Cuda(FakeCudart()))
    check = driver_check()
    assert (check.status, check.found) == ("ok", "Fake GPU, compute capability 8.7")


def test_a_driver_without_a_cuda_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_checks, "require_device", lambda: None)
    old = FakeCudart()
    old.fails = {"cudaGetDeviceProperties": 35}
    monkeypatch.setattr(gpu_checks, "Cuda", lambda: Cuda(old))
    check = driver_check()
    assert (check.status, check.found) == ("ok", "a driver with a device")


@pytest.mark.parametrize(
    ("tree", "fix"),
    [(ORIN_NANO, "sudo apt install nvidia-jetpack"), ({}, "pip install nvidia-cuda-runtime")],
)
def test_no_cuda_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, str], fix: str
) -> None:
    def absent() -> None:
        raise MissingRequirement("The CUDA runtime was not found.")

    monkeypatch.setattr(gpu_checks, "open_cudart", absent)
    check = cuda_check(write_tree(tmp_path, tree))
    assert (check.status, check.fix) == ("missing", fix)
