"""An engine of every backend that can be opened here, on tiny networks for 8x8 images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.errors import MissingRequirement
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.engine import Engine
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.tensorrt import Backend, TensorRTEngine
from tests.runtime.fake_cuda import FakeCudart
from tests.runtime.fake_rtx import FakeRtx
from tests.runtime.fake_tensorrt import FakeTensorRT, plan_bytes
from tests.runtime.models import SIZE, conv_relu_tanh, onnx_model, write_onnx, write_tflite


def open_engine(name: str, folder: Path) -> Engine:
    """Open one of `ENGINES`; the test is skipped where this machine cannot."""
    try:
        return ENGINES[name](folder)
    except MissingRequirement as error:
        pytest.skip(str(error))


def _numpy(folder: Path) -> Engine:
    del folder
    return NumpyEngine(np.tanh, (SIZE, SIZE))


def _litert(folder: Path) -> Engine:
    path = write_tflite(folder / "a.tflite", conv_relu_tanh)
    return edgegan.load(path, "litert", threads=1, trust=True)


def _litert_on_gpu(folder: Path) -> Engine:
    path = write_tflite(folder / "a.tflite", conv_relu_tanh)
    return edgegan.load(path, "litert", device="gpu", trust=True)


def _onnxruntime(folder: Path) -> Engine:
    path = write_onnx(folder / "a.onnx", onnx_model())
    return edgegan.load(path, "onnxruntime", threads=1, trust=True)


def _openvino(folder: Path) -> Engine:
    path = write_onnx(folder / "a.onnx", onnx_model())
    return edgegan.load(path, "openvino", threads=1, trust=True)


def _tensorrt(folder: Path) -> Engine:
    """Open TensorRT's on a GPU made for the tests."""
    library = FakeCudart()
    return _plan(folder, Backend(name="tensorrt", trt=FakeTensorRT(library)), library)


def _tensorrt_rtx(folder: Path) -> Engine:
    """Open TensorRT-RTX's on a GPU made for the tests."""
    library = FakeCudart()
    backend = Backend(name="tensorrt-rtx", trt=FakeRtx(library, "1.7.1.116"))
    return _plan(folder, backend, library, b"vtrt".ljust(64, b"\0"))


def _plan(folder: Path, backend: Backend, library: FakeCudart, header: bytes = b"") -> Engine:
    path = folder / "a.plan"
    path.write_bytes(header + plan_bytes((1, SIZE, SIZE, 3)))
    cuda = Cuda(library)
    return TensorRTEngine(path, backend, cuda, device=cuda.device(0))


def _keras(folder: Path) -> Engine:
    import tf_keras as keras

    convolutions = [
        keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(3, 3, padding="same", activation="tanh"),
    ]
    path = folder / "a.keras"
    keras.Sequential([keras.Input((SIZE, SIZE, 3)), *convolutions]).save(path)
    return edgegan.load(path, "keras")


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "numpy": _numpy,
    "litert": _litert,
    "litert on gpu": _litert_on_gpu,
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "tensorrt": _tensorrt,
    "tensorrt-rtx": _tensorrt_rtx,
    "keras": _keras,
}
