"""How artifacts are run and timed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edgegan.errors import UsageError, unknown_name
from edgegan.runtime.scenario import Scenario

STAGES = ("net", "e2e")
EMOJI = "emoji"  # the images that are embedded


@dataclass(frozen=True, kw_only=True)
class BenchSettings:
    """How artifacts are run and timed; the defaults are the protocol's.

    Attributes:
        backend: A key of `BACKENDS`; None takes each suffix's default.
        device: Where the backend runs; None leaves it the choice.
        threads: CPU threads; None takes all that the process may use.
        trust: Whether to load what has no manifest without more ado; see
            `edgegan.runtime.engine.load`.
        min_iters: Timed runs of each artifact, at least.
        min_time_s: Time of the timed runs, at least.
        max_time_s: No run begins after so much time of the rounds, with what they take to
            warm up again, and the result is flagged. The warm-up before ends then, too.
        warmup_runs: Untimed runs before, at least.
        warmup_time_s: Time of the untimed runs, at least.
        rounds: The artifacts take turns that often, so that drift meets all of them. How
            sure a comparison is depends on their number, hardly on their length.
        scenario: How the runs follow each other.
        stages: What a run is: the network alone, from array to array, or end to end, from
            uint8 images to uint8 images.
        images: What the network is fed with: "emoji", a folder of images, or a data set,
            whose testA is taken.
        layers: Also time each layer, where the backend can.
    """

    backend: str | None = None
    device: str | None = None
    threads: int | None = None
    trust: bool = False
    min_iters: int = 100
    min_time_s: float = 10.0
    max_time_s: float = 120.0
    warmup_runs: int = 10
    warmup_time_s: float = 2.0
    rounds: int = 30
    scenario: Scenario = field(default_factory=Scenario)
    stages: str = "net"
    images: str = EMOJI
    layers: bool = False

    def __post_init__(self) -> None:
        """Refuse values that make no measurement.

        Raises:
            UsageError: naming the setting and its value.
        """
        for name, least in (("min_iters", 1), ("rounds", 1), ("threads", 1), ("max_time_s", 0.1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise UsageError(f"{name} is {value}; it must be at least {least}.")
        for name in ("min_time_s", "warmup_time_s", "warmup_runs"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it must not be negative.")
        if self.max_time_s < self.min_time_s:
            raise UsageError(
                f"max_time_s is {self.max_time_s:g}, below min_time_s, {self.min_time_s:g}; "
                "lower the second, or raise the first."
            )
        if self.stages not in STAGES:
            raise unknown_name("choice of stages", self.stages, STAGES)


def settled(settings: BenchSettings) -> BenchSettings:
    """Let the scenario have its say: what is sustained is one long round."""
    scenario = settings.scenario
    if scenario.kind != "sustained" or scenario.number is None:
        return settings
    return replace(
        settings, rounds=1, min_iters=1, min_time_s=scenario.number, max_time_s=scenario.number
    )
