"""Feature nets in .tflite and .onnx files, such as MobileNet without its last layer.

A net that takes bytes gets the picture's bytes; one that takes floats gets [-1, 1]. A map of
features is averaged over its places.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError, UsageError
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.manifest import sha256
from edgegan.optional import needs
from edgegan.train.features import Extractor, bicubic

_Net = tuple[tuple[int, int], Callable[[ImageArray], FloatArray]]


def open_feature_file(path: Path) -> Extractor:
    """Open a .tflite or .onnx feature net.

    Raises:
        UsageError: there is no such file.
        ArtifactError: it cannot be read, or does not take one RGB picture of fixed size.
        MissingRequirement: the package that runs it is not installed.
    """
    if not path.is_file():
        raise UsageError(f"The feature net {path} does not exist. Give the path of a file.")
    size, one = (_tflite if path.suffix == ".tflite" else _onnx)(path)

    def extract(images: ImageArray) -> FloatArray:
        return np.stack([_vector(one(image)) for image in images])

    return Extractor(
        name=f"{path.name} (sha256 {sha256(path)[:12]})",
        size=size,
        resize=bicubic(size),
        extract=extract,
    )


def _tflite(path: Path) -> _Net:
    with needs("tflite"):
        from ai_edge_litert.interpreter import Interpreter
    try:
        net = Interpreter(str(path))
        net.allocate_tensors()
        image, output = net.get_input_details()[0], net.get_output_details()[0]
    except (ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    size = _size(path, list(image["shape"]))
    scale, zero = output["quantization"]

    def one(picture: ImageArray) -> FloatArray:
        net.set_tensor(image["index"], _input(picture, np.dtype(image["dtype"]).name)[None])
        net.invoke()
        values: FloatArray = net.get_tensor(output["index"]).astype(np.float32)
        return (values - np.float32(zero)) * np.float32(scale) if scale else values

    return size, one


def _onnx(path: Path) -> _Net:
    with needs("onnx"):
        import onnxruntime
    try:
        net: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _unreadable(path, error) from error
    image = net.get_inputs()[0]
    channels_first = len(image.shape) == 4 and image.shape[1] == 3
    shape = [image.shape[i] for i in (0, 2, 3, 1)] if channels_first else image.shape
    size = _size(path, shape)
    dtype = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}.get(image.type, image.type)

    def one(picture: ImageArray) -> FloatArray:
        values = _input(picture, dtype)[None]
        values = np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if channels_first else values
        found: FloatArray = net.run(None, {image.name: values})[0].astype(np.float32)
        return found.transpose(0, 2, 3, 1) if channels_first and found.ndim == 4 else found

    return size, one


def _input(picture: ImageArray, dtype: str) -> Any:
    if dtype == "uint8":
        return picture
    if dtype == "float32":
        return to_float(picture)
    raise ArtifactError(f"The feature net takes {dtype}; expected uint8 or float32 pictures.")


def _vector(values: FloatArray) -> FloatArray:
    vector: FloatArray = values.reshape(-1, values.shape[-1]).mean(axis=0)
    return vector


def _size(path: Path, shape: Any) -> tuple[int, int]:
    if (
        len(shape) == 4
        and shape[3] == 3
        and all(isinstance(s, int | np.integer) for s in shape[1:3])
    ):
        return int(shape[1]), int(shape[2])
    raise ArtifactError(
        f"{path} is no feature net for pictures: its input is {list(shape)}; expected one RGB "
        "picture of a fixed size, [N, H, W, 3] or, in .onnx, [N, 3, H, W]."
    )


def _unreadable(path: Path, error: Exception) -> ArtifactError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return ArtifactError(f"The feature net {path} cannot be read: {reason}")
