from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import pytest

from edgegan.errors import CudaError, EdgeganError, MissingRequirement
from edgegan.runtime.cuda import Cuda, Device
from edgegan.runtime.cuda_buffers import allocate
from edgegan.runtime.cuda_graph import record_graph
from edgegan.runtime.cuda_library import open_cudart
from tests.runtime.fake_cuda import CAPTURE_INVALID, NO_DEVICE, FakeCudart


def test_a_device_is_described() -> None:
    assert Cuda(FakeCudart()).device_count() == 1
    assert Cuda(FakeCudart()).device(0) == Device(
        index=0, name="Fake GPU", compute_capability="8.7", integrated=False
    )
    assert Cuda(FakeCudart(integrated=True)).device(0).integrated


@pytest.mark.parametrize("mapped", [False, True])
def test_bytes_go_there_and_back(mapped: bool) -> None:
    library = FakeCudart()
    cuda = Cuda(library)
    with ExitStack() as stack:
        stream = cuda.create_stream()
        stack.callback(cuda.destroy_stream, stream)
        first, second = (allocate(cuda, stack, 12, mapped=mapped) for _ in range(2))
        view, back = first.array((3,), "float32"), second.array((3,), "float32")
        view[:] = [1, 2, 3]
        first.upload(cuda, 12, stream)
        cuda.copy(second.device, first.device, 12, 1, stream)
        second.download(cuda, 12, stream)
        cuda.synchronize(stream)
        np.testing.assert_array_equal(back, [1, 2, 3])
        assert library.count("cudaMalloc") == (0 if mapped else 2)
        assert library.count("cudaMemcpyAsync") == (1 if mapped else 3)
    assert library.live == {}


def test_memory_is_told() -> None:
    library = FakeCudart()
    cuda = Cuda(library)
    with ExitStack() as stack:
        allocate(cuda, stack, 1000, mapped=True)
        assert cuda.memory() == (999_000, 1_000_000)
    assert cuda.memory() == (1_000_000, 1_000_000)


def test_events_time_a_stream_once_it_was_waited_for() -> None:
    cuda = Cuda(FakeCudart())
    stream, start, end = cuda.create_stream(), cuda.create_event(), cuda.create_event()
    cuda.record(start, stream)
    with ExitStack() as stack:
        buffer = allocate(cuda, stack, 4, mapped=False)
        buffer.download(cuda, 4, stream)
        cuda.record(end, stream)
        with pytest.raises(CudaError, match="Device not ready"):
            cuda.elapsed_ms(start, end)
        cuda.synchronize(stream)
        assert cuda.elapsed_ms(start, end) == 2


def test_a_failed_call_tells_its_name_and_cudas_words() -> None:
    cuda = Cuda(FakeCudart(fail_at=0))
    with pytest.raises(
        CudaError, match=r"^Out of memory \(CUDA error 2 of cudaMalloc\)\.$"
    ) as caught:
        cuda.allocate(1)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("code", [35, NO_DEVICE])
def test_no_driver_or_device_is_a_missing_requirement(code: int) -> None:
    with pytest.raises(MissingRequirement, match=rf"CUDA error {code} .* Check `nvidia-smi`"):
        Cuda(FakeCudart(fail_at=0, code=code)).device_count()


def test_an_old_runtime_is_refused() -> None:
    class Old:
        cudaGetErrorString = FakeCudart().cudaGetErrorString  # noqa: N815 - CUDA's name

    with pytest.raises(MissingRequirement, match=r"too old .*cudaGetDeviceCount"):
        Cuda(Old())


@pytest.mark.parametrize("fail_at", range(5))
def test_what_was_allocated_before_a_failure_is_freed(fail_at: int) -> None:
    library = FakeCudart(fail_at=fail_at)
    with pytest.raises(CudaError):
        allocate_three(Cuda(library))
    assert library.live == {}


def allocate_three(cuda: Cuda) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            allocate(cuda, stack, 8, mapped=False)


def test_a_graph_does_again_what_was_recorded() -> None:
    library = FakeCudart()
    cuda = Cuda(library)
    stream = cuda.create_stream()
    done: list[int] = []
    graph = record_graph(cuda, stream, lambda: library.enqueue(stream, lambda: done.append(1)))
    cuda.synchronize(stream)
    assert done == []
    cuda.launch(graph, stream)
    cuda.launch(graph, stream)
    cuda.synchronize(stream)
    assert done == [1, 1]
    cuda.destroy_executable(graph)
    cuda.destroy_stream(stream)
    assert library.live == {}


@pytest.mark.parametrize("ending", ["sound", "invalid"])
def test_a_recording_that_fails_leaves_the_stream_usable(ending: str) -> None:
    library = FakeCudart()
    cuda = Cuda(library)
    stream = cuda.create_stream()

    def fail() -> None:
        if ending == "invalid":
            library.live[stream].capturing = False
            library.fails["cudaStreamEndCapture"] = CAPTURE_INVALID
        raise EdgeganError("no")

    with pytest.raises(EdgeganError, match="no"):
        record_graph(cuda, stream, fail)
    assert list(library.live) == [stream]
    cuda.synchronize(stream)
    assert (library.calls[-2] == "cudaGetLastError") == (ending == "invalid")


def test_the_real_library_has_every_function() -> None:
    try:
        cuda = Cuda(open_cudart())
    except MissingRequirement:
        pytest.skip("needs libcudart")
    try:
        count = cuda.device_count()
    except MissingRequirement as error:
        count, words = 0, str(error)  # its own, through the real cudaGetErrorString
    assert count > 0 or "CUDA" in words.partition("here: ")[2]
