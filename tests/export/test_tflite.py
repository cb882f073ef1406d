"""The .tflite files against the Keras generator, run by LiteRT."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter

from edgegan.export.obtained_precision import tflite_precision
from edgegan.export.targets import Precision
from edgegan.export.tflite import to_tflite
from edgegan.images import to_uint8
from edgegan.runtime.tflite_graph import xnnpack_coverage
from edgegan.train.layers import InstanceNormalization
from tests.export.generators import CONFIGS, SIZE, generator, noise

PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8-dynamic")


HARDER = [("plain", "fp16"), ("plain", "int8-dynamic"), ("resize", "int8-dynamic")]


@cache
def converted(name: str = "plain", precision: Precision = "fp32") -> bytes:
    return to_tflite(generator(CONFIGS[name]), (SIZE, SIZE), precision)


def opened(content: bytes) -> Interpreter:
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


@pytest.mark.parametrize("name", CONFIGS)
def test_fp32_is_keras_to_one_level(name: str) -> None:
    model = generator(CONFIGS[name])
    runner = opened(converted(name)).get_signature_runner("generate")
    for seed in range(16):
        image = noise(seed)
        output, expected = runner(image=image)["output"], model(image).numpy()
        np.testing.assert_allclose(output, expected, atol=1e-4)
        difference = to_uint8(output).astype(int) - to_uint8(expected)
        assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(("precision", "limit"), [("fp16", 0.02), ("int8-dynamic", 0.3)])
def test_lower_precisions_are_near_but_not_equal(precision: Precision, limit: float) -> None:
    model = generator()
    runner = opened(converted(precision=precision)).get_signature_runner("generate")
    difference = np.abs(runner(image=noise())["output"] - model(noise()).numpy())
    assert 1e-6 < difference.max() < limit


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_precision_is_obtained(precision: Precision) -> None:
    assert tflite_precision(converted(precision=precision)) == precision


@pytest.mark.parametrize(("name", "precision"), [(name, "fp32") for name in CONFIGS] + HARDER)
def test_it_is_one_xnnpack_partition(name: str, precision: Precision, tmp_path: Path) -> None:
    path = tmp_path / "g.tflite"
    path.write_bytes(converted(name, precision))
    coverage = xnnpack_coverage(path)
    assert (coverage.partitions, coverage.outside) == (1, ())


def test_shapes_are_static_and_float32_at_any_size() -> None:
    interpreter = opened(to_tflite(generator(), (12, 24), "int8-dynamic"))
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert [list(d["shape_signature"]) for d in details] == [[1, 12, 24, 3]] * 2
    assert {d["dtype"] for d in details} == {np.float32}


def test_int8_weights_make_a_smaller_file() -> None:
    sizes = [len(converted(precision=p)) for p in PRECISIONS]
    assert sizes[0] > sizes[1] > sizes[2]


def test_the_metadata_is_found_in_the_file_and_the_file_still_runs() -> None:
    content = to_tflite(generator(), (SIZE, SIZE), metadata='{"a":"é"}')
    assert '{"a":"é"}'.encode() in content
    plain = opened(converted()).get_signature_runner("generate")
    runner = opened(content).get_signature_runner("generate")
    image = noise()
    assert (runner(image=image)["output"] == plain(image=image)["output"]).all()


def test_equal_inputs_give_equal_bytes() -> None:
    first, second = (to_tflite(generator(), (SIZE, SIZE), "fp16", metadata="m") for _ in range(2))
    assert first == second


def test_flat_images_with_detail_keep_their_precision() -> None:
    # A nearly flat image makes small deviations, so the norms magnify errors of the means.
    size = 256
    image = keras.Input((size, size, 3))
    model = keras.Model(image, InstanceNormalization(epsilon=1e-5)(image))
    x = np.full((1, size, size, 3), 0.9, np.float32)
    x[:, 100:110, 100:110] += noise(size=(10, 10)) * np.float32(0.05)
    runner = opened(to_tflite(model, (size, size))).get_signature_runner("generate")
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=(1, 2), keepdims=True)
    expected = centred / np.sqrt((centred**2).mean(axis=(1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(runner(image=x)["output"], expected, atol=2e-3)
