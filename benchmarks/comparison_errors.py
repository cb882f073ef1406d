"""How often is the verdict of `edgegan compare` wrong?

    python benchmarks/comparison_errors.py --folder comparison-errors

60 times a file is compared with itself, where any verdict but "no difference" is wrong, and
60 times with itself slowed down by 10 % of its p50, where any but "slower" is. Both kinds take
turns. Each comparison is one session of `edgegan bench` with its default of 30 rounds, but
shorter, and is one line of results.jsonl in the folder: interrupted, the command goes on there,
unless those lines are of another machine or other settings.

The file is the CycleGAN of the emoji in examples/models, 64x64, int8-dynamic. The slowed engine
waits after each call; it spins, since a sleep of a millisecond takes as long as the system likes.

The command also tells how far apart the p50 of the same file was between the sessions, which is
what `edgegan.runtime.comparison.SESSION_DEVIATION` assumes. Exit code 5 if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median, stdev
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgegan import console
from edgegan.atomic import write_text
from edgegan.cli.native_log import native_log_hidden
from edgegan.images import FloatArray
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_file import measured
from edgegan.runtime.bench_report import as_json
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.bench_subject import Opener
from edgegan.runtime.comparison import compare
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.image_io import NetworkArray

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/models/cyclegan-emoji-A2B.keras"
ARTIFACT = "cyclegan-emoji-A2B-64x64-int8-dynamic.tflite"
SHARE = 0.10
COMPARISONS = 60  # of each kind
# The right verdict of each kind, and how many of 60 have to have it.
RIGHT = {"equal": ("no difference", 55), "slowed": ("slower", 57)}


class SlowedEngine(Engine):
    """Another engine, which then waits for `SHARE` of the median that it had at first."""

    def __init__(self, inner: Engine) -> None:
        """Slow `inner` down."""
        self.info, self.manifest = inner.info, inner.manifest
        self._inner = inner
        self._wait_ns = 0.0
        shape = tuple(side or 1 for side in inner.info.io.inputs[0].shape)
        image = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
        times = [self._time(image) for _ in range(50)]
        self._wait_ns = SHARE * median(times[10:])

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run, then wait."""
        result = self._inner.run(x, out, label)
        end = perf_counter_ns() + self._wait_ns
        while perf_counter_ns() < end:
            pass
        return result

    def close(self) -> None:
        """Free what the inner engine holds."""
        self._inner.close()

    def _time(self, image: FloatArray) -> int:
        start = perf_counter_ns()
        self._inner.run(image)
        return perf_counter_ns() - start


def open_slowed(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an artifact as `load` does, slowed down."""
    return SlowedEngine(load(path, backend, device, threads, trust))


def main() -> int:
    """Make the comparisons that are missing, and print how they went."""
    arguments = _arguments()
    settings = BenchSettings(
        threads=arguments.threads, min_time_s=arguments.min_time, warmup_time_s=0.5
    )
    file = arguments.folder / "results.jsonl"
    done = _read(file, settings)
    artifact = _artifact(arguments.folder)
    kinds = [kind for _ in range(arguments.comparisons) for kind in RIGHT]
    with console.progress("Comparing", len(kinds), start=len(done)) as report:
        for kind in kinds[len(done) :]:
            done.append(_compare(artifact, kind, settings))
            write_text(file, "".join(json.dumps(line) + "\n" for line in done))
            report(len(done), f"{kind}: {done[-1]['verdict']}, {done[-1]['ratio']:.3f}")
    return _summarize(done)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="keeps the file and results")
    parser.add_argument("--comparisons", type=int, default=COMPARISONS, help="of each kind")
    parser.add_argument("--min-time", type=float, default=3.0, help="seconds of timed runs of each")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _artifact(folder: Path) -> Path:
    path = folder / ARTIFACT
    if not path.is_file():
        command = ["export", str(EXAMPLE), "--target", "tflite", "--precision", "int8-dynamic"]
        words = [sys.executable, "-m", "edgegan", *command, "-o", str(folder)]
        subprocess.run(words, check=True)  # in a process of its own, which takes TensorFlow along
    return path


def _read(file: Path, settings: BenchSettings) -> list[dict[str, Any]]:
    """Read the comparisons that were made; it ends the program if they were made otherwise."""
    lines = file.read_text().splitlines() if file.is_file() else []
    done: list[dict[str, Any]] = [json.loads(line) for line in lines]
    for number, line in enumerate(done, start=1):
        wanted = _conditions(settings, capture())
        found = {key: line.get(key) for key in wanted}
        if found != wanted:
            sys.exit(
                f"{file}, line {number}, was measured with {found}, and now it would be {wanted}. "
                "Give these settings again, or another --folder."
            )
    return done


def _conditions(settings: BenchSettings, environment: Environment) -> dict[str, Any]:
    return {
        "cpu": environment.cpu_model,
        "threads": settings.threads,
        "min_time_s": settings.min_time_s,
        "warmup_time_s": settings.warmup_time_s,
        "rounds": settings.rounds,
    }


def _compare(artifact: Path, kind: str, settings: BenchSettings) -> dict[str, Any]:
    openers: list[Opener] = [load, open_slowed if kind == "slowed" else load]
    report = bench([artifact, artifact], settings, openers=openers)
    if report.failures:
        raise report.failures[0][1]
    before, after = measured(as_json(report))
    comparison = compare(before, after)
    return {
        "kind": kind,
        "started": report.started,
        "verdict": comparison.verdict,
        "ratio": comparison.ratio,
        "ratio_ci": [comparison.low, comparison.high],
        "p50_ms": [before.metrics["p50"], after.metrics["p50"]],
        "flags": [*before.flags, *after.flags],
        "load_average": report.before.load_average,
        **_conditions(settings, report.environment),
    }


def _summarize(done: Sequence[dict[str, Any]]) -> int:
    rows, missed = [], False
    for kind, (verdict, least) in RIGHT.items():
        own = [line for line in done if line["kind"] == kind]
        right = sum(line["verdict"] == verdict for line in own)
        needed = math.ceil(len(own) * least / COMPARISONS)
        missed |= right < needed
        halves = [(line["ratio_ci"][1] - line["ratio_ci"][0]) / 2 for line in own]
        ratios = [line["ratio"] for line in own]
        between = f"{min(ratios):.3f} to {max(ratios):.3f}"
        width = f"{median(halves):.2%}"
        rows.append((kind, verdict, f"{right} of {len(own)}", f">= {needed}", between, width))
    columns = ("kind", "right verdict", "had it", "bar", "ratios", "half an interval, median")
    console.table(columns, rows)
    sessions = [math.log(line["p50_ms"][0]) for line in done]
    if len(sessions) > 1:
        console.result(f"p50 between sessions: standard deviation {stdev(sessions):.2%}")
    return 5 if missed else 0


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
