"""A benchmark's report as JSON (keys settled), as a table, and in words."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgegan.runtime.bench_result import BenchReport, BenchResult
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import EngineInfo
from edgegan.runtime.environment import Environment
from edgegan.runtime.machine_state import MachineState

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
        "state": {"before": asdict(report.before), "after": asdict(report.after)},
        "settings": {**asdict(report.settings), "scenario": str(report.settings.scenario)},
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
        for note in (
            *_scenario_notes(result),
            *_energy_notes(result),
            *_layer_notes(result),
            *result.flags,
        )
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


def describe_state(before: MachineState, after: MachineState) -> list[str]:
    """Say how clocks, temperatures and load changed, as far as they can be read."""
    words = []
    if before.clock_mhz and after.clock_mhz:
        words.append(f"clock {before.clock_mhz:.0f} -> {after.clock_mhz:.0f} MHz")
    words += [
        f"{name} {before.temperature_c[name]:.0f} -> {after.temperature_c[name]:.0f} \u00b0C"
        for name in before.temperature_c.keys() & after.temperature_c.keys()
    ]
    if before.load_average is not None and after.load_average is not None:
        words.append(f"load average {before.load_average:.2f} -> {after.load_average:.2f}")
    return [f"before -> after: {', '.join(words)}"] if words else []


def method(settings: BenchSettings) -> str:
    """Say in a few sentences how it was measured."""
    timed = "one call, host array to host array"
    if settings.stages == "e2e":
        timed = "one call from uint8 images to uint8 images, with what stands around the network"
    return (
        f"Each artifact ran in a process of its own, in turns of {settings.rounds} rounds; at "
        f"least {settings.min_iters} runs and {settings.min_time_s:g} s after at least "
        f"{settings.warmup_runs} runs and {settings.warmup_time_s:g} s of warm-up, on real "
        f"images ({settings.images}), scenario {settings.scenario}. A time is {timed}. No sample "
        "was thrown away. Percentiles need 64 (p90), 130 (p95) and 662 (p99) samples."
    )


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
        "gpu": result.gpu,
        "delegate": asdict(info.delegate) if info.delegate else None,
        **asdict(result.latency),
        "throughput_per_s": result.throughput_per_s,
        "first_ms": result.first_ms,
        "load_ms": info.load_ms,
        "stages": asdict(result.stages),
        "memory": result.memory,
        "energy": asdict(result.energy) if result.energy else None,
        "missed": result.missed,
        "sustained": asdict(result.sustained) if result.sustained else None,
        "layers": _layers_json(result),
        "output_sha256": result.output_sha256,
        "valid": result.valid,
        "flags": list(result.flags),
        "rounds": [asdict(one) for one in result.rounds],
    }


def _layers_json(result: BenchResult) -> dict[str, Any] | None:
    if result.layers is None:
        return None
    return {
        "sum_ms": result.layers.sum_ms,
        "net_ms": result.stages.net_ms,
        **asdict(result.layers),
    }


def _scenario_notes(result: BenchResult) -> list[str]:
    found = [f"times are of batches of {result.batch} images"] if result.batch > 1 else []
    if result.missed:
        frames = result.missed + result.latency.n
        share = result.missed / frames
        found.append(f"{result.missed} of {frames} frames missed ({share:.1%})")
    if result.sustained:
        part = result.sustained
        found.append(
            f"last {part.window_s:.0f} s against the first: {part.last_ms:.2f} ms against "
            f"{part.first_ms:.2f} ms, ratio {part.ratio:.3f}"
        )
    return found


def _energy_notes(result: BenchResult) -> list[str]:
    use = result.energy
    if use is None:
        return []
    net = "" if use.net_mj_per_image is None else f", {use.net_mj_per_image:.1f} above idling"
    return [f"{use.gross_mj_per_image:.1f} mJ an image{net} ({use.rail})", *use.flags]


def _layer_notes(result: BenchResult) -> list[str]:
    times = result.layers
    if times is None:
        return []
    if times.note:
        return [f"layers: {times.note}"]
    largest = ", ".join(f"{op} {ms:.2f} ms" for op, _, ms in times.by_op()[:5])
    share = times.sum_ms / result.stages.net_ms
    return [
        f"{len(times.layers)} layers take {times.sum_ms:.2f} ms with the profiler on, {share:.0%} "
        f"of the network's median without: {largest}"
    ]


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
