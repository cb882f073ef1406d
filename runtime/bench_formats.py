"""A benchmark's report in the formats that it is printed and written in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from edgegan.atomic import write_text
from edgegan.runtime.bench_page import page
from edgegan.runtime.bench_report import (
    COLUMNS,
    as_json,
    describe,
    describe_state,
    method,
    notes,
    rows,
)
from edgegan.runtime.bench_result import BenchReport, BenchResult


def json_text(report: BenchReport) -> str:
    """Write all of it as JSON, each sample included."""
    return json.dumps(as_json(report), indent=2) + "\n"


def csv_text(report: BenchReport) -> str:
    """Write a line for each result; a value that was not measured is empty."""
    lines = [_flat(result) for result in report.results]
    buffer = io.StringIO()
    if lines:
        writer = csv.DictWriter(buffer, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return buffer.getvalue()


def markdown(report: BenchReport) -> str:
    """Write the report as a Markdown page."""
    lines = ["# EdgeGAN benchmark", "", f"{report.started}, session {report.session}", ""]
    lines += [f"- {line}" for line in describe(report.environment)]
    lines += [f"- {line}" for line in describe_state(report.before, report.after)]
    lines += ["", *_markdown_table(COLUMNS, rows(report)), ""]
    lines += [f"- {note}" for note in notes(report)]
    return "\n".join([*lines, "", method(report.settings), ""])


# The suffix of the file is also the format's name.
WRITERS: dict[str, Callable[[BenchReport], str]] = {
    "json": json_text,
    "csv": csv_text,
    "md": markdown,
    "html": page,
}


def write_report(folder: Path, report: BenchReport) -> tuple[Path, ...]:
    """Write `bench.json`, `.csv`, `.md` and `.html` into `folder`, each atomically.

    Returns:
        Their paths.
    """
    paths = []
    for suffix, text in WRITERS.items():
        paths.append(folder / f"bench.{suffix}")
        write_text(paths[-1], text(report))
    return tuple(paths)


def _flat(result: BenchResult) -> dict[str, object]:
    latency, info, stages = result.latency, result.info, result.stages
    interval, energy = latency.p50_ci_ms or (None, None), result.energy
    return {
        "artifact": result.artifact,
        "backend": info.backend,
        "backend_version": info.version,
        "device": info.device,
        "precision": info.precision,
        "threads": info.threads,
        "batch": result.batch,
        "n": latency.n,
        "p50_ms": latency.p50_ms,
        "p50_low_ms": interval[0],
        "p50_high_ms": interval[1],
        "p90_ms": latency.p90_ms,
        "p95_ms": latency.p95_ms,
        "p99_ms": latency.p99_ms,
        "min_ms": latency.min_ms,
        "mean_ms": latency.mean_ms,
        "std_ms": latency.std_ms,
        "max_ms": latency.max_ms,
        "throughput_per_s": result.throughput_per_s,
        "missed": result.missed,
        "first_ms": result.first_ms,
        "load_ms": info.load_ms,
        "pre_ms": stages.pre_ms,
        "h2d_ms": stages.h2d_ms,
        "net_ms": stages.net_ms,
        "d2h_ms": stages.d2h_ms,
        "post_ms": stages.post_ms,
        "peak_rss_bytes": result.memory["peak_rss_bytes"],
        "energy_rail": energy.rail if energy else None,
        "energy_mj_per_image": energy.gross_mj_per_image if energy else None,
        "energy_above_idle_mj_per_image": energy.net_mj_per_image if energy else None,
        "valid": result.valid,
        "flags": "; ".join(result.flags),
    }


def _markdown_table(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    lines = [columns, ["---"] * len(columns), *cells]
    return ["| " + " | ".join(line) + " |" for line in lines]
