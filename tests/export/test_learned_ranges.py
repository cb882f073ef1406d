"""Files of a generator that was trained for int8 compute as it was simulated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MethodType
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime
import pytest
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter

import edgegan
from edgegan.errors import ArtifactError
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.learned_ranges import LearnedRanges, learned_ranges
from edgegan.export.pipeline import export_generator
from edgegan.export.quantization import Quantization
from edgegan.export.targets import ExportSpec
from edgegan.export.tflite import to_tflite
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from edgegan.manifest import read_manifest
from edgegan.runtime.ort import session_options
from edgegan.train.generator_file import save_generator
from edgegan.train.networks import build_generator
from edgegan.train.quantized_form import QuantizedForm

CONFIG = GeneratorConfig(image_size=16, filters=4, residual_blocks=1)
CONFIGS = {
    "explicit": CONFIG,
    "same": replace(CONFIG, conv_padding="same"),
    "resize": replace(CONFIG, upsample="resize", norm_affine=True),
}
IMAGES = [np.random.default_rng(i).uniform(-1, 1, (1, 16, 16, 3)).astype("f4") for i in range(4)]


def simulated(
    target: Literal["tflite", "onnx"], config: GeneratorConfig = CONFIG, scale: float = 3
) -> tuple[keras.Model, QuantizedForm]:
    """A generator, and its simulation with ranges that have met `IMAGES`, then stand."""
    keras.utils.set_random_seed(1)
    generator = build_generator(config, "A2B")
    generator.set_weights([scale * weight for weight in generator.get_weights()])
    form = QuantizedForm(generator, target, steps=4)
    form.network(np.concatenate(IMAGES))
    form.before_step(np.int64(4))
    return generator, form


def ranges_of(form: QuantizedForm) -> LearnedRanges:
    return LearnedRanges(layers=form.record()["int8"]["ranges"])


def run_tflite(content: bytes, image: FloatArray) -> FloatArray:
    interpreter = Interpreter(model_content=content)
    output: FloatArray = interpreter.get_signature_runner("generate")(image=image)["output"]
    return output


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_tflite_computes_what_was_simulated(config: GeneratorConfig) -> None:
    generator, form = simulated("tflite", config)
    quantization = Quantization(learned=ranges_of(form))
    content = to_tflite(generator, (16, 16), "int8", quantization=quantization)
    for image in IMAGES:
        exact, wanted = np.asarray(generator(image)), np.asarray(form.network(image))
        found = run_tflite(content, image)
        # Rounding falls the other way here and there, and later layers make more of it.
        assert np.abs(found - wanted).mean() < 0.7 * np.abs(exact - wanted).mean()


@pytest.mark.slow
def test_each_layer_of_a_tflite_rounds_as_it_was_simulated() -> None:
    generator, form = simulated("tflite")
    layers = {name: form.network.get_layer(name) for name in ranges_of(form).layers}
    exact = [np.asarray(generator(image)) for image in IMAGES]
    for alone in ("stem_conv", "block1b_conv", "up1_conv", "head_conv"):
        keep = frozenset(layers) - {alone}
        quantization = Quantization(learned=ranges_of(form), keep=keep)
        content = to_tflite(generator, (16, 16), "int8", quantization=quantization)
        for name, layer in layers.items():
            layer.call = MethodType((type(layer) if name == alone else plain_of(layer)).call, layer)
        for image, whole in zip(IMAGES, exact, strict=True):
            wanted = np.asarray(form.network(image))
            found = run_tflite(content, image)
            assert np.abs(found - wanted).mean() < 0.25 * np.abs(whole - wanted).mean(), alone


def plain_of(layer: keras.layers.Layer) -> Any:
    """The class of Keras that a simulated layer is derived from."""
    return type(layer).__mro__[1]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_an_onnx_computes_what_was_simulated(config: GeneratorConfig) -> None:
    generator, form = simulated("onnx", config)
    quantization = Quantization(learned=ranges_of(form))
    content = to_onnx(generator, (16, 16), "int8", quantization=quantization)
    options = session_options(threads=1)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    for image in IMAGES:
        exact, wanted = np.asarray(generator(image)), np.asarray(form.network(image))
        found = session.run(None, {"image": image})[0]
        assert np.abs(found - wanted).mean() < 0.35 * np.abs(exact - wanted).mean()


def test_the_scales_are_those_that_were_learned() -> None:
    generator, form = simulated("onnx")
    learned = ranges_of(form)
    content = to_onnx(generator, (16, 16), "int8", quantization=Quantization(learned=learned))
    graph = onnx.load_from_string(content).graph
    values = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    (stem,) = (node for node in graph.node if node.name == "stem_conv")
    scale = values[makers[stem.input[0]].input[1]]
    assert float(scale) == pytest.approx(learned.source("stem_conv")[1] / 127, rel=1e-2)


def test_the_export_takes_them_without_images(tmp_path: Path) -> None:
    generator, form = simulated("tflite", scale=1)
    path = tmp_path / "A2B.keras"
    save_generator(generator, path, CONFIG, "A2B", trained=form.record())
    manifest = read_manifest(path)
    assert learned_ranges(manifest, "tflite") is not None
    assert learned_ranges(manifest, "onnx") is None  # trained for another form
    assert learned_ranges(None, "tflite") is None
    job = ExportJob(
        generator=path,
        specs=[ExportSpec(target="tflite", precision="int8", size=(16, 16))],
        parity=None,
    )
    (made,) = export_generator(job, ExportOptions(folder=tmp_path))
    assert made.error is None
    assert made.manifest is not None
    assert made.manifest.calibration == {"learned": "by quantization-aware training"}
    wanted = np.asarray(form.network(IMAGES[0]))
    np.testing.assert_allclose(edgegan.load(made.path).run(IMAGES[0]), wanted, atol=0.05)


def test_a_layer_without_ranges_is_an_error() -> None:
    with pytest.raises(ArtifactError, match="no ranges of stem_conv"):
        LearnedRanges(layers={}).source("stem_conv")
