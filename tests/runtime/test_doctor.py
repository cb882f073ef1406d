"""What a target needs, with trials that are quick."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.runtime import nvidia
from edgegan.runtime.doctor import ALIASES, TARGETS, Diagnosis, diagnose
from edgegan.runtime.trials import TRIALS
from tests.runtime.jetson_trees import ORIN_NANO, write_tree


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every trial succeed at once, and no GPU be here."""
    for name in TRIALS:
        monkeypatch.setitem(TRIALS, name, "print('runs')")
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")


def status(found: Diagnosis) -> dict[str, str]:
    return {check.name: check.status for check in found.checks}


def test_a_target_that_works() -> None:
    pytest.importorskip("ai_edge_litert")
    found = diagnose("tflite")
    assert found.missing == {"tflite": ()}
    assert status(found)["ai-edge-litert"] == "ok"
    assert status(found)["LiteRT works"] == "ok"
    assert "NVIDIA driver" not in status(found)


def test_a_target_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRIALS, "litert", "raise ImportError('broken')")
    assert diagnose("tflite").missing == {"tflite": ("LiteRT works",)}


def test_tensorrt_rtx_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRIALS, "tensorrt-rtx", "raise ImportError('broken')")
    assert "TensorRT-RTX works" in diagnose("tensorrt-rtx").missing["tensorrt-rtx"]


def test_engines_need_a_driver_and_building_rtx_does_not() -> None:
    needed, helpful = diagnose("tensorrt"), diagnose("tensorrt-rtx")
    assert "NVIDIA driver" in needed.missing["tensorrt"]
    assert "NVIDIA driver" not in helpful.missing["tensorrt-rtx"]
    assert status(needed)["NVIDIA driver"] == "missing"
    assert status(helpful)["NVIDIA driver"] == "note"


@pytest.mark.parametrize(("alias", "target"), [*ALIASES.items()])
def test_aliases(alias: str, target: str) -> None:
    found = diagnose(alias)
    assert found.target == target
    assert set(found.missing) == {target}


def test_without_a_target_all_are_told_and_nothing_slow_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(TRIALS, "tensorflow", "raise SystemError('it was tried')")
    found = diagnose()
    assert found.target is None
    assert set(found.missing) == set(TARGETS)
    assert "TensorFlow works" not in status(found)
    assert len(found.checks) == len({check.name for check in found.checks})
    assert "NVIDIA driver" in found.missing["tensorrt"]


def test_what_is_asked_for_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRIALS, "tensorflow", "raise SystemError('it was tried')")
    assert "TensorFlow works" in diagnose("train").missing["train"]
    assert "TensorFlow works" in diagnose("export").missing["export"]


def test_the_machine_matters_to_every_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "file" / "cache"))
    assert all("cache folder" in missing for missing in diagnose().missing.values())


def test_a_jetson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = f"usr/lib/python3.{sys.version_info[1]}/dist-packages/tensorrt/__init__.py"
    found = diagnose("trt", write_tree(tmp_path, {**ORIN_NANO, mine: ""}))
    checks = {check.name: check for check in found.checks}
    assert checks["power mode"].found == "MAXN_SUPER"
    assert checks["jetson_clocks"].fix == "sudo jetson_clocks"
    assert "TensorRT" in found.missing["tensorrt"]
    assert checks["TensorRT"].found.startswith("installed in the system")


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Unknown target 'tflit'\. Did you mean 'tflite'\?"):
        diagnose("tflit")
