"""Quantizing a converted network again and again: the bytes that an export would make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from edgegan.errors import UsageError
from edgegan.export.float_artifact import LAYERWISE, check_layerwise, float_artifact
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.ladder import places
from edgegan.export.quantization import Quantization
from edgegan.export.targets import TARGETS, ExportSpec
from edgegan.export.tflite import to_tflite
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise
from tests.export.test_onnx_precisions import feeds

KEPT = frozenset({"stem_conv", "head_conv"})


def spec(target: str, precision: str) -> ExportSpec:
    return ExportSpec(target=target, precision=precision, size=(SIZE, SIZE))


@pytest.mark.filterwarnings("ignore::UserWarning")  # measuring ranges runs interpreters that warn
@pytest.mark.parametrize(
    ("config", "precision"), [(TINY, "int8-dynamic"), (STARGAN, "int8"), (TINY, "w8")]
)
def test_a_tflite_is_what_its_own_conversion_would_be(
    config: GeneratorConfig, precision: Literal["int8-dynamic", "int8", "w8"]
) -> None:
    model, given = generator(config), Quantization(feeds=feeds(config))
    names = list(places(model))
    found = float_artifact(model, spec("tflite", precision), names, given)
    assert (found.suffix, found.layers) == (".tflite", tuple(names))
    found.quantized(frozenset())
    asked = Quantization(feeds=feeds(config), keep=KEPT)
    assert found.quantized(KEPT) == to_tflite(model, (SIZE, SIZE), precision, quantization=asked)


def test_an_onnx_is_what_its_own_conversion_would_be() -> None:
    model, given = generator(STARGAN), Quantization(feeds=feeds(STARGAN))
    found = float_artifact(model, spec("onnx", "int8"), list(places(model)), given)
    # Transposed convolutions stay in float in any case.
    transposed = {"up1_conv", "up2_conv"}
    assert (found.suffix, set(found.layers)) == (".onnx", set(places(model)) - transposed)
    found.quantized(frozenset())
    asked = Quantization(feeds=feeds(STARGAN), keep=KEPT)
    assert found.quantized(KEPT) == to_onnx(model, (SIZE, SIZE), "int8", quantization=asked)
    assert found.content == to_onnx(model, (SIZE, SIZE))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("target", LAYERWISE)
def test_ranges_are_measured_once(target: str) -> None:
    begun: list[int] = []

    class Feeds(list[tuple[FloatArray, ...]]):
        def __iter__(self) -> Iterator[tuple[FloatArray, ...]]:
            begun.append(1)
            return super().__iter__()

    given, model = Quantization(feeds=Feeds([(noise(),)])), generator()
    found = float_artifact(model, spec(target, "int8"), list(places(model)), given)
    found.quantized(frozenset())
    before = len(begun)
    assert before > 0
    found.quantized(KEPT)
    assert len(begun) == before


@pytest.mark.parametrize(
    ("target", "precision"),
    [
        (target, precision)
        for target, known in TARGETS.items()
        for precision in known.precisions
        if precision not in LAYERWISE.get(target, ())
    ],
)
def test_what_has_no_single_layers_is_refused(target: str, precision: str) -> None:
    with pytest.raises(UsageError, match="these can: tflite: int8-dynamic, int8, w8; onnx: int8"):
        check_layerwise(spec(target, precision))
