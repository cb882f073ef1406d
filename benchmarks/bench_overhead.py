"""Does `edgegan bench --stages net` tell the time that a loop written by hand finds?

    python benchmarks/bench_overhead.py

The generator of 64 filters and 6 blocks at 64x64. A process of `edgegan bench` and one with a
plain loop around the backend take turns in rounds, as the artifacts of a benchmark do; the
ratio is that of `edgegan.runtime.comparison`, over the rounds.

Exit code 5 if the p50 of all runs differ by 2 % or more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from math import exp
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np
from raw_backends import open_raw, random_image, write_files

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.runtime.bench_report import describe
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.bench_worker import Worker
from edgegan.runtime.environment import capture
from edgegan.runtime.rank_intervals import paired_shift

BAR = 0.02
COLUMNS = ("file", "by hand, p50 ms", "bench, p50 ms", "ratio", "of rounds [95% CI]")


def main() -> int:
    """Build the files, time both ways, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    settings = BenchSettings(threads=arguments.threads, rounds=arguments.rounds)
    for line in describe(capture()):
        console.result(line)
    rows, missed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for path in write_files(Path(folder)):
            by_hand, bench = _series(path, settings)
            p50s = [median([x for one in rounds for x in one]) for rounds in (by_hand, bench)]
            ratio = p50s[1] / p50s[0]
            missed |= abs(ratio - 1) >= BAR
            cells = (f"{p50s[0]:.3f}", f"{p50s[1]:.3f}", f"{ratio:.4f}", _rounds(by_hand, bench))
            rows.append((path.name, *cells))
    console.table(COLUMNS, rows)
    return 5 if missed else 0


def _series(
    path: Path, settings: BenchSettings
) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Take turns; return the samples of each round, ms: by hand, and by bench."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    other = context.Process(target=_by_hand, args=(there, path, settings.threads), daemon=True)
    other.start()
    by_hand, bench = [], []
    with Worker(path, settings) as worker:
        worker.open()
        worker.warm_up()
        for turn in range(settings.rounds):
            for way in (0, 1) if turn % 2 else (1, 0):
                if way:
                    bench.append(worker.time_round().samples_ms)
                else:
                    here.send(settings.min_time_s / settings.rounds)
                    by_hand.append(here.recv())
    other.terminate()
    return by_hand, bench


def _by_hand(connection: Connection, path: Path, threads: int) -> None:
    """Run in the other process: what one would write to time a backend."""
    run = open_raw(path, threads)
    x = random_image()
    out = np.empty_like(x)
    for _ in range(10):
        run(x, out)
    while True:
        seconds = connection.recv()
        for _ in range(3):
            run(x, out)
        samples = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            run(x, out)
            samples.append((time.perf_counter() - start) * 1e3)
        connection.send(tuple(samples))


def _rounds(by_hand: list[tuple[float, ...]], bench: list[tuple[float, ...]]) -> str:
    logs = [np.log([median(one) for one in rounds]) for rounds in (by_hand, bench)]
    shift = paired_shift(logs[1] - logs[0])
    if shift is None:
        return "too few rounds"
    return f"{exp(shift.estimate):.4f} [{exp(shift.low):.4f}, {exp(shift.high):.4f}]"


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
