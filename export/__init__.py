"""Export: trained generators become .tflite, .onnx and TensorRT files, verified.

The names below are imported when they are asked for: `edgegan.export.trt` must work
where TensorFlow is not installed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.export.keras_to_onnx import to_onnx as to_onnx
    from edgegan.export.parity import verify as verify
    from edgegan.export.tflite import to_tflite as to_tflite
    from edgegan.export.trt import build_engine as build_engine

_HOMES = {
    "build_engine": "edgegan.export.trt",
    "to_onnx": "edgegan.export.keras_to_onnx",
    "to_tflite": "edgegan.export.tflite",
    "verify": "edgegan.export.parity",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
