from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
import onnx
import pytest
import tensorflow as tf
import tf_keras as keras

import edgegan
from edgegan.errors import EdgeganError
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.generator import GeneratorConfig
from edgegan.train.layers import InstanceNormalization
from edgegan.train.networks import build_generator
from tests.export.onnx_graphs import ops, run
from tests.repository import ROOT
from tests.train.tiny import uniform

TINY: dict[str, Any] = {"image_size": 16, "filters": 8, "residual_blocks": 1}
VARIANTS: dict[str, dict[str, Any]] = {
    "reference": {},
    "affine norms": {"norm_affine": True},
    "zero padding": {"padding": "zero"},
    "same padding": {"conv_padding": "same"},
    "resize": {"upsample": "resize"},
    "all of these": {
        "norm_affine": True,
        "padding": "zero",
        "conv_padding": "same",
        "upsample": "resize",
    },
    "grey, one filter": {"channels": 1, "filters": 1},
    "no resampling": {"downsamplings": 0, "residual_blocks": 2, "norm_epsilon": 1e-3},
}


def generator(**options: Any) -> keras.Model:
    """Make a tiny generator with weights from a fixed seed, norms and biases included."""
    model = build_generator(GeneratorConfig(**{**TINY, **options}))
    random = np.random.default_rng(0)
    weights = model.get_weights()
    # Small kernels, so that tanh does not saturate; gammas and betas around one.
    model.set_weights(
        [random.normal(w.ndim == 1, 0.05 if w.ndim > 1 else 0.3, w.shape) for w in weights]
    )
    return model


@cache
def converted(variant: str, size: tuple[int, int] = (16, 16), batch: int = 1) -> bytes:
    """Convert a variant once for all tests."""
    return to_onnx(generator(**VARIANTS[variant]), size, batch=batch)


def of_any_size(model: keras.Model) -> keras.Model:
    """Rebuild the network for images of any size, by Keras's own means."""
    channels = model.inputs[0].shape[-1]
    free = keras.models.clone_model(model, keras.Input((None, None, channels)))
    free.set_weights(model.get_weights())
    return free


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("size", "batch"), [((16, 16), 1), ((24, 32), 2)])
def test_onnx_runtime_gives_what_keras_gives(
    variant: str, size: tuple[int, int], batch: int
) -> None:
    model = generator(**VARIANTS[variant])
    data = converted(variant, size, batch)
    x = uniform(1, (batch, *size, model.inputs[0].shape[-1]))
    expected = of_any_size(model)(x).numpy()
    assert expected.std() > 0.02
    np.testing.assert_allclose(run(data, x), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_nodes_are_those_of_the_network(variant: str) -> None:
    config = GeneratorConfig(**{**TINY, **VARIANTS[variant]})
    blocks, stages = config.residual_blocks, config.downsamplings
    resized = stages if config.upsample == "resize" else 0
    convolutions = 2 + stages + 2 * blocks + resized
    reflected = 2 + 2 * blocks + resized if config.padding == "reflect" else 0
    expected = {
        "Transpose": 2,
        "Conv": convolutions,
        "Pad": reflected,
        "ConvTranspose": stages - resized,
        "Resize": resized,
        "InstanceNormalization": 1 + 2 * stages + 2 * blocks,
        "Relu": 1 + 2 * stages + blocks,
        "Add": blocks,
        "Tanh": 1,
    }
    assert ops(converted(variant)) == {k: n for k, n in expected.items() if n}


def test_the_paper_generator_has_23_norms_and_no_transpose_within() -> None:
    model = build_generator(GeneratorConfig(image_size=64, filters=4))
    nodes = list(onnx.load_from_string(to_onnx(model, (64, 64))).graph.node)
    kinds = [node.op_type for node in nodes]
    assert kinds.count("InstanceNormalization") == 23
    assert [i for i, kind in enumerate(kinds) if kind == "Transpose"] == [0, len(kinds) - 1]
    modes = [node.attribute[0].s for node in nodes if node.op_type == "Pad"]
    assert modes == [b"reflect"] * 20


def test_gamma_of_one_and_beta_of_zero_are_fused_too() -> None:
    model = build_generator(GeneratorConfig(**{**TINY, "norm_affine": True}))
    assert ops(to_onnx(model, (16, 16)))["InstanceNormalization"] == 7


def test_the_file_says_what_it_is() -> None:
    proto = onnx.load_from_string(to_onnx(generator(), (16, 32), batch=2, metadata='{"schema": 1}'))
    assert {entry.key: entry.value for entry in proto.metadata_props} == {
        "edgegan": '{"schema": 1}'
    }
    assert (proto.producer_name, proto.producer_version) == ("edgegan", edgegan.__version__)
    assert [(o.domain, o.version) for o in proto.opset_import] == [("", 17)]
    assert proto.ir_version == 8
    for value, name in ((proto.graph.input, "image"), (proto.graph.output, "output")):
        assert [v.name for v in value] == [name]
        dims = value[0].type.tensor_type.shape.dim
        assert [d.dim_value for d in dims] == [2, 16, 32, 3]


def test_weights_and_nodes_have_the_names_of_layers() -> None:
    graph = onnx.load_from_string(converted("reference")).graph
    names = {node.name for node in graph.node}
    assert {"stem_conv", "stem_norm", "block1a_pad", "up1_conv", "tanh"} <= names
    assert {"stem_conv.W", "stem_norm.scale", "head_conv.B"} <= {w.name for w in graph.initializer}
    used = {name for node in graph.node for name in node.input}
    assert {w.name for w in graph.initializer} <= used


def test_equal_generators_give_equal_bytes_in_one_process() -> None:
    first = converted("reference")
    converted("resize")
    assert to_onnx(generator(), (16, 16)) == first


def test_equal_generators_give_equal_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.export.test_keras_to_onnx import generator, to_onnx; "
        "print(hashlib.sha256(to_onnx(generator(), (16, 16))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == hashlib.sha256(converted("reference")).hexdigest()


def test_a_norm_that_is_not_recognised_is_refused() -> None:
    class MaximumNormalization(InstanceNormalization):
        def call(self, inputs: Any) -> Any:
            return inputs / tf.reduce_max(inputs, axis=[1, 2], keepdims=True)

    image = keras.Input((16, 16, 3))
    model = keras.Model(image, MaximumNormalization()(InstanceNormalization()(image)))
    with pytest.raises(
        EdgeganError, match=r"has 1 InstanceNormalization nodes .* 2 instance norms"
    ):
        to_onnx(model, (16, 16))


def test_an_operation_that_onnx_lacks_is_named() -> None:
    class IncompleteGamma(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return tf.math.igamma(2.0, inputs)

    image = keras.Input((16, 16, 3))
    model = keras.Model(image, IncompleteGamma()(keras.layers.Conv2D(3, 1)(image)))
    with pytest.raises(EdgeganError, match=r"^The network cannot be written as ONNX: .*Igamma"):
        to_onnx(model, (16, 16))
