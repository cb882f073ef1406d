from __future__ import annotations

import json
from typing import Any

import pytest

from edgegan.errors import EdgeganError
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.quantization import Quantization
from edgegan.export.targets import Precision
from edgegan.export.trt import build_engine
from edgegan.export.trt_precision import inspected_precision, require_precision
from tests.export.generators import SIZE, generator, noise


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_a_network_of_another_precision_than_asked_for_is_refused(precision: Precision) -> None:
    pytest.importorskip("tensorrt_rtx")
    quantization = Quantization(feeds=[(noise(),)])
    content = to_onnx(generator(), (SIZE, SIZE), precision, quantization=quantization)
    options = EngineOptions(compute_capabilities=("8.6",))
    assert build_engine(content, options=options, precision=precision)[:4] == b"vtrt"
    for other in {"fp32", "fp16", "int8"} - {precision}:
        with pytest.raises(EdgeganError, match=f"computes in {precision}, not in {other}"):
            build_engine(content, options=options, precision=other)


def layer(*formats: str) -> dict[str, Any]:
    return {"Name": "conv", "Inputs": [], "Outputs": [{"Format/Datatype": f} for f in formats]}


@pytest.mark.parametrize(
    ("layers", "precision"),
    [
        ([layer("Row major linear FP32")], "fp32"),
        (
            [layer("Row major linear FP32"), layer("Thirty-two wide channel vectorized FP16")],
            "fp16",
        ),
        ([layer("Channel major FP16 format (kHWC8)"), layer("Row major Int8 format")], "int8"),
        (["a name alone, as without detailed verbosity"], "fp32"),
    ],
)
def test_an_engine_is_what_its_lowest_layer_is(layers: list[Any], precision: str) -> None:
    assert inspected_precision(json.dumps({"Layers": layers})) == precision


def test_a_silent_fp32_engine_is_an_error() -> None:
    require_precision("fp16", "fp16", "The engine")
    require_precision("fp32", None, "The engine")
    with pytest.raises(EdgeganError, match="The engine computes in fp32, not in fp16"):
        require_precision("fp32", "fp16", "The engine")
