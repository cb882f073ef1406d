from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.errors import ArtifactError
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_report import notes
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.offline_batch import MOST, available_bytes, largest_batch, memory_watch
from edgegan.runtime.scenario import Scenario
from tests.runtime.engine_openers import LARGEST, open_any_batch

QUICK = BenchSettings(
    threads=1, min_iters=6, min_time_s=0, warmup_runs=1, warmup_time_s=0, rounds=3
)


class Network:
    """Takes `most` images at most, 0.1 s each."""

    def __init__(self, most: int, error: Exception | None = None) -> None:
        self.tried: list[int] = []
        self._most, self._error = most, error or ArtifactError("too many")

    def run(self, batch: int) -> float:
        self.tried.append(batch)
        if batch > self._most:
            raise self._error
        return 0.1 * batch


@pytest.mark.parametrize("most", [1, 2, 3, 6, 8, 31, 63, 64, 1000])
@pytest.mark.parametrize("error", [ArtifactError("no"), MemoryError()])
def test_the_largest_that_runs_is_found(most: int, error: Exception) -> None:
    assert largest_batch(Network(most, error).run, 100.0, lambda: True) == min(most, MOST)


@pytest.mark.parametrize(("limit_s", "batch"), [(0.05, 1), (0.85, 8), (1.7, 16), (3.1, 16)])
def test_what_takes_too_long_is_not_tried(limit_s: float, batch: int) -> None:
    network = Network(1000)
    assert largest_batch(network.run, limit_s, lambda: True) == batch
    assert max(network.tried) == batch


def test_what_takes_too_much_memory_is_not_tried() -> None:
    network = Network(1000)
    answers = iter([True, True, False])
    assert largest_batch(network.run, 100.0, lambda: next(answers)) == 4
    assert max(network.tried) == 4


def test_a_network_that_cannot_run_is_an_error() -> None:
    with pytest.raises(ArtifactError):
        largest_batch(Network(0).run, 100.0, lambda: True)


def test_memory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 900 kB\nMemAvailable:     300 kB\n")
    assert available_bytes(tmp_path) == 300 * 1024
    assert available_bytes(tmp_path / "none") is None
    sizes = iter([1000, 1400, 1600])
    monkeypatch.setattr("edgegan.runtime.offline_batch.rss_bytes", lambda: next(sizes))
    monkeypatch.setattr("edgegan.runtime.offline_batch.available_bytes", lambda: 1000)
    enough = memory_watch()
    assert enough()  # 400 more, of 1000
    assert not enough()


def test_offline_takes_it_and_says_so(onnx_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(onnx_file, tmp_path))
    offline = replace(QUICK, scenario=Scenario("offline"))
    single, large = (
        bench([path], settings, openers=[open_any_batch]) for settings in (QUICK, offline)
    )
    assert [single.results[0].batch, large.results[0].batch] == [1, LARGEST]
    assert f"tiny.onnx: times are of batches of {LARGEST} images" in notes(large)
    images = large.results[0].latency.n * LARGEST
    wall_s = sum(one.wall_s for one in large.results[0].rounds)
    assert large.results[0].throughput_per_s == pytest.approx(images / wall_s)
