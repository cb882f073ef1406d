from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegan.export.timing_cache import save_timing_cache, timing_cache_path, use_timing_cache
from edgegan.runtime.cuda import Device


class Cache:
    """Holds lines; `serialize` and the constructor are each other's inverse."""

    def __init__(self, content: bytes) -> None:
        self.lines = set(content.split())

    def combine(self, other: Cache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.lines |= other.lines
        return True

    def serialize(self) -> bytes:
        return b" ".join(sorted(self.lines))


class Config:
    """A configuration that refuses caches with the line "old"."""

    def __init__(self) -> None:
        self.cache = Cache(b"")

    def create_timing_cache(self, content: bytes) -> Cache:
        return Cache(content)

    def set_timing_cache(self, cache: Cache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        if b"old" in cache.lines:
            return False
        self.cache = cache
        return True

    def get_timing_cache(self) -> Cache:
        return self.cache


def test_one_file_for_each_release_and_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", "/c")
    gpu = Device(index=0, name="RTX 4090 / D", compute_capability="8.9", integrated=False)
    assert timing_cache_path("10.3.0", gpu) == Path("/c/timing/10.3.0-RTX-4090-D-8.9.cache")


def test_what_was_measured_is_kept_beside_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "timing" / "x.cache"
    first, second = Config(), Config()
    use_timing_cache(first, path)
    use_timing_cache(second, path)
    first.cache.lines.add(b"a")
    second.cache.lines.add(b"b")
    save_timing_cache(first, path)
    save_timing_cache(second, path)
    third: Any = Config()
    use_timing_cache(third, path)
    assert third.cache.lines == {b"a", b"b"}


def test_a_cache_that_does_not_fit_is_left_unused(tmp_path: Path) -> None:
    path = tmp_path / "x.cache"
    path.write_bytes(b"old a")
    config = Config()
    use_timing_cache(config, path)
    assert config.cache.lines == set()
