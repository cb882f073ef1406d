from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime import nvml
from edgegan.runtime.power_sources import CpuEnergy, find_source
from tests.runtime.fake_driver import FakeDriver
from tests.runtime.fake_nvml import FakeNvml
from tests.runtime.jetson_trees import AGX_ORIN, ORIN_NANO, write_tree

RAPL = "sys/class/powercap/intel-rapl"
DESKTOP = {
    f"{RAPL}:0/name": "package-0\n",
    f"{RAPL}:0/energy_uj": "2000000\n",
    f"{RAPL}:0/max_energy_range_uj": "65532610987\n",
    f"{RAPL}:0:0/name": "core\n",
    f"{RAPL}:0:0/energy_uj": "900000\n",
    f"{RAPL}:1/name": "package-1\n",
    f"{RAPL}:1/energy_uj": "1000000\n",
    f"{RAPL}:1/max_energy_range_uj": "5000000\n",
    f"{RAPL}:2/name": "psys\n",
    f"{RAPL}:2/energy_uj": "77\n",
}


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_a_jetson_tells_the_whole_module(tmp_path: Path, device: str) -> None:
    source = find_source(device, write_tree(tmp_path, ORIN_NANO), FakeNvml())
    assert source is not None
    assert (source.rail, source.kind) == ("VDD_IN", "power")
    assert source.read() == pytest.approx(4.984 * 1.144)


def test_a_jetson_without_an_input_rail_tells_a_sum(tmp_path: Path) -> None:
    source = find_source("cpu", write_tree(tmp_path, AGX_ORIN))
    assert source is not None
    assert source.rail.startswith("sum of ")
    assert source.read() == pytest.approx(9.2)


def test_a_gpu_s_counter_comes_before_its_power(tmp_path: Path) -> None:
    library = FakeNvml()
    source = find_source("cuda:0", tmp_path, library, FakeDriver())
    assert source is not None
    assert (source.rail, source.kind, source.read()) == ("cuda:0 (NVML energy)", "energy", 5000.0)
    library.energy_mj += 250
    assert source.read() == 5000.25


def test_an_older_gpu_has_only_power(tmp_path: Path) -> None:
    library = FakeNvml(refused=("nvmlDeviceGetTotalEnergyConsumption",))
    source = find_source("cuda", tmp_path, library, FakeDriver())
    assert source is not None
    assert (source.rail, source.kind, source.read()) == ("cuda (NVML power)", "power", 123.456)


def test_a_gpu_that_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = FakeDriver(addresses=("0000:02:00.0",))
    assert find_source("cuda:0", tmp_path, FakeNvml(), other) is None
    monkeypatch.setattr(nvml, "_LIBRARY", "libabsent.so.1")
    assert find_source("cuda:0", write_tree(tmp_path, DESKTOP), None, FakeDriver()) is None


def test_the_energy_is_that_of_the_gpu_that_cuda_means(tmp_path: Path) -> None:
    source = find_source("cuda:0", tmp_path, FakeNvml(index=1), FakeDriver())
    assert source is not None
    assert (source.rail, source.read()) == ("cuda:0 (NVML energy)", 5000.0)


@pytest.mark.parametrize("device", ["gpu", "coreml"])
def test_the_cpu_s_energy_is_not_given_as_that_of_another_device(
    tmp_path: Path, device: str
) -> None:
    assert find_source(device, write_tree(tmp_path, DESKTOP)) is None


def test_the_cpu_s_packages_are_added_up(tmp_path: Path) -> None:
    source = find_source("cpu", write_tree(tmp_path, DESKTOP))
    assert source is not None
    assert (source.rail, source.kind, source.read()) == ("CPU packages (RAPL)", "energy", 0.0)
    (tmp_path / f"{RAPL}:0/energy_uj").write_text("2300000\n")
    (tmp_path / f"{RAPL}:2/energy_uj").write_text("99000000\n")
    assert source.read() == pytest.approx(0.3)


def test_a_counter_that_starts_again(tmp_path: Path) -> None:
    write_tree(tmp_path, DESKTOP)
    counter = CpuEnergy([tmp_path / f"{RAPL}:1"])
    assert counter() == 0.0
    (tmp_path / f"{RAPL}:1/energy_uj").write_text("4900000\n")
    assert counter() == pytest.approx(3.9)
    (tmp_path / f"{RAPL}:1/energy_uj").write_text("100000\n")
    assert counter() == pytest.approx(4.1)


def test_counters_that_only_root_may_read(tmp_path: Path) -> None:
    tree = {k: v for k, v in DESKTOP.items() if not k.endswith("energy_uj")}
    (tmp_path / f"{RAPL}:0/energy_uj").mkdir(parents=True)
    assert find_source("cpu", write_tree(tmp_path, tree)) is None
    assert find_source("cpu", tmp_path / "absent") is None


def test_a_counter_that_fails_once_goes_on(tmp_path: Path) -> None:
    path = write_tree(tmp_path, DESKTOP) / f"{RAPL}:0/energy_uj"
    counter = CpuEnergy([path.parent])
    counter()
    path.write_text("")
    assert counter() is None
    path.write_text("2500000")
    assert counter() == pytest.approx(0.5)
