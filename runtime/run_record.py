"""What a run has made of a folder, so that the same run goes on where it was stopped.

The record lies beside the results, as `.edgegan-run.jsonl`. Its first line is the recipe (what
decides the pictures beside their sources); then each image made has a line, which tells of
which source; of two lines for an image the later counts. Lines are only added, so that saving
takes no longer for many images than for few. A line that was cut off does not count.

Images are written atomically and recorded afterwards, so that what is recorded is whole.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edgegan.atomic import write_text
from edgegan.errors import EdgeganError, UsageError
from edgegan.runtime.image_jobs import Job

RECORD_NAME = ".edgegan-run.jsonl"
SCHEMA = 2
_SAVE_EVERY_S = 2.0  # what a killed run has made since is made again
_HASH = 64  # characters of a SHA-256

# Names and values of what decides the pictures, such as the artifact's SHA-256.
Recipe = Mapping[str, str | None]


class RunRecord:
    """Which images of the folder are made, and of what."""

    def __init__(self, folder: Path, recipe: Recipe, made: dict[str, Any] | None) -> None:
        """Take over what is `made`: by file in `folder`, the source it was made of.

        None begins a new record, in place of what may be there.
        """
        self._folder, self._recipe, self._made = folder, dict(recipe), made or {}
        self._begun = made is not None
        self._waiting: list[str] = []
        self._saved = time.monotonic()

    def holds(self, job: Job) -> bool:
        """Tell whether the job's image is there, made of the source as it is now."""
        made = self._made.get(self._key(job))
        return made is not None and job.destination.is_file() and made == source_stamp(job.source)

    def add(self, job: Job, stamp: Mapping[str, Any]) -> None:
        """Record that the job's image was written.

        Args:
            job: What was done.
            stamp: The `source_stamp` from before the source was read.
        """
        self._made[self._key(job)] = dict(stamp)
        self._waiting.append(_line({"result": self._key(job), **stamp}))
        if time.monotonic() - self._saved >= _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write what is not written yet.

        Raises:
            EdgeganError: it cannot be written.
        """
        path = self._folder / RECORD_NAME
        if not self._begun:
            write_text(path, _line({"schema": SCHEMA, "recipe": self._recipe}))
            self._begun = True
        if self._waiting:
            _append(path, "".join(self._waiting).encode())
            self._waiting.clear()
        self._saved = time.monotonic()

    def _key(self, job: Job) -> str:
        return job.destination.relative_to(self._folder).as_posix()


def open_record(folder: Path, recipe: Recipe, force: bool = False) -> RunRecord:
    """Read the record in `folder`, or begin one.

    Args:
        folder: Where the results go.
        recipe: Of this run.
        force: Begin anew, whatever is there.

    Raises:
        UsageError: what is there was made by another recipe, or is no record.
    """
    path = folder / RECORD_NAME
    if force or not path.is_file():
        return RunRecord(folder, recipe, None)
    found, made = _read(path)
    changed = [name for name in recipe if found.get(name) != recipe[name]]
    if changed:
        what = ", ".join(
            f"{name} {_short(found.get(name))}, now {_short(recipe[name])}" for name in changed
        )
        raise UsageError(
            f"{folder} holds the results of another run ({what}). Choose another folder with -o, "
            "or make all anew with --force."
        )
    return RunRecord(folder, recipe, made)


def recorded_sources(folder: Path) -> dict[str, str]:
    """Tell the name of the source of each result in `folder`; empty where nothing tells."""
    try:
        _, made = _read(folder / RECORD_NAME)
    except UsageError:  # whether there must be one is decided elsewhere
        return {}
    return {result: str(stamp.get("source")) for result, stamp in made.items()}


def source_stamp(source: Path) -> dict[str, Any]:
    """Tell a source from others and from its other versions: name, size, time of change."""
    try:
        status = source.stat()
    except OSError:  # it has vanished, which reading it reports
        return {}
    return {"source": source.name, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _short(value: object) -> str:
    """Shorten a hash to what tells it from others."""
    text = str(value)
    return f"{text[:12]}..." if len(text) == _HASH else text


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":")) + "\n"


def _append(path: Path, lines: bytes) -> None:
    try:
        with path.open("ab+") as file:
            file.seek(-1, os.SEEK_END)
            whole = file.read() == b"\n"
            file.write(lines if whole else b"\n" + lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EdgeganError(
            f"Cannot write {path}: {error.strerror}. Choose a folder that can be written to."
        ) from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        first, *lines = path.read_text(encoding="utf-8").split("\n")
        head = json.loads(first)
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']}")
        return dict(head["recipe"]), _images(lines)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is not a record of a run that this version reads ({error}). "
            "Make all anew with --force, or choose another folder with -o."
        ) from error


def _images(lines: Iterable[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for line in lines:
        try:
            stamp = json.loads(line)
            made[stamp.pop("result")] = stamp
        except (ValueError, KeyError, AttributeError):  # cut off: that image is made again
            continue
    return made
