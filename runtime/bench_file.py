"""What `edgegan bench` wrote, read back: the results of one session, ready to be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from edgegan.errors import UsageError

# What can be asked of a result, and where the JSON has it; what is better is less, but for
# throughput.
METRICS = {
    "p50": ("p50_ms",),
    "p90": ("p90_ms",),
    "p95": ("p95_ms",),
    "p99": ("p99_ms",),
    "mean": ("mean_ms",),
    "first": ("first_ms",),
    "load": ("load_ms",),
    "throughput": ("throughput_per_s",),
    "peak_rss": ("memory", "peak_rss_bytes"),
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One artifact's result in a report.

    Attributes:
        artifact: As it was given on the command line.
        session: Names the run of `bench`; within it the rounds were interleaved.
        conditions: What must be equal for two results to be comparable; None is unknown.
        circumstances: What may differ, but is worth a warning.
        round_p50_ms: The median of each round.
        metrics: By the names of `METRICS`, in ms, images/s or bytes; None is not measured.
        flags: What makes the result doubtful.
    """

    artifact: str
    session: str
    conditions: Mapping[str, Any]
    circumstances: Mapping[str, Any]
    round_p50_ms: tuple[float, ...]
    metrics: Mapping[str, float | None]
    flags: tuple[str, ...]

    @property
    def name(self) -> str:
        """The artifact's file name."""
        return Path(self.artifact).name


def read_bench(path: Path) -> tuple[Measured, ...]:
    """Read a bench.json: at least one result, in the order of the command line.

    Raises:
        UsageError: no such file, it is not a report of `edgegan bench`, or has no results.
    """
    try:
        content = json.loads(path.read_text())
        results = measured(content)
    except FileNotFoundError as error:
        raise UsageError(f"The report {path} does not exist.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(
            f"{path} is not a report of edgegan bench ({error!r}). Expected the bench.json that "
            "edgegan bench -o FOLDER writes, or the output of --json."
        ) from error
    if not results:
        raise UsageError(f"{path} has no results: no artifact could run.")
    return results


def measured(content: Mapping[str, Any]) -> tuple[Measured, ...]:
    """Take the results out of a report's JSON (see `edgegan.runtime.bench_report.as_json`)."""
    return tuple(_result(content, result) for result in content["results"])


def _result(content: Mapping[str, Any], result: Mapping[str, Any]) -> Measured:
    environment, settings = content["environment"], content["settings"]
    rounds = [one["samples_ms"] for one in result["rounds"]]
    return Measured(
        artifact=str(result["artifact"]),
        session=str(content["session"]),
        conditions={
            "device": result["device"],
            **_hardware(environment, result.get("gpu")),
            "processor": environment["cpu_model"],
            "usable cores": environment["usable_cores"],
            "threads": result["threads"],
            "input": _shape(result.get("input_shape")),
            "batch": result["batch"],
            "backend asked for": settings["backend"] or "by suffix",
            "scenario": settings.get("scenario"),
            "timed stages": settings.get("stages"),
        },
        circumstances={
            "backend": f"{result['backend']} {result['backend_version']}",
            "system": environment["system"],
            "governor": environment["governor"],
            **_software(environment),
            "images": settings.get("images"),
        },
        round_p50_ms=tuple(float(median(samples)) for samples in rounds),
        metrics={name: _number(result, path) for name, path in METRICS.items()},
        flags=tuple(result["flags"]),
    )


def _hardware(environment: Mapping[str, Any], index: int | None) -> dict[str, Any]:
    """Name the GPU that was used, and a Jetson with its power mode; None is unknown or none."""
    gpus = {one["index"]: one for one in environment.get("gpus", ())}
    gpu, jetson = gpus.get(index, {}), environment.get("jetson") or {}
    mode = jetson.get("power_mode") or {}
    return {
        "GPU": gpu.get("name"),
        "compute capability": gpu.get("compute_capability"),
        "board": (jetson.get("board") or {}).get("model"),
        "power mode": mode.get("name") or mode.get("id"),
    }


def _software(environment: Mapping[str, Any]) -> dict[str, Any]:
    jetson = environment.get("jetson") or {}
    return {
        "NVIDIA driver": environment.get("nvidia_driver"),
        "L4T": (jetson.get("board") or {}).get("l4t"),
        "jetson_clocks": jetson.get("jetson_clocks"),
    }


def _shape(sizes: list[int | None] | None) -> str | None:
    return None if sizes is None else "x".join(str(size or "?") for size in sizes)


def _number(result: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    value: Any = result
    for key in path:
        value = value[key]
    return None if value is None else float(value)
