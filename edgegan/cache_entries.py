"""What is in EdgeGAN's cache, and how to shrink it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.cache_folder import cache_folder

_BESIDE = (".json", ".lock")  # tell of an entry, or guard it


@dataclass(frozen=True, kw_only=True)
class CacheEntry:
    """One thing that can be made again.

    Attributes:
        path: The file.
        kind: The folder that it is in, such as "engines".
        about: What it is; its file name where nothing tells.
        size_bytes: With what belongs to it.
        used: When it was last used, seconds since 1970.
    """

    path: Path
    kind: str
    about: str
    size_bytes: int
    used: float


def cache_entries() -> list[CacheEntry]:
    """List what is in the cache, the last used first."""
    root = cache_folder("")
    files = sorted(path for path in root.glob("*/*") if path.is_file())
    entries = [_entry(path) for path in files if path.suffix not in _BESIDE]
    return sorted(entries, key=lambda entry: entry.used, reverse=True)


def to_prune(
    entries: Sequence[CacheEntry],
    max_bytes: int | None = None,
    older_than_days: float | None = None,
    kinds: Iterable[str] = (),
) -> list[CacheEntry]:
    """Choose what to remove: the least recently used first.

    Args:
        entries: What there is, the last used first.
        max_bytes: What all that stays may take; None: any; 0: nothing stays, be it empty.
        older_than_days: What was not used for so long goes; None: nothing for its age.
        kinds: Those that are looked at; none given: all.
    """
    chosen = [entry for entry in entries if entry.kind in kinds] if kinds else list(entries)
    oldest = None if older_than_days is None else time.time() - older_than_days * 86400
    gone, kept = [], 0
    for entry in chosen:
        too_old = oldest is not None and entry.used < oldest
        too_much = max_bytes is not None and kept + entry.size_bytes > max_bytes
        too_much |= max_bytes == 0  # marks have no bytes
        if too_old or too_much:
            gone.append(entry)
        else:
            kept += entry.size_bytes
    return gone


def remove(entries: Iterable[CacheEntry]) -> None:
    """Remove entries, with what belongs to them."""
    for entry in entries:
        for path in (entry.path, *_beside(entry.path)):
            path.unlink(missing_ok=True)


def _entry(path: Path) -> CacheEntry:
    stat = path.stat()
    beside = [one for one in _beside(path) if one.is_file()]
    return CacheEntry(
        path=path,
        kind=path.parent.name,
        about=_about(path),
        size_bytes=stat.st_size + sum(one.stat().st_size for one in beside),
        used=stat.st_mtime,
    )


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_suffix(".json"), path.with_name(f"{path.name}.lock")


def _about(path: Path) -> str:
    try:
        return str(json.loads(path.with_suffix(".json").read_text())["about"])
    except (OSError, ValueError, KeyError, TypeError):
        return path.name
