"""Which processors need exact int8 kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.int8_sums import int8_sums_overflow


@pytest.mark.parametrize(
    ("machine", "flags", "overflows"),
    [
        ("x86_64", "flags\t\t: fpu avx avx2 fma", True),
        ("x86_64", "flags\t\t: fpu avx2 avx512f avx512_vnni", False),
        ("AMD64", "flags\t\t: fpu avx2 avx_vnni", False),
        ("AMD64", "", True),  # Windows has no such file
        ("aarch64", "Features\t: fp asimd", False),
        ("arm64", "", False),
    ],
)
def test_x86_without_vnni_needs_them(
    machine: str, flags: str, overflows: bool, tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(f"processor\t: 0\n{flags}\n")
    assert int8_sums_overflow(tmp_path, machine) is overflows
