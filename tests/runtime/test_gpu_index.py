from __future__ import annotations

import pytest

from edgegan.runtime import nvidia
from edgegan.runtime.gpu_index import gpu_index
from tests.runtime.fake_driver import FakeDriver
from tests.runtime.fake_nvml import ADDRESS, FakeNvml


@pytest.mark.parametrize("index", [0, 2])
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "tensorrt:0"])
def test_a_gpu_is_found_by_its_place_on_the_bus(device: str, index: int) -> None:
    library = FakeNvml(index=index)
    assert gpu_index(device, FakeDriver(addresses=(ADDRESS,)), library) == index
    assert library.open == 0


def test_cuda_may_count_in_another_order() -> None:
    driver = FakeDriver(addresses=("0000:02:00.0", ADDRESS))
    assert gpu_index("cuda:1", driver, FakeNvml(index=0)) == 0
    assert gpu_index("cuda:0", driver, FakeNvml(index=0)) is None


@pytest.mark.parametrize("device", ["cpu", "gpu", "coreml", "openvino"])
def test_other_devices_are_none_of_nvml_s(device: str) -> None:
    assert gpu_index(device, FakeDriver(addresses=(ADDRESS,)), FakeNvml()) is None


def test_what_does_not_tell_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = FakeDriver(addresses=(ADDRESS,), failing="cuDeviceGetPCIBusId")
    assert gpu_index("cuda:0", failing, FakeNvml()) is None
    driver = FakeDriver(addresses=(ADDRESS,))
    assert gpu_index("cuda:0", driver, FakeNvml(start=1)) is None
    by_bus = "nvmlDeviceGetHandleByPciBusId_v2"
    assert gpu_index("cuda:0", driver, FakeNvml(absent=(by_bus,))) is None
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")
    assert gpu_index("cuda:0", None, FakeNvml()) is None
