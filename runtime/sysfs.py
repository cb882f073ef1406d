"""Small files in which Linux tells of the machine: /proc, /sys, /etc.

What is absent, unreadable or not what was expected reads as None: no probe may fail on a
machine that its author never saw.
"""

from __future__ import annotations

import re
from pathlib import Path


def read_text(path: Path) -> str | None:
    """Return the text of a file without outer white space and NULs; None if unreadable."""
    try:
        return path.read_text(errors="replace").strip("\0 \t\r\n")
    except OSError:
        return None


def read_int(path: Path) -> int | None:
    """Return the whole number in a file; None if there is none."""
    try:
        return int(read_text(path) or "")
    except ValueError:
        return None


def read_words(path: Path) -> tuple[str, ...]:
    """Return the words of a file, which NULs (as in a device tree) or blanks separate."""
    return tuple((read_text(path) or "").replace("\0", " ").split())


def matching(root: Path, pattern: str) -> list[Path]:
    """List what matches `pattern` below `root`, in the order of the numbers in the names."""
    try:
        return sorted(root.glob(pattern), key=_natural)
    except OSError:
        return []


def _natural(path: Path) -> list[str | int]:
    """Make a key by which hwmon10 comes after hwmon9: text and numbers take turns in it."""
    pieces = re.split(r"(\d+)", str(path))
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
