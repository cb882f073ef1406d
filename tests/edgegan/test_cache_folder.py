from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.cache_folder import cache_folder


def test_the_nearest_wish_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("EDGEGAN_CACHE", raising=False)
    assert cache_folder("features") == Path("/home/me/.cache/edgegan/features")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert cache_folder("features") == Path("/cache/edgegan/features")
    monkeypatch.setenv("EDGEGAN_CACHE", "/mine")
    assert cache_folder("features") == Path("/mine/features")
