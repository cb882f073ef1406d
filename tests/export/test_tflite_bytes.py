"""TFLite files that take and give bytes: the same pictures as those of floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils
from numpy.typing import NDArray

from edgegan.export.quantization import Quantization
from edgegan.export.targets import Precision
from edgegan.export.tflite import to_tflite
from edgegan.export.tflite_bytes import with_byte_images
from edgegan.generator import GeneratorConfig
from edgegan.images import to_float, to_uint8
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise

LABEL = np.array([[0, 1, 1]], np.float32)
EVERY_BYTE = np.arange(SIZE * SIZE * 3, dtype=np.uint32).astype(np.uint8).reshape(1, SIZE, SIZE, 3)
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8-dynamic", "int8", "int16x8", "w8")
CASES = [(TINY, precision) for precision in PRECISIONS]
CASES += [(STARGAN, precision) for precision in ("fp32", "int8")]


@pytest.mark.filterwarnings("ignore::UserWarning")  # calibration runs interpreters that warn
@pytest.mark.parametrize(("config", "precision"), CASES)
def test_bytes_give_what_floats_give(config: GeneratorConfig, precision: Precision) -> None:
    feeds = [(noise(seed), LABEL) if config.domains else (noise(seed),) for seed in range(4)]
    quantization = Quantization(feeds=feeds)
    content = to_tflite(generator(config), (SIZE, SIZE), precision, quantization=quantization)
    as_bytes = output(with_byte_images(content), EVERY_BYTE, config)
    as_floats = output(content, to_float(EVERY_BYTE), config)
    assert as_bytes.dtype == np.uint8
    np.testing.assert_array_equal(as_bytes, to_uint8(as_floats))
    assert np.ptp(as_bytes) > 50


def output(content: bytes, image: NDArray[Any], config: GeneratorConfig) -> NDArray[Any]:
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    inputs = {"image": image, **({"label": LABEL} if config.domains else {})}
    found: NDArray[Any] = interpreter.get_signature_runner("generate")(**inputs)["output"]
    return found


def test_the_file_says_what_it_takes_and_is_well_formed() -> None:
    in_floats = to_tflite(generator(TINY), (SIZE, SIZE))
    content = to_tflite(generator(TINY), (SIZE, SIZE), image_type="uint8")
    assert content == with_byte_images(in_floats)
    before, after = (Interpreter(model_content=one, num_threads=1) for one in (in_floats, content))
    for kind in ("get_input_details", "get_output_details"):
        ((floats,), (bytes_,)) = (getattr(one, kind)() for one in (before, after))
        assert bytes_["name"] == floats["name"]
        assert bytes_["dtype"] is np.uint8
        assert bytes_["quantization"] == (1.0, 0)
        assert bytes_["shape"].tolist() == floats["shape"].tolist()
    assert after.get_signature_list() == before.get_signature_list()
    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (graph,) = model.subgraphs
    names = [tensor.name for tensor in graph.tensors]
    assert len(set(names)) == len(names)
    codes = [model.operatorCodes[op.opcodeIndex] for op in graph.operators]
    # Programs of older schemas read the other field.
    assert all(code.deprecatedBuiltinCode == code.builtinCode for code in codes)
    arithmetic = [graph.operators[i].builtinOptionsType for i in (1, 2, -3, -2)]
    kinds = ("DivOptions", "SubOptions", "AddOptions", "MulOptions")
    assert arithmetic == [getattr(schema.BuiltinOptions, kind) for kind in kinds]
