from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

import edgegan
from edgegan.errors import MissingRequirement, UsageError
from edgegan.runtime.ort_providers import CPU, DEVICES, provider_for, require_obtained
from tests.runtime.models import image


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_runs_as_the_cpu_does_or_is_refused_with_the_way_to_it(
    device: str, onnx_file: Path
) -> None:
    name = provider_for(device).name
    if name not in onnxruntime.get_available_providers():
        with pytest.raises(MissingRequirement, match=rf"no {name} \(it has .*\)\. (Run: |Only)"):
            edgegan.load(onnx_file, device=device)
        return
    engine = edgegan.load(onnx_file, device=device)
    assert engine.info.device == device
    right: Any = ReferenceEvaluator(str(onnx_file)).run(None, {"x": image()})
    np.testing.assert_allclose(engine.run(image()), right[0], atol=1e-5)


def test_the_provider_and_its_options_are_onnx_runtimes() -> None:
    assert provider_for("cuda:1").session_providers() == [
        ("CUDAExecutionProvider", {"device_id": "1"})
    ]
    trt, cuda = provider_for("tensorrt", "int8").session_providers()
    on = {"device_id": "0", "trt_fp16_enable": "1", "trt_int8_enable": "1"}
    assert (trt, cuda) == (("TensorrtExecutionProvider", on), "CUDAExecutionProvider")
    assert provider_for("tensorrt:0", "fp16").options[1:] == (
        ("trt_fp16_enable", "1"),
        ("trt_int8_enable", "0"),
    )
    assert provider_for("tensorrt:0", "fp32").options[1] == ("trt_fp16_enable", "0")
    threads = dict(provider_for("openvino", threads=3).options)
    assert threads == {"device_type": "CPU", "num_of_threads": "3"}


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "cpu:0", "openvino:0", ""])
def test_other_devices_are_refused(device: str) -> None:
    with pytest.raises(UsageError, match=r"runs on cpu, cuda:0, .*got device"):
        provider_for(device)


def test_another_provider_than_the_one_asked_for_is_an_error() -> None:
    require_obtained(CPU, ["CPUExecutionProvider"])
    with pytest.raises(MissingRequirement, match="start CUDAExecutionProvider and took CPUExecut"):
        require_obtained(provider_for("cuda:0"), ["CPUExecutionProvider"])
