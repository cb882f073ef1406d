"""Whether a baseline can be held against a measurement that is still to be made.

What only the opened artifact tells (its device, its input) is compared after measuring.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegan.errors import UsageError
from edgegan.runtime.bench_file import Measured
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import thread_count
from edgegan.runtime.environment import Environment
from edgegan.runtime.performance_gate import require_alike
from edgegan.runtime.result_pairs import counterparts


def check_alike(
    baseline: Sequence[Measured],
    artifacts: Sequence[Path],
    settings: BenchSettings,
    environment: Environment,
) -> None:
    """Refuse a baseline that lacks an artifact or was measured under other conditions.

    Args:
        baseline: Its results.
        artifacts: What will be measured.
        settings: How.
        environment: Where.

    Raises:
        UsageError: naming what is missing or differs.
    """
    names = [path.name for path in artifacts]
    for name, before in zip(names, counterparts(names, baseline), strict=True):
        if before is None:
            raise UsageError(f"The baseline has no result for {name}.")
        require_alike(name, before.conditions, _planned(settings, environment, before))


def _planned(settings: BenchSettings, environment: Environment, before: Measured) -> dict[str, Any]:
    on_cpu = before.conditions["device"] == "cpu"  # other devices count threads their own way
    return {
        "processor": environment.cpu_model,
        "usable cores": environment.usable_cores,
        "threads": thread_count(settings.threads) if on_cpu else None,
        "backend asked for": settings.backend or "by suffix",
        "scenario": str(settings.scenario),
        "timed stages": settings.stages,
    }
