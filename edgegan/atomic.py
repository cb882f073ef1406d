"""Atomic writes: an interrupted command leaves the old file, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgegan.errors import EdgeganError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; rename it to `path` if the block succeeds.

    The sibling keeps the suffix, since some writers choose the format by it. Missing
    parent folders are made.

    Raises:
        EdgeganError: the folder cannot be made or written to.
    """
    temporary = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise EdgeganError(
            f"Cannot write {path}: {_reason(path, error)}. Choose a folder that can be written to."
        ) from error
    finally:
        _remove(temporary)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, as UTF-8."""
    write_bytes(path, text.encode())


def ensure_writable(folder: Path) -> None:
    """Fail now rather than after long work if `folder` cannot be written to.

    Raises:
        EdgeganError: the folder cannot be made or written to.
    """
    probe = folder / f".probe-{os.getpid()}"
    with atomic_path(probe) as temporary:
        temporary.touch()
    probe.unlink()


def _reason(path: Path, error: OSError) -> str:
    if os.path.isfile(path.parent):  # the system says "File exists", which is no help
        return f"{path.parent} is not a folder"
    return error.strerror or str(error)


def _flush(path: Path) -> None:
    if path.is_dir():
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    # Not the methods, which raise where a folder cannot be read.
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        path.unlink(missing_ok=True)
