"""The backends without EdgeGAN around them, and the files that they are run on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgegan.images import FloatArray

SIDE, FILTERS, BLOCKS = 64, 64, 6

Run = Callable[[FloatArray, FloatArray], None]


def write_files(folder: Path) -> list[Path]:
    """Write a generator of 64 filters and 6 blocks at 64x64, with random weights, in 3 forms."""
    # Imported here, since the timing processes import this file and should not hold TensorFlow.
    import tf_keras as keras

    from edgegan.export.keras_to_onnx import to_onnx
    from edgegan.export.tflite import to_tflite
    from edgegan.generator import GeneratorConfig
    from edgegan.train.networks import build_generator

    keras.utils.set_random_seed(0)
    config = GeneratorConfig(image_size=SIDE, filters=FILTERS, residual_blocks=BLOCKS)
    model = build_generator(config)
    size = (SIDE, SIDE)
    contents = {
        "int8-dynamic.tflite": to_tflite(model, size, "int8-dynamic"),
        "fp32.tflite": to_tflite(model, size, "fp32"),
        "fp32.onnx": to_onnx(model, size, "fp32"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def random_image() -> FloatArray:
    """Make an input of the files."""
    image = np.random.default_rng(0).uniform(-1, 1, (1, SIDE, SIDE, 3))
    return image.astype(np.float32)


def open_raw(path: Path, threads: int) -> Run:
    """Open a file with its backend alone, as one would by hand: from an array into an array."""
    return (_litert if path.suffix == ".tflite" else _onnxruntime)(path, threads)


def _litert(path: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.tensor(interpreter.get_output_details()[0]["index"])

    def run(x: FloatArray, out: FloatArray) -> None:
        interpreter.set_tensor(source, x)
        interpreter.invoke()
        np.copyto(out, target())

    return run


def _onnxruntime(path: Path, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    source, target = session.get_inputs()[0].name, session.get_outputs()[0].name

    def run(x: FloatArray, out: FloatArray) -> None:
        np.copyto(out, session.run([target], {source: x})[0])

    return run
