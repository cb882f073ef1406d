"""The devices of this machine that can run a generator, and what can use each of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgegan.runtime.device_support import (
    cpu_backends,
    cpu_precisions,
    gpu_backends,
    gpu_precisions,
    is_installed,
)
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.jetson import Jetson
from edgegan.runtime.nvml import GpuState
from edgegan.runtime.openvino import import_openvino
from edgegan.runtime.trials import attempt

# What other processes run; each prints JSON.
_PROVIDERS = "import json, onnxruntime; print(json.dumps(onnxruntime.get_available_providers()))"
_OPENVINO_NAMES = (
    "import json; from edgegan.runtime.devices import openvino_names; "
    "print(json.dumps(openvino_names()))"
)
_TIMEOUT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device.

    Attributes:
        id: "cpu", "cuda:0", or "openvino:GPU" for one that OpenVINO sees.
        name: As the system or its driver names it; None if they do not.
        precisions: Those it is fast in; empty if that is not known.
        backends: Those of EdgeGAN that can use it now.
        details: What else is known: sizes in bytes, clocks in MHz, power in watts.
    """

    id: str
    name: str | None
    precisions: tuple[str, ...]
    backends: tuple[str, ...]
    details: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeviceReport:
    """All devices.

    Attributes:
        devices: The CPU first.
        jetson: The board's state; None on other machines.
        driver: Version of NVIDIA's driver; None without one.
        onnxruntime_providers: What ONNX Runtime was built with; None if not installed, or broken.
    """

    devices: tuple[Device, ...]
    jetson: Jetson | None
    driver: str | None
    onnxruntime_providers: tuple[str, ...] | None


def read_devices(root: Path = Path("/"), library: Any = None) -> DeviceReport:
    """Look for devices.

    Args:
        root: The folder that stands for /, where files tell.
        library: NVML, see `edgegan.runtime.nvml.open_nvml`.
    """
    environment = capture(root, library)
    providers: list[str] | None = _asked("onnxruntime", _PROVIDERS)
    jetson, gpus = environment.jetson, environment.gpus
    cuda = _jetson_gpu(jetson, gpus) if jetson else [cuda_device(gpu) for gpu in gpus]
    return DeviceReport(
        devices=(cpu_device(environment), *cuda, *openvino_devices()),
        jetson=jetson,
        driver=environment.nvidia_driver,
        onnxruntime_providers=None if providers is None else tuple(providers),
    )


def cpu_device(environment: Environment) -> Device:
    """Describe the CPU."""
    return Device(
        id="cpu",
        name=environment.cpu_model,
        precisions=cpu_precisions(environment.cpu_flags),
        backends=cpu_backends(),
        details={
            "cores": environment.cores,
            "usable_cores": environment.usable_cores,
            "memory_bytes": environment.memory_bytes,
            "instruction_sets": list(environment.cpu_flags),
            "governor": environment.governor,
        },
    )


def cuda_device(gpu: GpuState) -> Device:
    """Describe a GPU of its own, as NVML tells it."""
    details = asdict(gpu)
    return Device(
        id=f"cuda:{details.pop('index')}",
        name=details.pop("name"),
        precisions=gpu_precisions(gpu.compute_capability),
        backends=gpu_backends(gpu.compute_capability),
        details=details,
    )


def openvino_devices() -> list[Device]:
    """Describe what OpenVINO sees beside the CPU; EdgeGAN does not use it there yet."""
    names: dict[str, str] = _asked("openvino", _OPENVINO_NAMES) or {}
    return [
        Device(id=f"openvino:{name}", name=full, precisions=(), backends=(), details={})
        for name, full in names.items()
    ]


def openvino_names() -> dict[str, str]:
    """Name OpenVINO's devices beside the CPU: the name that it goes by, and the full one."""
    core = import_openvino().Core()
    others = [name for name in core.available_devices if name != "CPU"]
    return {name: str(core.get_property(name, "FULL_DEVICE_NAME")) for name in others}


def _jetson_gpu(jetson: Jetson, gpus: tuple[GpuState, ...]) -> list[Device]:
    """Describe a Jetson's GPU by its board: its driver has NVML only lately, with few answers."""
    told = gpus[0] if gpus else None
    capability = (told and told.compute_capability) or jetson.board.compute_capability
    clock = next((clock for clock in jetson.clocks if clock.name == "gpu"), None)
    return [
        Device(
            id="cuda:0",
            name=(told and told.name) or jetson.board.soc,
            precisions=gpu_precisions(capability),
            backends=gpu_backends(capability),
            details={
                "compute_capability": capability,
                "memory_bytes": None,  # it is the CPU's
                "clock_mhz": clock and clock.current_mhz,
                "max_clock_mhz": clock and clock.max_mhz,
                "throttling": list(jetson.throttling),
            },
        )
    ]


def _asked(backend: str, code: str) -> Any:
    """Ask a package in a process of its own, which it may kill; None if it gives no answer."""
    if not is_installed(backend):
        return None
    told = attempt(code, _TIMEOUT_S)
    try:
        return json.loads(told.told) if told.worked else None  # `doctor` tells what is broken
    except ValueError:
        return None
