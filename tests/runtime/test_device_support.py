from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

import pytest

from edgegan.runtime import device_support
from edgegan.runtime.device_support import (
    cpu_backends,
    cpu_precisions,
    gpu_backends,
    gpu_precisions,
    is_installed,
)


@pytest.mark.parametrize(
    ("flags", "precisions"),
    [
        ((), ("fp32",)),
        (("avx2", "f16c"), ("fp32",)),
        (("avx512_vnni", "avx512_bf16"), ("fp32", "bf16", "int8")),
        (("asimd", "asimdhp", "asimddp"), ("fp32", "fp16", "int8")),
    ],
)
def test_precisions_of_cpus(flags: tuple[str, ...], precisions: tuple[str, ...]) -> None:
    assert cpu_precisions(flags) == precisions


@pytest.mark.parametrize(
    ("capability", "precisions"),
    [
        (None, ()),
        ("5.3", ("fp32", "fp16")),
        ("6.1", ("fp32", "int8")),
        ("6.2", ("fp32", "fp16")),
        ("7.5", ("fp32", "fp16", "int8")),
        ("8.7", ("fp32", "fp16", "bf16", "int8")),
        ("12.0", ("fp32", "fp16", "bf16", "int8")),
    ],
)
def test_precisions_of_gpus(capability: str | None, precisions: tuple[str, ...]) -> None:
    assert gpu_precisions(capability) == precisions


@pytest.mark.parametrize(
    ("capability", "backends"),
    [
        ("8.9", ("tensorrt", "tensorrt-rtx")),
        ("9.0", ("tensorrt",)),  # TensorRT-RTX has no kernels for an H100,
        ("8.7", ("tensorrt",)),  # nor for an Orin
        ("7.2", ()),
        (None, ()),
    ],
)
def test_backends_of_gpus(
    monkeypatch: pytest.MonkeyPatch,
    capability: str | None,
    backends: tuple[str, ...],
) -> None:
    monkeypatch.setattr(device_support, "find_spec", lambda name: ModuleSpec(name, None))
    assert gpu_backends(capability) == backends


def test_only_installed_backends_count(monkeypatch: pytest.MonkeyPatch) -> None:
    present = {"onnxruntime": ModuleSpec("onnxruntime", None)}
    monkeypatch.setattr(device_support, "find_spec", present.get)
    assert cpu_backends() == ("onnxruntime",)
    assert gpu_backends("8.9") == ()


def test_nothing_is_imported_to_find_out() -> None:
    before = set(sys.modules)
    assert is_installed("litert") is True
    assert is_installed("no such backend") is False
    assert "ai_edge_litert.interpreter" not in set(sys.modules) - before
