"""ONNX files that take and give bytes: the same pictures as those of floats."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.onnx_bytes import with_byte_images
from edgegan.export.quantization import Quantization
from edgegan.export.targets import ImageType, Layout, Precision
from edgegan.export.trt import build_engine
from edgegan.generator import GeneratorConfig
from edgegan.images import ImageArray, to_float, to_uint8
from edgegan.runtime.image_io import NetworkArray
from tests.export.generators import DOMAINS, SIZE, STARGAN, TINY, generator, noise
from tests.export.onnx_graphs import parse

EVERY_BYTE = np.arange(SIZE * SIZE * 3, dtype=np.uint32).astype(np.uint8).reshape(1, SIZE, SIZE, 3)
LABEL = np.array([[0, 1, 1]], np.float32)
CASES: tuple[tuple[str, Precision, Layout], ...] = (
    *(("stargan", "fp32", "nhwc"), ("stargan", "fp16", "nchw"), ("stargan", "int8", "nchw")),
    *(("cyclegan", "fp32", "nchw"), ("cyclegan", "fp16", "nhwc"), ("cyclegan", "int8", "nhwc")),
)
CONFIGS: dict[str, GeneratorConfig] = {"cyclegan": TINY, "stargan": STARGAN}


@cache
def converted(family: str, precision: Precision, layout: Layout, image_type: ImageType) -> bytes:
    labels = [LABEL] if family == "stargan" else []
    return to_onnx(
        generator(CONFIGS[family]),
        (SIZE, SIZE),
        precision,
        image_type=image_type,
        layout=layout,
        quantization=Quantization(feeds=[(noise(seed), *labels) for seed in range(4)]),
    )


def output(content: bytes, image: NetworkArray) -> NetworkArray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    feeds = {"image": image, **({"label": LABEL} if len(session.get_inputs()) > 1 else {})}
    found: NetworkArray = session.run(["output"], feeds)[0]
    return found


@pytest.mark.parametrize(("family", "precision", "layout"), CASES)
def test_bytes_are_within_one_step_of_floats(
    family: str, precision: Precision, layout: Layout
) -> None:
    image = EVERY_BYTE.transpose(0, 3, 1, 2).copy() if layout == "nchw" else EVERY_BYTE
    as_bytes = output(converted(family, precision, layout, "uint8"), image)
    as_floats = output(converted(family, precision, layout, "float32"), to_float(image))
    assert as_bytes.dtype == np.uint8
    assert as_bytes.shape == image.shape
    assert np.abs(as_bytes.astype(int) - to_uint8(as_floats)).max() <= 1
    assert np.ptp(as_bytes) > 50


def test_bytes_are_those_of_keras() -> None:
    expected = to_uint8(generator(STARGAN)([to_float(EVERY_BYTE), LABEL], training=False).numpy())
    found = output(converted("stargan", "fp32", "nhwc", "uint8"), EVERY_BYTE)
    assert np.abs(found.astype(int) - expected).max() <= 1


def added(values: list[float]) -> bytes:
    """Make a model that gives `values` for a black image of one row."""
    numbers, width = ", ".join(f"{value!r}" for value in values), len(values)
    model = parse(f"""
    add (float[1,1,{width},1] image) => (float[1,1,{width},1] output)
    <float[1,1,{width},1] values = {{{numbers}}}, float one = {{1.0}}>
    {{ zero = Add (image, one)  output = Add (zero, values) }}
    """)
    content: bytes = with_byte_images(ir.to_proto(model)).SerializeToString()
    return content


@pytest.mark.parametrize("step", [0.0, 0.25, 0.5, 0.75])
def test_bytes_are_rounded_and_clipped_as_images_are(step: float) -> None:
    values = ((np.arange(-20, 280) + step) / 127.5 - 1).astype(np.float32)
    black: ImageArray = np.zeros((1, 1, len(values), 1), np.uint8)
    found = output(added([float(value) for value in values]), black)
    np.testing.assert_array_equal(found.ravel(), to_uint8(values))


def test_every_byte_becomes_the_float_that_it_stands_for() -> None:
    model = parse(
        "same (float[1,1,256,1] image) => (float[1,1,256,1] output) { output = Relu (image) }"
    )
    content = with_byte_images(ir.to_proto(model)).SerializeToString()
    image = np.arange(256, dtype=np.uint8).reshape(1, 1, 256, 1)
    expected = to_uint8(np.maximum(to_float(image), 0))
    np.testing.assert_array_equal(output(content, image), expected)


def test_only_the_images_are_bytes_and_the_casts_stand_at_the_border() -> None:
    proto = onnx.load_from_string(converted("stargan", "fp16", "nchw", "uint8"))
    found = {
        value.name: (
            value.type.tensor_type.elem_type,
            [d.dim_value for d in value.type.tensor_type.shape.dim],
        )
        for value in (*proto.graph.input, *proto.graph.output)
    }
    image = (onnx.TensorProto.UINT8, [1, 3, SIZE, SIZE])
    label = (onnx.TensorProto.FLOAT, [1, len(DOMAINS)])
    assert found == {"image": image, "label": label, "output": image}
    readers = [node.op_type for node in proto.graph.node if "image" in node.input]
    assert (readers, proto.graph.node[-1].op_type) == (["Cast"], "Cast")
    names = [node.name for node in proto.graph.node]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("family", "precision", "layout"), CASES)
def test_tensorrt_takes_bytes(family: str, precision: Precision, layout: Layout) -> None:
    pytest.importorskip("tensorrt_rtx")
    content = converted(family, precision, layout, "uint8")
    options = EngineOptions(compute_capabilities=("8.6",))
    assert build_engine(content, options=options)[:4] == b"vtrt"
