from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from edgegan.runtime import nvml
from edgegan.runtime.environment import capture, cpu_flags, peak_rss_bytes, rss_bytes
from tests.runtime.fake_nvml import FakeNvml
from tests.runtime.jetson_trees import ORIN_NANO, write_tree


def test_flags_of_x86() -> None:
    text = "processor : 0\nflags\t\t: fpu avx avx2 avx512_vnni avx_vnni f16c fma\nbugs : x\n"
    assert cpu_flags(text) == ("avx", "avx2", "fma", "f16c", "avx512_vnni", "avx_vnni")


def test_flags_of_arm() -> None:
    text = "Features\t: fp asimd evtstrm aes asimdhp asimddp i8mm\nCPU part\t: 0xd0b\n"
    assert cpu_flags(text) == ("asimd", "asimdhp", "asimddp", "i8mm")


def test_no_flags_where_nothing_is_told() -> None:
    assert cpu_flags("") == ()


def test_capture() -> None:
    environment = capture()
    assert environment.usable_cores <= environment.cores == os.cpu_count()
    assert environment.packages["numpy"] == np.__version__
    assert environment.packages["edgegan"] == version("edgegan")
    assert environment.python == sys.version.split()[0]


def test_a_jetson_and_gpus_belong_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {4}, raising=False)
    governor = {"sys/devices/system/cpu/cpu4/cpufreq/scaling_governor": "schedutil\n"}
    tree = {"proc/meminfo": "MemTotal:        7802936 kB\nMemFree: 1 kB\n", **governor, **ORIN_NANO}
    environment = capture(write_tree(tmp_path, tree), FakeNvml())
    assert environment.governor == "schedutil"
    assert environment.cpu_model == ORIN_NANO["proc/device-tree/model"].rstrip("\0")
    assert environment.memory_bytes == 7802936 * 1024
    assert environment.jetson is not None
    assert environment.jetson.board.jetpack == "6.2"
    assert environment.nvidia_driver == "580.95.05"
    assert [gpu.compute_capability for gpu in environment.gpus] == ["8.9"]


def test_a_machine_without_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "_LIBRARY", "libabsent.so.1")
    environment = capture(tmp_path)
    assert (environment.jetson, environment.nvidia_driver, environment.gpus) == (None, None, ())
    assert (environment.memory_bytes, environment.governor) == (None, None)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
def test_peak_memory_is_this_process_s_own() -> None:
    ballast = np.ones(30_000_000)
    code = "from edgegan.runtime.environment import *; print(rss_bytes(), peak_rss_bytes())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    now, peak = map(int, child.stdout.split())  # the peak last: memory may grow between the two
    size = ballast.nbytes
    assert (rss_bytes() or 0) >= size
    del ballast
    own = peak_rss_bytes()
    assert own is not None
    assert own >= size
    assert own >= (rss_bytes() or 0) + size / 2
    assert 0 < now <= peak + 2**20  # Linux counts pages in batches
    assert peak < size
