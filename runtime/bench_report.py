"""A benchmark's report as JSON (keys settled), as a table, and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgegan.atomic import write_text
from edgegan.runtime.bench import BenchReport, BenchResult
from edgegan.runtime.engine import EngineInfo
from edgegan.runtime.environment import Environment

COLUMNS = (
    *("artifact", "backend", "precision", "threads", "n", "p50 ms [95% CI]", "p90", "p95", "p99"),
    *("mean +- std", "images/s", "peak MB", "valid"),
)


def as_json(report: BenchReport) -> dict[str, Any]:
    """Turn the report into what `edgegan bench --json` prints."""
    return {
        "session": report.session,
        "started": report.started,
        "environment": asdict(report.environment),
        "settings": asdict(report.settings),
        "results": [_result_json(result) for result in report.results],
        "failures": [
            {"artifact": artifact, "error": str(error), "exit_code": error.exit_code}
            for artifact, error in report.failures
        ],
    }


def rows(report: BenchReport) -> list[list[str]]:
    """Make the table's cells, under `COLUMNS`; a percentile without enough samples is "n/a"."""
    return [_row(result) for result in report.results]


def notes(report: BenchReport) -> list[str]:
    """List what to know of a result, each doubt, and each artifact that could not run."""
    doubts = [
        f"{Path(result.artifact).name}: {note}"
        for result in report.results
        for note in (*_batch_note(result), *result.flags)
    ]
    return doubts + [f"{Path(name).name}: not measured: {error}" for name, error in report.failures]


def describe(environment: Environment) -> list[str]:
    """Say in a few lines where the measurement was made."""
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    load = environment.load_average
    return [
        f"{environment.cpu_model or 'unknown CPU'} ({environment.machine}), "
        f"{environment.usable_cores} of {environment.cores} cores usable",
        f"instruction sets: {' '.join(environment.cpu_flags) or 'unknown'}",
        f"{environment.system}, Python {environment.python}, "
        f"governor {environment.governor or 'unknown'}, "
        f"load average {load[0] if load else 'unknown'} at the start",
        packages,
    ]


def markdown(report: BenchReport) -> str:
    """Write the report as a Markdown page."""
    settings = report.settings
    method = (
        f"Each artifact ran in a process of its own, in turns of {settings.rounds} rounds; at "
        f"least {settings.min_iters} runs and {settings.min_time_s:g} s after at least "
        f"{settings.warmup_runs} runs and {settings.warmup_time_s:g} s of warm-up, on real "
        "images. A time is one call, host array to host array. No sample was thrown away. "
        "Percentiles need 64 (p90), 130 (p95) and 662 (p99) samples."
    )
    lines = ["# EdgeGAN benchmark", "", f"{report.started}, session {report.session}", ""]
    lines += [f"- {line}" for line in describe(report.environment)]
    lines += ["", *_markdown_table(COLUMNS, rows(report)), ""]
    lines += [f"- {note}" for note in notes(report)]
    return "\n".join([*lines, "", method, ""])


def write_report(folder: Path, report: BenchReport) -> tuple[Path, Path]:
    """Write `bench.json` and `bench.md` into `folder`, atomically, and return their paths."""
    paths = folder / "bench.json", folder / "bench.md"
    write_text(paths[0], json.dumps(as_json(report), indent=2) + "\n")
    write_text(paths[1], markdown(report))
    return paths


def _result_json(result: BenchResult) -> dict[str, Any]:
    info = result.info
    return {
        "artifact": result.artifact,
        "backend": info.backend,
        "backend_version": info.version,
        "device": info.device,
        "precision": info.precision,
        "arithmetic": info.arithmetic,
        "threads": info.threads,
        "input_shape": list(info.io.inputs[0].shape),
        "batch": result.batch,
        "delegate": asdict(info.delegate) if info.delegate else None,
        **asdict(result.latency),
        "throughput_per_s": result.throughput_per_s,
        "first_ms": result.first_ms,
        "load_ms": info.load_ms,
        "stages": asdict(result.stages),
        "memory": result.memory,
        "energy": None,
        "valid": result.valid,
        "flags": list(result.flags),
        "rounds": [asdict(one) for one in result.rounds],
    }


def _batch_note(result: BenchResult) -> list[str]:
    return [f"times are of batches of {result.batch} images"] if result.batch > 1 else []


def _row(result: BenchResult) -> list[str]:
    latency, info = result.latency, result.info
    interval = latency.p50_ci_ms
    between = f" [{interval[0]:.2f}, {interval[1]:.2f}]" if interval else ""
    peak = result.memory["peak_rss_bytes"]
    return [
        Path(result.artifact).name,
        info.backend,
        _precision(info),
        str(info.threads),
        str(latency.n),
        f"{latency.p50_ms:.2f}{between}",
        *(_ms(value) for value in (latency.p90_ms, latency.p95_ms, latency.p99_ms)),
        f"{latency.mean_ms:.2f} +- {latency.std_ms:.2f}",
        f"{result.throughput_per_s:.1f}",
        "n/a" if peak is None else f"{peak / 1e6:.0f}",
        "yes" if result.valid else "no",
    ]


def _precision(info: EngineInfo) -> str:
    other = info.arithmetic not in (None, info.precision)
    return f"{info.precision}, {info.arithmetic} floats" if other else info.precision


def _ms(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _markdown_table(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    lines = [columns, ["---"] * len(columns), *cells]
    return ["| " + " | ".join(line) + " |" for line in lines]
