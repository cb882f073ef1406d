"""The memory that a container leaves its programs: limits of Linux control groups.

A container sees the memory of the whole machine in /proc/meminfo, and is killed when it takes more
than its group may. Documentation: kernel.org, Control Group v2 (memory.max, memory.current,
memory.stat) and v1 (memory.limit_in_bytes, memory.usage_in_bytes, memory.stat).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from edgegan.runtime.sysfs import read_int, read_text

_NO_LIMIT = 2**60  # version 1 writes a number beyond all memory
_V1, _V2 = ("memory.limit_in_bytes", "memory.usage_in_bytes"), ("memory.max", "memory.current")


def container_bytes(root: Path = Path("/")) -> int | None:
    """Return what the group of this process, and those around it, let it still take.

    Args:
        root: Of the file system.

    Returns:
        The least of all that have a limit; None if none has.
    """
    left = [
        max(limit - used, 0)
        for folder, (most, now) in _groups(root)
        if (limit := read_int(folder / most)) is not None
        and (used := _used(folder, now)) is not None
    ]
    return min((number for number in left if number < _NO_LIMIT), default=None)


def _groups(root: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Yield the folders of this process's groups, and the names of their files."""
    for line in (read_text(root / "proc/self/cgroup") or "").splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        unified = number == "0" and not controllers
        if not unified and "memory" not in controllers.split(","):
            continue
        mount = root / ("sys/fs/cgroup" if unified else "sys/fs/cgroup/memory")
        inside = PurePosixPath(path.lstrip("/"))
        # In a container the path may be that of the host, and its own group the mount itself.
        for group in (inside, *inside.parents):
            yield mount / group, _V2 if unified else _V1


def _used(folder: Path, now: str) -> int | None:
    """Read what is used, without cached files, which are given back when memory is asked for."""
    used = read_int(folder / now)
    if used is None:
        return None
    statistics = dict(
        line.split(None, 1)
        for line in (read_text(folder / "memory.stat") or "").splitlines()
        if " " in line
    )
    cached = statistics.get("total_inactive_file", statistics.get("inactive_file", "0"))
    return max(used - int(cached), 0)
