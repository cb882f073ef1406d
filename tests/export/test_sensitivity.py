"""The sensitivity of layers, against files made and run without it, and a layer made bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import pytest
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter

from edgegan.errors import ArtifactError, UsageError
from edgegan.export.calibration import Calibration, CalibrationRequest
from edgegan.export.job import ExportJob
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.parity_images import ParityImages
from edgegan.export.quantization import Quantization
from edgegan.export.sensitivity import Loss, Sensitivity, open_trial
from edgegan.export.targets import ExportSpec
from edgegan.export.tflite import to_tflite
from edgegan.images import FloatArray, to_float
from edgegan.runtime.engine import thread_count
from edgegan.runtime.ort import session_options
from edgegan.train.generator_file import save_generator
from tests.export.generators import CONFIGS, SIZE, STARGAN, generator, saved_stargan

CONFIG = replace(CONFIGS["affine"], filters=8)
PICTURES = tuple(
    np.random.default_rng(i).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8) for i in range(3)
)
IMAGES = ParityImages(images=PICTURES, source="noise")
CALIBRATION = Calibration(
    request=CalibrationRequest(spec="noise", count=3), images=PICTURES, available=3
)
# To the last bit as the engine makes them: in int8 the values of an image lie on ties.
FEEDS = [(to_float(image)[None],) for image in PICTURES]
BAD = "block1b_conv"
Measured = Callable[[str, str], Sensitivity]


def spoiled() -> keras.Model:
    """Make a generator in which int8 takes one layer's weights away.

    The layer reads a channel that is 1 everywhere, with weights 2000 times the others'. The norm
    behind it takes that away again; but each output channel's scale is that of its largest
    weight, so that the others, which are all that matters, are rounded to 0.
    """
    model = generator(CONFIG)
    norm = model.get_layer("block1a_norm")
    gamma, beta = norm.get_weights()
    gamma[0], beta[0] = 0, 1
    norm.set_weights([gamma, beta])
    kernel, *rest = model.get_layer(BAD).get_weights()
    kernel[:, :, 0, :] = 2000 * np.abs(kernel).mean()
    model.get_layer(BAD).set_weights([kernel, *rest])
    return model


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sensitivity") / "A2B.keras"
    save_generator(spoiled(), path, CONFIG, direction="A2B")
    return path


def job(file: Path, target: str, precision: str, size: int = SIZE) -> ExportJob:
    spec = ExportSpec(target=target, precision=precision, size=(size, size))
    return ExportJob(generator=file, specs=[spec], parity=None, calibration=CALIBRATION)


@pytest.fixture(scope="module")
def measured(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    @cache
    def measure(target: str, precision: str) -> Sensitivity:
        scratch = tmp_path_factory.mktemp("scratch")
        found = open_trial(job(file, target, precision), IMAGES, scratch).measure()
        assert list(scratch.iterdir()) == []
        return found

    return measure


@pytest.mark.parametrize(
    ("target", "precision"),
    [("tflite", "int8-dynamic"), ("tflite", "int8"), ("onnx", "int8")],
)
def test_a_layer_that_int8_ruins_is_the_worst(
    measured: Measured, target: str, precision: str
) -> None:
    found = measured(target, precision)
    worst, *others = found.layers
    assert (worst.layer, worst.place) == (BAD, "residual")
    assert worst.alone.psnr_median < min(one.alone.psnr_median for one in others) - 6
    assert [one.alone.psnr_median for one in others] == sorted(
        one.alone.psnr_median for one in others
    )
    assert worst.spared is not None
    gains = [one.spared.psnr_median - found.whole.psnr_median for one in others if one.spared]
    assert worst.spared.psnr_median - found.whole.psnr_median > max(3, *gains)


def outputs(content: bytes, target: str) -> list[FloatArray]:
    if target == "onnx":
        options = session_options(threads=1)  # the engine's: int8 sums overflow in others
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return [session.run(None, {"image": image})[0] for (image,) in FEEDS]
    interpreter = Interpreter(model_content=content, num_threads=thread_count(None))
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner("generate")
    return [runner(image=image)["output"] for (image,) in FEEDS]


def loss(content: bytes, right: bytes, target: str) -> Loss:
    """Compute by hand what the report tells."""
    found = []
    for got, expected in zip(outputs(content, target), outputs(right, target), strict=True):
        steps = [np.clip(np.rint((one + 1) * 127.5), 0, 255) for one in (got, expected)]
        found.append(-10 * np.log10(np.mean((steps[0] - steps[1]) ** 2) / 255**2))
    return Loss(psnr_median=round(median(found), 2), psnr_min=round(min(found), 2))


def quantized(target: str, keep: frozenset[str]) -> bytes:
    asked = Quantization(feeds=FEEDS, keep=keep)
    if target == "onnx":
        return to_onnx(spoiled(), (SIZE, SIZE), "int8", quantization=asked)
    return to_tflite(spoiled(), (SIZE, SIZE), "int8-dynamic", quantization=asked)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "precision"), [("tflite", "int8-dynamic"), ("onnx", "int8")])
def test_figures_are_those_of_files_with_that_layer_alone(
    measured: Measured, target: str, precision: str
) -> None:
    found = measured(target, precision)
    convert = to_onnx if target == "onnx" else to_tflite
    right = convert(spoiled(), (SIZE, SIZE))
    assert near(found.whole, loss(quantized(target, frozenset()), right, target))
    named = {one.layer: one for one in found.layers}
    others = frozenset(named) - {"stem_conv"}
    assert near(named["stem_conv"].alone, loss(quantized(target, others), right, target))
    spared = named[BAD].spared
    assert spared is not None
    assert near(spared, loss(quantized(target, frozenset({BAD})), right, target))


def near(found: Loss, expected: Loss) -> bool:
    # Threads may add up in another order, which moves a value at a rounding border.
    differences = (
        abs(found.psnr_median - expected.psnr_median),
        abs(found.psnr_min - expected.psnr_min),
    )
    return max(differences) < 0.1


def test_sizes_are_those_of_the_kernels(measured: Measured) -> None:
    model = spoiled()
    for one in measured("tflite", "int8-dynamic").layers:
        kernel = model.get_layer(one.layer).get_weights()[0]
        assert one.weight_bytes == 4 * kernel.size
        assert one.weight_share == pytest.approx(kernel.size / model.count_params(), abs=1e-4)


def test_each_domain_is_compared_and_each_step_reported(tmp_path: Path) -> None:
    trial = open_trial(job(saved_stargan(tmp_path), "tflite", "int8-dynamic"), IMAGES, tmp_path)
    told: list[tuple[int, str]] = []
    found = trial.measure(lambda done, note="": told.append((done, note)))
    assert found.comparisons == len(STARGAN.domains) * len(PICTURES)
    assert [done for done, _ in told] == list(range(trial.steps + 1))
    assert {"all layers", "stem_conv", "all but stem_conv"} <= {note for _, note in told}
    places = {one.layer: one.place for one in found.layers}
    assert (places["down1_conv"], places["up1_conv"], places["head_conv"]) == ("down", "up", "last")


def one_layer(folder: Path) -> Sensitivity:
    image = keras.Input((SIZE, SIZE, 3))
    output = keras.layers.Conv2D(3, 3, padding="same", activation="tanh", name="only")(image)
    keras.Model(image, output).save(folder / "one.keras")
    return open_trial(job(folder / "one.keras", "tflite", "w8"), IMAGES, folder).measure()


def test_where_there_is_one_layer_no_others_are_quantized(tmp_path: Path) -> None:
    (only,) = (found := one_layer(tmp_path)).layers
    assert only.spared is None
    assert only.alone == found.whole


def test_what_cannot_be_measured_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be measured layer by layer"):
        open_trial(job(file, "tflite", "fp16"), IMAGES, tmp_path)
    with pytest.raises(UsageError, match="calibrated on real images"):
        open_trial(replace(job(file, "onnx", "int8"), calibration=None), IMAGES, tmp_path)
    with pytest.raises(UsageError, match="17"):
        open_trial(job(file, "tflite", "w8", size=17), IMAGES, tmp_path)
    (tmp_path / "text.keras").write_text("text")
    with pytest.raises(ArtifactError, match="damaged"):
        open_trial(job(tmp_path / "text.keras", "tflite", "w8"), IMAGES, tmp_path)
