"""Damage files at random, and see whether loading them can crash or hang a program.

    python -m tests.runtime.fuzz_loading FILE... --mutations 10000

Each damaged copy, without a manifest, is loaded and run once in a worker that may die of it,
within the limits of `edgegan.runtime.load_probe` and of 20 s. A worker that survives goes on
with the next. What killed one, hung, or raised anything but an EdgeganError is then given to
`edgegan.load`, in this process, which must raise an ArtifactError; or load it after all, if it
only took long. The table tells how many went which way; the exit code is 1 if `edgegan.load`
ever did otherwise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import edgegan
from edgegan.console import Report, progress, silent, table
from edgegan.errors import ArtifactError, EdgeganError
from edgegan.runtime.engine import SUFFIX_BACKENDS
from tests.runtime.mutations import mutate

TIME_LIMIT_S = 20.0
WORKER_FILES = 1000  # then a new one, since what libraries leak adds up
KINDS = ("loaded", "refused", "slow", "raised", "crashed", "hung")


@dataclass(kw_only=True)
class Tally:
    """What became of the damaged copies of one file.

    Attributes:
        counts: By kind, one of `KINDS`.
        escaped: What `edgegan.load` should have refused and did not, by seed.
    """

    counts: Counter[str] = field(default_factory=Counter)
    escaped: dict[int, str] = field(default_factory=dict)


def fuzz(source: Path, backend: str, seeds: range, folder: Path, report: Report = silent) -> Tally:
    """Load a damaged copy for each of `seeds`.

    Args:
        source: The sound file.
        backend: What loads it.
        seeds: What `mutate` is given.
        folder: Where copies are written.
        report: Told of each.
    """
    tally = Tally()
    for done, (seed, kind) in enumerate(_outcomes(source, backend, seeds, folder), start=1):
        if kind not in ("loaded", "refused"):
            # Not the worker's copy: a worker that lives is at its next one already.
            path = _damaged(source, seed, folder / "again")
            found = _load(path, backend)
            if (kind, found) == ("hung", "loaded"):  # it only took long
                kind = "slow"
            elif found is not None:
                tally.escaped[seed] = f"{kind}, then {found}"
        tally.counts[kind] += 1
        report(done, f"{source.name} {backend}")
    return tally


def _load(path: Path, backend: str) -> str | None:
    """Load a file as a program would; return what came instead of an ArtifactError."""
    try:
        edgegan.load(path, backend, threads=1).close()
    except ArtifactError:
        return None
    except EdgeganError as error:
        return repr(error)
    return "loaded"


def _outcomes(source: Path, backend: str, seeds: range, folder: Path) -> Iterator[tuple[int, str]]:
    """Yield each seed, and what became of its copy in a worker."""
    context = multiprocessing.get_context("spawn")
    done = 0
    while done < len(seeds):
        ours, theirs = context.Pipe()
        share = seeds[done : done + WORKER_FILES]
        worker = context.Process(target=_work, args=(theirs, source, backend, share, folder))
        worker.start()
        theirs.close()
        ours.recv()  # it has loaded its modules
        for seed in share:
            kind = _answer(ours)
            done += 1
            yield seed, kind
            if kind in ("crashed", "hung"):
                break
        worker.kill()
        worker.join()


def _answer(connection: Connection) -> str:
    if not connection.poll(TIME_LIMIT_S):
        return "hung"
    try:
        return str(connection.recv())
    except EOFError:
        return "crashed"


def _work(connection: Connection, source: Path, backend: str, seeds: range, folder: Path) -> None:
    """Run in the worker: load one copy after the other, and tell how it went."""
    from edgegan.runtime.load_probe import limit_memory, run_once

    for loud in (1, 2):  # libraries complain aloud
        os.dup2(os.open(os.devnull, os.O_WRONLY), loud)
    run_once(source, backend)
    limit_memory(source.stat().st_size)
    connection.send("ready")
    for seed in seeds:
        try:
            run_once(_damaged(source, seed, folder / "first"), backend)
            connection.send("loaded")
        except EdgeganError:
            connection.send("refused")
        except Exception:  # noqa: BLE001 - whatever a library lets through
            connection.send("raised")


def _damaged(source: Path, seed: int, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    path = folder / f"{source.stem}-{seed}{source.suffix}"
    path.write_bytes(mutate(source.read_bytes(), seed))
    return path


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", help="sound .tflite and .onnx files")
    parser.add_argument("--mutations", type=int, default=10_000, help="of each file and backend")
    parser.add_argument("--first", type=int, default=0, help="number of the first, to go on")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.mutations)
    pairs = [(path, name) for path in given.files for name in SUFFIX_BACKENDS[path.suffix]]
    rows, escaped = [], 0
    for path, backend in pairs:
        with tempfile.TemporaryDirectory() as folder:
            title = f"{path.name}, {backend}"
            with progress(title, given.mutations) as report:
                tally = fuzz(path, backend, seeds, Path(folder), report)
        rows.append([title, *(str(tally.counts[kind]) for kind in KINDS), str(len(tally.escaped))])
        escaped += len(tally.escaped)
        for seed, found in tally.escaped.items():
            print(f"{title}, mutation {seed}: {found}", file=sys.stderr)
    table(["file", *KINDS, "escaped"], rows)
    return int(escaped > 0)


if __name__ == "__main__":
    sys.exit(main())
