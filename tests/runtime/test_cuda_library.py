from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from edgegan.errors import MissingRequirement
from edgegan.runtime.cuda_library import open_cudart, places

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names of Linux's libraries")


def put(root: Path, *names: str) -> list[str]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"no library")
    return [str(root / name) for name in names]


def test_packages_come_before_the_system_and_toolkits(tmp_path: Path) -> None:
    site, local = tmp_path / "site-packages", tmp_path / "local"
    packaged = put(
        site, "nvidia/cuda_runtime/lib/libcudart.so.12", "nvidia/cu13/lib/libcudart.so.13"
    )
    toolkits = put(
        local,
        "cuda/lib64/libcudart.so.12",
        "cuda-12.9/targets/aarch64-linux/lib/libcudart.so.12",
        "cuda-12.10/targets/aarch64-linux/lib/libcudart.so.12",
    )
    found = list(places([str(site)], local))
    assert found == [
        packaged[1],
        packaged[0],
        "libcudart.so.13",
        "libcudart.so.12",
        "libcudart.so.11.0",
        "libcudart.so",
        toolkits[0],
        toolkits[2],
        toolkits[1],
    ]


def test_what_cannot_be_loaded_is_passed_over(tmp_path: Path) -> None:
    (bad,) = put(tmp_path, "libcudart.so.13")
    real = next(Path("/lib/").glob("*-linux-gnu/libm.so.6"), None) or shutil.which("libm.so.6")
    if real is None:
        pytest.skip("needs some library to load")
    assert open_cudart(["libabsent.so", bad, str(real)])._name == str(real)


def test_no_library_is_a_missing_requirement() -> None:
    with pytest.raises(MissingRequirement, match="pip install nvidia-cuda-runtime"):
        open_cudart(["libabsent.so"])
