from __future__ import annotations

import ctypes
import struct
from pathlib import Path
from typing import Any

import pytest

import edgegan
from edgegan.errors import ArtifactError, IncompatibleArtifact, MissingRequirement
from edgegan.runtime import nvidia
from edgegan.runtime.preflight import Built
from edgegan.runtime.rtx import RtxHeader, read_header
from edgegan.runtime.rtx_context import require_valid
from tests.runtime.models import describe


def engine_bytes(
    mask: int = 0b011100, size: int = 100, version: tuple[int, ...] = (1, 7, 1, 116)
) -> bytes:
    """Lay out a header as tensorrt-rtx 1.7.1.116 does, and fill up to `size`."""
    start = b"vtrt" + bytes(4) + struct.pack("<II", 2, 0) + struct.pack("<Q", size)
    start += bytes(version) + b"vtrt" + struct.pack("<I", mask)
    return start.ljust(size, b"\0")


def installed_release() -> tuple[int, ...]:
    """Return the version of the installed tensorrt-rtx."""
    release: str = pytest.importorskip("tensorrt_rtx").__version__
    return tuple(map(int, release.split(".")))


def real_engine() -> bytes:
    trt = pytest.importorskip("tensorrt_rtx")
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    image = network.add_input("image", trt.float32, (1, 8, 8, 3))
    layer = network.add_activation(image, trt.ActivationType.TANH)
    network.mark_output(layer.get_output(0))
    config = builder.create_builder_config()
    config.num_compute_capabilities = 2
    config.set_compute_capability(trt.ComputeCapability.SM86, 0)
    config.set_compute_capability(trt.ComputeCapability.SM120, 1)
    return bytes(builder.build_serialized_network(network, config))


def test_reads_the_header_of_a_real_engine(tmp_path: Path) -> None:
    trt = pytest.importorskip("tensorrt_rtx")
    path = tmp_path / "a.rtx"
    path.write_bytes(real_engine())
    assert read_header(path) == RtxHeader(
        version=trt.__version__, compute_capabilities=("8.6", "12.0")
    )


def test_reads_a_header(tmp_path: Path) -> None:
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes())
    assert read_header(path) == RtxHeader(
        version="1.7.1.116", compute_capabilities=("8.6", "8.9", "12.0")
    )


@pytest.mark.parametrize("length", [0, 10, 63, 64, 99])
def test_cut_off_engines_are_errors(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes()[:length])
    describe(path)
    with pytest.raises(ArtifactError, match="damaged"):
        edgegan.load(path)


def test_unknown_headers_are_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "a.rtx"
    path.write_bytes(b"?" * 100)
    assert read_header(path) is None


def test_without_a_driver_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorrt_rtx")
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")
    path = tmp_path / "a.rtx"
    path.write_bytes(real_engine())
    describe(path)
    with pytest.raises(MissingRequirement, match=r"No NVIDIA driver .*libabsent\.so\.1"):
        edgegan.load(path)


def test_another_release_is_told_without_a_gpu(tmp_path: Path) -> None:
    trt = pytest.importorskip("tensorrt_rtx")
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes(version=(1, 0, 0, 1)))
    describe(path)
    with pytest.raises(
        IncompatibleArtifact,
        match=rf"built by tensorrt-rtx 1\.0\.0\.1, and {trt.__version__} is installed.*"
        "edgegan export GENERATOR --target tensorrt-rtx --precision fp32",
    ):
        edgegan.load(path)


def test_the_real_tensorrt_rtx_judges_engines(tmp_path: Path) -> None:
    trt = pytest.importorskip("tensorrt_rtx")
    path = tmp_path / "a.rtx"
    path.write_bytes(real_engine())
    require_valid(path, trt, Built())  # without a GPU it cannot tell, and that is no refusal
    path.write_bytes(b"x" * 100)
    with pytest.raises(ArtifactError, match=r"a\.rtx is damaged"):
        require_valid(path, trt, Built())


@pytest.mark.parametrize(("start", "devices"), [(100, 0), (0, 0)])
def test_a_driver_without_devices(
    monkeypatch: pytest.MonkeyPatch, start: int, devices: int
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Driver(start, devices))
    with pytest.raises(MissingRequirement, match="sees no device"):
        nvidia.require_device()


class Driver:
    """Answers as libcuda does: 0 is success, 100 is CUDA_ERROR_NO_DEVICE."""

    def __init__(self, start: int, devices: int) -> None:
        self._start, self._devices = start, devices

    def cuInit(self, flags: int) -> int:  # noqa: N802 - the driver's name
        assert flags == 0
        return self._start

    def cuDeviceGetCount(self, count: Any) -> int:  # noqa: N802 - the driver's name
        count._obj.value = self._devices
        return 0
