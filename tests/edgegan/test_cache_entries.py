from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from edgegan.cache_entries import cache_entries, remove, to_prune

DAY = 86400


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path))
    for days, name in ((3, "engines/a.engine"), (1, "engines/b.engine"), (2, "features/c.npz")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 100)
        os.utime(path, (time.time() - days * DAY,) * 2)
    (tmp_path / "engines" / "a.json").write_text('{"about": "the first"}')
    (tmp_path / "engines" / "a.engine.lock").touch()
    return tmp_path


def names(found: object) -> list[str]:
    return [entry.path.name for entry in found]  # type: ignore[attr-defined]


def test_entries_are_listed_the_last_used_first() -> None:
    found = cache_entries()
    assert [(entry.kind, entry.about) for entry in found] == [
        ("engines", "b.engine"),
        ("features", "c.npz"),
        ("engines", "the first"),
    ]
    assert [entry.size_bytes for entry in found] == [100, 100, 122]


def test_the_least_recently_used_go_first() -> None:
    found = cache_entries()
    assert names(to_prune(found, max_bytes=200)) == ["a.engine"]
    assert names(to_prune(found, max_bytes=199)) == ["c.npz", "a.engine"]
    assert names(to_prune(found, max_bytes=0)) == ["b.engine", "c.npz", "a.engine"]
    assert names(to_prune(found, older_than_days=1.5)) == ["c.npz", "a.engine"]
    assert names(to_prune(found, older_than_days=1.5, kinds=["engines"])) == ["a.engine"]
    assert to_prune(found) == []


def test_no_bytes_at_all_leave_no_marks_either(folder: Path) -> None:
    (folder / "tried").mkdir()
    (folder / "tried" / "mark").touch()
    assert len(to_prune(cache_entries(), max_bytes=0)) == 4
    assert "mark" not in names(to_prune(cache_entries(), max_bytes=1))


def test_what_belongs_to_an_entry_goes_with_it(folder: Path) -> None:
    remove(to_prune(cache_entries(), older_than_days=2.5))
    left = sorted(path.name for path in folder.glob("*/*"))
    assert left == ["b.engine", "c.npz"]
    remove(cache_entries())  # nothing lies beside these
    assert cache_entries() == []


def test_no_cache_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "gone"))
    assert cache_entries() == []
