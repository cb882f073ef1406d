from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.errors import ImageError, UsageError
from edgegan.images import ImageArray
from edgegan.manifest import Tensor
from edgegan.runtime.image_io import to_network
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.ort import OnnxRuntimeEngine
from edgegan.runtime.seams import SeamLog, SeamSummary
from edgegan.runtime.tile_grid import Tiling
from edgegan.runtime.tiled_engine import TiledEngine, choose_tiling
from tests.runtime.models import write_onnx

TILING = Tiling(size=(8, 8), overlap=3)


def picture(size: tuple[int, int] = (27, 19)) -> ImageArray:
    """Noise, darker to the right, so that tiles differ in their statistics."""
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3))
    return (noise * np.linspace(1, 0.2, size[1])[None, :, None]).astype(np.uint8)


def pointwise(size: int | str, batch: int = 1, norm: bool = False) -> Any:
    """Make y = tanh(1x1 convolution(x)), with an instance norm between if asked for."""
    from onnx import TensorProto, helper, numpy_helper

    values = np.random.default_rng(3).normal(0, 0.6, (3, 3, 1, 1)).astype(np.float32)
    constants = {"w": values, "ones": np.ones(3, np.float32), "zeros": np.zeros(3, np.float32)}
    nodes = [
        helper.make_node("Transpose", ["x"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "w"], ["z"]),
        helper.make_node("InstanceNormalization", ["z", "ones", "zeros"], ["n"]),
        helper.make_node("Tanh", ["n" if norm else "z"], ["t"]),
        helper.make_node("Transpose", ["t"], ["y"], perm=[0, 2, 3, 1]),
    ]
    shape = (batch, size, size, 3)
    images = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "pointwise", images[:1], images[1:], weights)
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def tiled(path: Path, model: Any) -> tuple[ImageArray, SeamSummary]:
    """Translate the picture by tiles; return the result and its seams."""
    engine = OnnxRuntimeEngine(write_onnx(path, model))
    log = SeamLog()
    result = TiledEngine(engine, TILING, log)(picture())
    log.name("picture")
    summary = log.summary()
    assert summary is not None
    return result, summary


@pytest.mark.parametrize("batch", [1, 4])
def test_pixels_by_themselves_are_as_without_tiles(tmp_path: Path, batch: int) -> None:
    result, seams = tiled(tmp_path / "tiles.onnx", pointwise(8, batch))
    whole = OnnxRuntimeEngine(write_onnx(tmp_path / "whole.onnx", pointwise("side")))
    assert np.abs(result.astype(int) - whole(picture())).max() <= 1
    assert len(np.unique(result)) > 100
    assert (seams.count, seams.median) == (5 * 3 + 4 * 4, 0)
    assert seams.maximum <= 1


def test_an_instance_norm_makes_seams(tmp_path: Path) -> None:
    _, seams = tiled(tmp_path / "norm.onnx", pointwise(8, norm=True))
    assert seams.median > 4
    assert seams.notable
    assert seams.worst.mean >= seams.median
    assert seams.picture == "picture"


def test_labels_and_several_pictures() -> None:
    engine = NumpyEngine(lambda x, label: x * label[:, None, None], (8, 8), label_length=3)
    both = TiledEngine(engine, TILING, SeamLog())
    label = np.array([1, -1, 0], np.float32)
    pictures = np.stack([picture(), picture()[::-1]])
    expected = pictures.copy()
    expected[..., 1] = 255 - pictures[..., 1]
    expected[..., 2] = 128  # rint(127.5)
    assert np.array_equal(both(pictures, label), expected)
    assert np.array_equal(both(pictures[0], label), expected[0])
    x = to_network(picture(), engine.info.io)
    assert both.run(x, label=label[None]).shape == x.shape == (1, 8, 8, 3)


def test_nan_is_refused() -> None:
    broken = NumpyEngine(lambda x: x * np.float32(np.nan), (8, 8))
    with pytest.raises(ImageError, match="NaN"):
        TiledEngine(broken, TILING, SeamLog())(picture())


def test_the_network_decides_the_size_of_tiles() -> None:
    fixed, free = NumpyEngine(np.negative, (32, 48)), NumpyEngine(np.negative)
    assert choose_tiling(fixed, None, None) == Tiling(size=(32, 48), overlap=8)
    assert choose_tiling(fixed, (32, 48), 0) == Tiling(size=(32, 48), overlap=0)
    assert choose_tiling(free, (64, 64), None) == Tiling(size=(64, 64), overlap=16)
    with pytest.raises(UsageError, match="takes 32x48, so tiles are 32x48, too; got --tile 48x32"):
        choose_tiling(fixed, (48, 32), None)
    with pytest.raises(UsageError, match="takes any size, so --tile needs one"):
        choose_tiling(free, None, None)


def test_bytes_channels_first() -> None:
    image = Tensor(name="image", shape=(2, 3, 8, 8), dtype="uint8", layout="NCHW")
    engine = NumpyEngine(lambda x: 255 - x, image=image)
    assert np.array_equal(TiledEngine(engine, TILING, SeamLog())(picture()), 255 - picture())
