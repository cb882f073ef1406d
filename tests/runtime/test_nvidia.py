from __future__ import annotations

import pytest

from edgegan.errors import MissingRequirement
from edgegan.runtime.nvidia import Gpu, free_memory, read_gpu
from tests.runtime.fake_driver import FakeDriver


def test_a_gpu_is_described() -> None:
    found = read_gpu(FakeDriver(name="Orin (nvgpu)", capability=(8, 7), integrated=True))
    assert found == Gpu(name="Orin (nvgpu)", compute_capability="8.7", integrated=True)


def test_free_memory_is_told_and_the_context_given_back() -> None:
    driver = FakeDriver(free=3 * 2**30)
    assert free_memory(driver) == 3 * 2**30
    assert (driver.retained, driver.pushed) == (0, 0)


@pytest.mark.parametrize(
    "call",
    ["cuDeviceGetName", "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain", "cuMemGetInfo_v2"],
)
def test_an_error_of_the_driver_names_the_call(call: str) -> None:
    driver = FakeDriver(failing=call)
    with pytest.raises(MissingRequirement, match=f"{call.removesuffix('_v2')} gave error 999"):
        print(read_gpu(driver), free_memory(driver))
    assert driver.retained == 0
