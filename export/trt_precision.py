"""The precision that a TensorRT network or engine has, read off it rather than assumed.

A request for fp16 that silently gives an fp32 engine is a known failure of exporters.
"""

from __future__ import annotations

import json
from typing import Any

from edgegan.errors import EdgeganError

# As the engine inspector begins a "Format/Datatype", lowest precision first.
_INSPECTED = {"Int8": "int8", "Half": "fp16", "FP16": "fp16"}


def network_precision(trt: Any, network: Any) -> str:
    """Name the lowest precision that a convolution of a strongly typed network has.

    TensorRT keeps the types of such a network, so that this holds for the engine.
    """
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    restored = {
        layer.get_output(0).name for layer in layers if layer.type == trt.LayerType.DEQUANTIZE
    }
    kinds = (trt.LayerType.CONVOLUTION, trt.LayerType.DECONVOLUTION)
    images = [layer.get_input(0) for layer in layers if layer.type in kinds]
    if any(image.name in restored for image in images):
        return "int8"
    return "fp16" if any(image.dtype == trt.DataType.HALF for image in images) else "fp32"


def inspected_precision(information: str) -> str:
    """Name the lowest precision among the layers of a built engine.

    Args:
        information: JSON of `EngineInspector.get_engine_information`, of an engine that was
            built with detailed profiling verbosity.
    """
    layers = json.loads(information)["Layers"]
    formats = [
        str(tensor.get("Format/Datatype", ""))
        for layer in layers
        if isinstance(layer, dict)
        for tensor in (*layer.get("Inputs", []), *layer.get("Outputs", []))
    ]
    found = {name for text in formats for word, name in _INSPECTED.items() if word in text}
    return "int8" if "int8" in found else "fp16" if "fp16" in found else "fp32"


def require_precision(found: str, wanted: str | None, what: str) -> None:
    """Refuse what has another precision than was asked for (None: any).

    Raises:
        EdgeganError: naming both.
    """
    if wanted is not None and found != wanted:
        raise EdgeganError(
            f"{what} computes in {found}, not in {wanted} as was asked for. Export the .onnx again "
            f"with --precision {wanted}, and build from that."
        )
