from __future__ import annotations

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from edgegan.runtime import machine_checks
from edgegan.runtime.jetson import read_jetson
from edgegan.runtime.machine_checks import (
    cache_check,
    cpu_check,
    disk_check,
    governor_check,
    jetson_checks,
    memory_check,
    python_check,
    video_check,
)
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, write_tree

Version = namedtuple("Version", "major minor micro")


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    found = python_check()
    assert (found.status, found.needed) == ("ok", ">=3.10")
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 18))
    assert python_check().status == "missing"


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [
        ("MemTotal: 9 kB\nMemAvailable: 8388608 kB\n", "ok", "8.0 GiB"),
        ("MemAvailable: 1048576 kB", "note", "1.0 GiB"),
        ("MemTotal: 9 kB", "note", "unknown"),
    ],
)
def test_memory(tmp_path: Path, text: str, status: str, found: str) -> None:
    write_tree(tmp_path, {"proc/meminfo": text})
    check = memory_check(tmp_path)
    assert (check.status, check.found) == (status, found)


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9, 9, 2**30))
    check = disk_check(tmp_path)
    assert (check.status, check.found) == ("note", "1.0 GiB")


def test_a_cache_folder_is_not_made_to_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "a" / "b"))
    assert cache_check().status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_cache_folder_below_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("")
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "a" / "b"))
    check = cache_check()
    assert (check.status, check.fix) == ("missing", "export EDGEGAN_CACHE=FOLDER")


def test_a_cache_folder_that_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / ("a" * 300)))  # refused even for root
    assert str(tmp_path) in cache_check().found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_folder_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "a"))
    assert cache_check().status == "missing"


@pytest.mark.parametrize(
    ("flags", "machine", "status", "lacks"),
    [
        (("avx", "avx2", "avx_vnni", "amx_bf16"), "x86_64", "ok", "nothing more"),
        (
            ("avx", "avx2"),
            "x86_64",
            "note",
            "avx512_vnni for fast int8; avx512_bf16 for bfloat16 in OpenVINO",
        ),
        (("asimd", "asimdhp", "asimddp"), "aarch64", "ok", "nothing more"),
        (("asimd",), "aarch64", "note", "asimddp for fast int8; asimdhp for float16"),
        ((), "riscv64", "note", "nothing more"),
    ],
)
def test_what_a_cpu_lacks(flags: tuple[str, ...], machine: str, status: str, lacks: str) -> None:
    check = cpu_check(flags, machine)
    assert (check.status, check.needed) == (status, lacks)


@pytest.mark.parametrize(
    ("text", "status"), [("performance", "ok"), ("schedutil", "note"), (None, "ok")]
)
def test_governor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, status: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1}, raising=False)
    path = "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor"
    check = governor_check(write_tree(tmp_path, {path: text} if text else {}))
    assert check.status == status
    assert bool(check.fix) == (status == "note")


@pytest.mark.parametrize(("spec", "status"), [(object(), "ok"), (None, "note")])
def test_video(monkeypatch: pytest.MonkeyPatch, spec: object, status: str) -> None:
    monkeypatch.setattr(machine_checks, "find_spec", {"av": spec}.get)
    assert video_check().status == status


@pytest.mark.parametrize(
    ("tree", "mode", "clocks", "throttling"),
    [
        (ORIN_NANO, "MAXN_SUPER", "off", "none"),
        (AGX_ORIN, "MODE_15W", "on", "none"),
        (NANO, "5W", "off", "CPU-therm at 98.0 C, slowed from 97.0 C"),
        ({"var/lib/nvpmodel/status": "pmode:0003"}, "number 3", "unknown", "none"),
    ],
)
def test_jetsons(
    tmp_path: Path, tree: dict[str, str], mode: str, clocks: str, throttling: str
) -> None:
    compatible = {"proc/device-tree/compatible": "nvidia,tegra234"}
    jetson = read_jetson(write_tree(tmp_path, compatible | tree))
    assert jetson is not None
    found = {check.name: check for check in jetson_checks(jetson)}
    assert [check.found for check in found.values()] == [mode, clocks, throttling]
    assert all(check.status != "missing" for check in found.values())
    assert (found["jetson_clocks"].status == "ok") == (clocks == "on")
