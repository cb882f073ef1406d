"""Reports of benchmarks as JSON, without having measured anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgegan.runtime.bench_file import Measured, measured
from edgegan.runtime.latency import summarize

Rounds = Sequence[Sequence[float]]


def bench_result(rounds_ms: Rounds, artifact: str = "a.tflite", **changes: Any) -> dict[str, Any]:
    """Make one result from its samples, ms."""
    samples = [sample for one in rounds_ms for sample in one]
    latency = summarize(samples)
    result = {
        "artifact": artifact,
        "backend": "litert",
        "backend_version": "2.3.0",
        "device": "cpu",
        "threads": 2,
        "input_shape": [1, 64, 64, 3],
        "batch": 1,
        **vars(latency),
        "throughput_per_s": 1e3 / latency.mean_ms,
        "first_ms": 2 * latency.p50_ms,
        "load_ms": 5.0,
        "memory": {"peak_rss_bytes": 100_000_000},
        "flags": [],
        "rounds": [{"samples_ms": list(one), "wall_s": sum(one) / 1e3} for one in rounds_ms],
    }
    return {**result, **changes}


def bench_content(*results: dict[str, Any], session: str = "s1", **changes: Any) -> dict[str, Any]:
    """Make a report; `changes` go into its environment and its settings."""
    environment = {
        "cpu_model": "Fast 9000",
        "usable_cores": 2,
        "system": "Linux 6",
        "governor": None,
        "jetson": None,
        "nvidia_driver": None,
        "gpus": [],
    }
    settings = {"backend": None, "scenario": "single", "stages": "net", "images": "emoji"}
    return {
        "session": session,
        "environment": {k: changes.get(k, v) for k, v in environment.items()},
        "settings": {k: changes.get(k, v) for k, v in settings.items()},
        "results": list(results),
    }


def result_of(rounds: Rounds, session: str = "s1") -> Measured:
    """Make the only result of a session."""
    return measured(bench_content(bench_result(rounds), session=session))[0]


def two_of_a_session(before: Rounds, after: Rounds) -> tuple[Measured, Measured]:
    """Make the two results of a session, a.tflite and b.tflite."""
    results = bench_result(before), bench_result(after, "b.tflite")
    first, second = measured(bench_content(*results))
    return first, second
