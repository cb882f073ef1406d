"""The repository as the guard tests see it: its files and its pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomli

ROOT = Path(__file__).resolve().parents[1]


def repository_files() -> list[Path]:
    """List what is, or would be, committed, relative to the root; skip without git."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in listed.stdout.splitlines()]
    return [path for path in paths if (ROOT / path).is_file()]


def pyproject() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomli.loads((ROOT / "pyproject.toml").read_text())


def heavy_packages() -> tuple[str, ...]:
    """Name the modules that no light module may load: ruff bans them by the same list."""
    lint = pyproject()["tool"]["ruff"]["lint"]
    return tuple(lint["flake8-tidy-imports"]["banned-module-level-imports"])
