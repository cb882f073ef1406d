"""What a benchmark found: one artifact's result, and the report of a session."""

from __future__ import annotations

from dataclasses import dataclass

from edgegan.errors import EdgeganError
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.energy import EnergyUse
from edgegan.runtime.engine import EngineInfo
from edgegan.runtime.environment import Environment
from edgegan.runtime.latency import Latency
from edgegan.runtime.layer_times import LayerTimes
from edgegan.runtime.machine_state import MachineState
from edgegan.runtime.sustained import Sustained
from edgegan.runtime.timing import Round


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Medians of what one batch goes through; None where a device copies nothing.

    Attributes:
        pre_ms: uint8 to what the network takes; from end to end, resizing too.
        h2d_ms: Host to device.
        net_ms: The network.
        d2h_ms: Device to host.
        post_ms: What the network gives to uint8.
    """

    pre_ms: float
    h2d_ms: float | None = None
    net_ms: float
    d2h_ms: float | None = None
    post_ms: float


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """One artifact's measurement. Times are of one batch; None is "not measured".

    Attributes:
        batch: Images in one run.
        gpu: The index in `Environment.gpus` of the NVIDIA GPU that it ran on.
        throughput_per_s: Images per second over the timed rounds, measured.
        missed: Frames of a camera that came while another was worked on.
        first_ms: The first inference after opening; of one image where the batch is free.
        memory: `peak_rss_bytes` of the artifact's process, without the decoding of photos;
            `start_rss_bytes` before the artifact was opened, `opened_rss_bytes` before the
            timed runs, and what the engine tells.
        output_sha256: Of what the network gave for the first images.
        flags: What makes the result doubtful; `valid` if there is nothing.
        energy: Of each image, where the machine tells its power.
        sustained: How it went over time, in that scenario.
        layers: Where the time goes, if asked for.
    """

    artifact: str
    info: EngineInfo
    batch: int
    latency: Latency
    rounds: tuple[Round, ...]
    throughput_per_s: float
    missed: int
    first_ms: float
    stages: Stages
    memory: dict[str, int | None]
    output_sha256: str
    flags: tuple[str, ...]
    energy: EnergyUse | None = None
    sustained: Sustained | None = None
    layers: LayerTimes | None = None
    gpu: int | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing makes the result doubtful."""
        return not self.flags


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """All results of one session, and the artifacts that could not run here.

    Attributes:
        session: A name of its own: results of one session took turns.
        started: When, ISO 8601.
        environment: The machine.
        before: Its clocks, temperatures and load before.
        after: And right after the rounds.
        settings: How it was measured.
        results: In the order of the command line.
        failures: Artifacts, and why they did not run.
    """

    session: str
    started: str
    environment: Environment
    before: MachineState
    after: MachineState
    settings: BenchSettings
    results: tuple[BenchResult, ...]
    failures: tuple[tuple[str, EdgeganError], ...]
