"""A machine that is not alone: how long runs take on it, simulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROUNDS = 30
RUNS = 6  # in a round
P50_MS = 20.0


def interleaved(
    random: np.random.Generator,
    factors: Sequence[float],
    rounds: int = ROUNDS,
    noise: float = 0.04,
) -> list[list[list[float]]]:
    """Take turns as `bench` does, on one time line of load that all of them meet.

    The logarithm of the load is an AR(1) process, so that runs right after each other are
    alike; on it come bursts of other programs, which last for several runs and only slow
    down, and a few single outliers.

    Args:
        random: The source of all that is random.
        factors: What each artifact takes, of `P50_MS`.
        rounds: How often they take turns.
        noise: Standard deviation of the load's logarithm; the bursts grow with it.

    Returns:
        For each artifact its rounds' samples, ms.
    """
    load = _load(random, rounds * len(factors) * RUNS, noise)
    series: list[list[list[float]]] = [[] for _ in factors]
    for turn in range(rounds):
        first = turn % len(factors)
        for which in [*range(first, len(factors)), *range(first)]:
            now, load = load[:RUNS], load[RUNS:]
            series[which].append((P50_MS * factors[which] * now).tolist())
    return series


def _load(random: np.random.Generator, runs: int, noise: float) -> np.ndarray:
    state, remembered = 0.0, 0.95
    values = np.empty(runs)
    burst = 0
    for run in range(runs):
        state = remembered * state + random.normal(0, noise * (1 - remembered**2) ** 0.5)
        if burst == 0 and random.random() < 0.02:
            burst = int(random.integers(3, 30))
        slowed = 1 + 8 * noise * random.random() if burst else 1.0
        burst = max(burst - 1, 0)
        outlier = 3.0 if random.random() < 0.01 else 1.0
        values[run] = np.exp(state) * slowed * outlier
    return values
