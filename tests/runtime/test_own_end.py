from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import edgegan
from edgegan.runtime.guarded_load import trial_command

ROOT = Path(edgegan.__file__).parents[1]


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file that reading does not come to an end with: a pipe that nobody writes to."""
    path = tmp_path / "endless.onnx"
    os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_trial_ends_when_its_time_is_over(endless: Path) -> None:
    start = time.monotonic()
    command = trial_command(endless, "inspect", "cpu", time_limit_s=-1)  # so 4 s
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Timeout" in done.stderr
    assert time.monotonic() - start > 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends it with its parent")
@pytest.mark.parametrize("seconds", [0, 4])
def test_a_trial_ends_with_its_parent(endless: Path, seconds: int) -> None:
    trial = trial_command(endless, "inspect", "cpu", time_limit_s=300)
    code = (
        "import os, subprocess, time\n"
        f"command = {trial}\n"
        "subprocess.Popen([*command[:-1], str(os.getpid())])\n"
        f"time.sleep({seconds})\n"
    )
    # The trial has the same stdout, so that its end is waited for as well.
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "")
