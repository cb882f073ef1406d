"""ONNX Runtime's execution providers, by the devices that EdgeGAN names them by.

ONNX Runtime goes on with its CPU provider where another is absent, or does not start; it
says so at most in its log. Here that is an error: a figure of the wrong device is worse than
none.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from edgegan.errors import MissingRequirement, UsageError

_INSTEAD = "Run: pip uninstall -y onnxruntime, and then: pip install onnxruntime-{}"
_INSTALL_GPU, _INSTALL_OPENVINO = _INSTEAD.format("gpu"), _INSTEAD.format("openvino")
_ON_GPU = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An execution provider and how it is set up.

    Attributes:
        name: ONNX Runtime's.
        install: What to do where it is absent. Of ONNX Runtime's packages, only one can be
            installed at a time.
        options: Its options.
        next: The provider that takes the nodes it cannot run; ONNX Runtime's own CPU
            provider comes last in any case.
    """

    name: str
    install: str
    options: tuple[tuple[str, str], ...] = ()
    next: str | None = None

    def session_providers(self) -> list[Any]:
        """Return what `onnxruntime.InferenceSession` takes as `providers`."""
        return [(self.name, dict(self.options)), *([self.next] if self.next else [])]


CPU = Provider(name="CPUExecutionProvider", install="Run: pip install onnxruntime")
DEVICES = ("cpu", "cuda:0", "tensorrt:0", "openvino", "coreml")


def provider_for(device: str, precision: str = "fp32", threads: int = 1) -> Provider:
    """Choose the provider of a device.

    Args:
        device: One of `DEVICES`; for the two of NVIDIA GPUs, also another number.
        precision: Of the file, which TensorRT has to be allowed.
        threads: CPU threads, which OpenVINO counts for itself.

    Raises:
        UsageError: it is no device of ONNX Runtime.
    """
    kind, colon, number = device.partition(":")
    if kind in _ON_GPU and (number.isdecimal() or not colon):
        return _on_gpu(kind, number or "0", precision)
    if device in DEVICES:
        return _on_cpu(device, threads)
    raise UsageError(f"onnxruntime runs on {', '.join(DEVICES)}; got device {device!r}.")


def require_provider(provider: Provider) -> None:
    """Make sure that the installed ONNX Runtime has a provider, and can find its libraries.

    Raises:
        MissingRequirement: it has not; with the package to install.
    """
    import onnxruntime

    known = onnxruntime.get_available_providers()
    if provider.name not in known:
        raise MissingRequirement(
            f"The installed ONNX Runtime has no {provider.name} (it has {', '.join(known)}). "
            f"{provider.install}"
        )
    if provider.install == _INSTALL_GPU and hasattr(onnxruntime, "preload_dlls"):
        with redirect_stdout(io.StringIO()):  # it prints what it does not find
            onnxruntime.preload_dlls()  # of NVIDIA's packages on PyPI


def require_obtained(provider: Provider, obtained: list[str]) -> None:
    """Make sure that a session runs on the provider that was asked for.

    Args:
        provider: That was asked for.
        obtained: What `InferenceSession.get_providers` tells.

    Raises:
        MissingRequirement: it does not.
    """
    if obtained[:1] != [provider.name]:
        raise MissingRequirement(
            f"ONNX Runtime could not start {provider.name} and took {', '.join(obtained)} instead. "
            "See `edgegan doctor`, and the log that --debug shows."
        )


def _on_gpu(kind: str, number: str, precision: str) -> Provider:
    index = ("device_id", number)
    if kind == "cuda":
        return Provider(name=_ON_GPU[kind], install=_INSTALL_GPU, options=(index,))
    # No engine cache: it is found by names, which A2B and B2A share.
    allowed = (
        ("trt_fp16_enable", str(int(precision != "fp32"))),
        ("trt_int8_enable", str(int(precision == "int8"))),
    )
    return Provider(
        name=_ON_GPU[kind],
        install=_INSTALL_GPU,
        options=(index, *allowed),
        next=_ON_GPU["cuda"],
    )


def _on_cpu(device: str, threads: int) -> Provider:
    if device == "openvino":
        return Provider(
            name="OpenVINOExecutionProvider",
            install=_INSTALL_OPENVINO,
            options=(("device_type", "CPU"), ("num_of_threads", str(threads))),
        )
    if device == "coreml":  # on all that a Mac has
        return Provider(
            name="CoreMLExecutionProvider",
            install="Only ONNX Runtime for macOS has it.",
            options=(("ModelFormat", "MLProgram"), ("MLComputeUnits", "ALL")),
        )
    return CPU
