"""What does a call of an engine cost over the backend alone?

    python benchmarks/call_overhead.py

The generator of 64 filters and 6 blocks at 64x64, in every form that can be run here. In one
process, runs by hand, `Engine.run(x, out)` and `engine(image)` (uint8 in, uint8 out) take turns
in short rounds; the ratio is that of `edgegan.runtime.comparison`, over the rounds.

Exit code 5 if `run` costs 5 % or more.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from math import exp
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import numpy as np
from raw_backends import open_raw, random_image, write_files

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.images import to_uint8
from edgegan.runtime.bench_report import describe
from edgegan.runtime.engine import load
from edgegan.runtime.environment import capture
from edgegan.runtime.rank_intervals import paired_shift

BAR = 1.05
COLUMNS = ("file", "by hand, p50 ms", "run(x, out) [95% CI]", "engine(image) [95% CI]")


def main() -> int:
    """Build the files, time the three ways, and print their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5, help="in each round")
    arguments = parser.parse_args()
    for line in describe(capture()):
        console.result(line)
    rows, missed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for path in write_files(Path(folder)):
            ways = _ways(path, arguments.threads)
            rounds = _rounds(ways, arguments.rounds, arguments.runs)
            ratios = [_ratio(rounds[0], other) for other in rounds[1:]]
            missed |= ratios[0][0] >= BAR
            cells = (f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in ratios)
            rows.append((path.name, f"{median(rounds[0]):.2f}", *cells))
    console.table(COLUMNS, rows)
    return 5 if missed else 0


def _ways(path: Path, threads: int) -> list[Callable[[], object]]:
    raw, engine = open_raw(path, threads), load(path, threads=threads)
    x = random_image()
    out, image = np.empty_like(x), to_uint8(x[0])
    return [lambda: raw(x, out), lambda: engine.run(x, out), lambda: engine(image)]


def _rounds(ways: list[Callable[[], object]], rounds: int, runs: int) -> list[list[float]]:
    """Time the ways in turns; return the median of each round, ms."""
    medians: list[list[float]] = [[] for _ in ways]
    for turn in range(rounds + 1):
        for place in range(len(ways)):
            which = (turn + place) % len(ways)
            medians[which].append(_median_ms(ways[which], runs))
    return [one[1:] for one in medians]  # the first round warms up


def _median_ms(way: Callable[[], object], runs: int) -> float:
    way()  # another one ran before
    times = []
    for _ in range(runs):
        start = perf_counter_ns()
        way()
        times.append(perf_counter_ns() - start)
    return median(times) / 1e6


def _ratio(by_hand: list[float], other: list[float]) -> tuple[float, float, float]:
    shift = paired_shift(np.log(other) - np.log(by_hand))
    assert shift is not None  # there are enough rounds
    return exp(shift.estimate), exp(shift.low), exp(shift.high)


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
