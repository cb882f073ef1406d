from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.container_memory import container_bytes
from edgegan.runtime.offline_batch import available_bytes

MB = 2**20


def write(root: Path, files: dict[str, str | int]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root


def test_the_group_with_the_least_left_counts(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/user.slice/app"
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/app",
            f"{group}/memory.max": "max",
            f"{group}/memory.current": 5 * MB,
            "sys/fs/cgroup/user.slice/memory.max": 100 * MB,
            "sys/fs/cgroup/user.slice/memory.current": 60 * MB,
            "sys/fs/cgroup/user.slice/memory.stat": f"anon 1\ninactive_file {10 * MB}\nfile 3",
        },
    )
    assert container_bytes(root) == 50 * MB
    write(root, {f"{group}/memory.max": 20 * MB})
    assert container_bytes(root) == 15 * MB


def test_a_container_of_version_1(tmp_path: Path) -> None:
    """Its path is that of the host; the mount is its own group."""
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "12:cpu,cpuacct:/docker/ab\n9:memory:/docker/ab\n0::/docker/ab",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": 64 * MB,
            "sys/fs/cgroup/memory/memory.usage_in_bytes": 70 * MB,
            "sys/fs/cgroup/memory/memory.stat": f"inactive_file 1\ntotal_inactive_file {8 * MB}",
        },
    )
    assert container_bytes(root) == 2 * MB
    write(root, {"sys/fs/cgroup/memory/memory.limit_in_bytes": 2**63 - 4096})
    assert container_bytes(root) is None


@pytest.mark.parametrize("text", ["", "0::/", "nonsense", "1:name=systemd:/x\n0::/none"])
def test_without_a_limit_there_is_none(tmp_path: Path, text: str) -> None:
    assert container_bytes(write(tmp_path, {"proc/self/cgroup": text})) is None


@pytest.mark.parametrize(("free_kb", "expected"), [(300, 300 * 1024), (9000, MB)])
def test_the_lesser_of_machine_and_container_is_available(
    tmp_path: Path, free_kb: int, expected: int
) -> None:
    root = write(
        tmp_path,
        {
            "proc/meminfo": f"MemTotal: 1 kB\nMemAvailable:   {free_kb} kB",
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/memory.max": 3 * MB,
            "sys/fs/cgroup/memory.current": 2 * MB,
        },
    )
    assert available_bytes(root) == expected
