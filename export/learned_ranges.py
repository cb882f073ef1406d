"""The ranges of activations that quantization-aware training learned.

A generator trained so (edgegan.train.quantized_form) has them in its manifest, and static
int8 takes them as they are: neither images to calibrate on are needed, nor would others fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgegan.errors import ArtifactError
from edgegan.manifest import Manifest

# By target: the form that int8 was trained for.
_FORMS = {"tflite": "tflite", "onnx": "onnx", "tensorrt": "onnx", "tensorrt-rtx": "onnx"}
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class LearnedRanges:
    """What each convolution reads and gives, by the name of its Keras layer.

    Attributes:
        layers: `{layer: {"input": [low, high], "output": [low, high]}}`; the bounds of an
            output are lists if each channel has its own.
    """

    layers: Mapping[str, Mapping[str, Any]]

    def source(self, layer: str) -> Range:
        """Return the range of what a layer reads."""
        low, high = self._of(layer)["input"]
        return float(low), float(high)

    def result(self, layer: str) -> Range:
        """Return the range of what a layer gives, over all channels."""
        low, high = self._of(layer)["output"]
        return float(np.min(low)), float(np.max(high))

    def has_channels(self, layer: str) -> bool:
        """Tell whether each channel of what a layer gives has a range: norms alone read it."""
        return isinstance(self._of(layer)["output"][0], list)

    def channels(self, layer: str, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and the highest value of each channel, `[count]` each."""
        low, high = (np.asarray(bound, np.float64) for bound in self._of(layer)["output"])
        return np.broadcast_to(low, (count,)), np.broadcast_to(high, (count,))

    def _of(self, layer: str) -> Mapping[str, Any]:
        if layer not in self.layers:
            raise ArtifactError(
                f"The generator was trained for int8, but its manifest has no ranges of {layer}. "
                "Compress it again, or export another precision."
            )
        return self.layers[layer]


def learned_ranges(manifest: Manifest | None, target: str) -> LearnedRanges | None:
    """Take the ranges from a generator's manifest; None if it was not trained for `target`."""
    record = manifest.options.get("int8") if manifest else None
    if not isinstance(record, dict) or record.get("target") != _FORMS[target]:
        return None
    return LearnedRanges(layers=record["ranges"])
