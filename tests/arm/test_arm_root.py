"""scripts/arm_root.sh: what it leaves alone. What it makes is used by test_arm64.py."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT

BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_a_folder_of_somebody_else_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "folder/mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    for there in (mine.parent, mine):
        assert "is there, and not made by this script" in complaint(there)
    (mine.parent / "made-by-arm_root").touch()
    assert "This needs Debian" in complaint(mine.parent)
    assert mine.read_text() == "mine"


def complaint(folder: Path) -> str:
    """Run it without the tools that it needs, so that it can remove and fetch nothing."""
    command = [str(BASH), str(ROOT / "scripts/arm_root.sh"), sys.executable, str(folder)]
    nowhere = {"PATH": "/nowhere"}
    done = subprocess.run(command, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr
