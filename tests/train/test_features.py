from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.emoji import open_emoji
from edgegan.emoji import read_index as read_emoji
from edgegan.emoji_styles import read_index
from edgegan.errors import ArtifactError, MissingRequirement, UsageError
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.train import inception
from edgegan.train.emoji_features import FILE, classified, emoji_features
from edgegan.train.feature_cache import cached_features
from edgegan.train.features import Extractor, feature_gaps, open_extractor
from tests.repository import ROOT
from tests.runtime.models import SIZE, write_onnx, write_tflite


def pictures(count: int, size: int = SIZE, seed: int = 0) -> ImageArray:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)


def test_the_embedded_net_is_as_often_right_as_stated() -> None:
    data = open_emoji()
    index = {one.code: one for one in read_emoji()}
    categories = sorted({one.category for one in index.values()})
    right = {"styles": 0.0, "categories": 0.0}
    for number, part in enumerate((data.test_a, data.test_b)):
        features = emoji_features(np.stack([part[i] for i in range(len(part))]))
        codes = [name.removesuffix(".png") for name in part.names]
        answers = [categories.index(index[code].category) for code in codes]
        right["styles"] += float(np.mean(np.array(classified(features, "styles")) == number)) / 2
        found = np.array(classified(features, "categories"))
        right["categories"] += float(np.mean(found == answers)) / 2
    assert right["styles"] == pytest.approx(0.904, abs=0.003)  # as docs/evaluation.md says
    assert right["categories"] == pytest.approx(0.614, abs=0.003)
    assert (ROOT / "train" / FILE).stat().st_size < 1_000_000


def test_it_saw_no_held_out_emoji() -> None:
    tested = {one.code for one in read_emoji() if one.split == "test"}
    styled = {one.code for one in read_index() if one.split == "test"}
    assert styled <= tested  # so that leaving out the first leaves out both


def test_features_do_not_depend_on_the_batch() -> None:
    images = pictures(103, 64)
    together = open_extractor("emoji")(images)
    one_by_one = np.concatenate([open_extractor("emoji")(image[None]) for image in images[98:]])
    assert np.abs(together[98:] - one_by_one).max() < 1e-4
    assert np.abs(open_extractor("emoji")(images[::-1]) - together[::-1]).max() < 1e-4


def test_a_tflite_net_gives_its_output_averaged_over_places(tmp_path: Path) -> None:
    def halves(x: Any) -> Any:
        return x[:, ::4, ::4, :] * 2.0

    path = write_tflite(tmp_path / "net.tflite", halves)
    extractor = open_extractor(str(path))
    images = pictures(3)
    expected = (to_float(images)[:, ::4, ::4] * 2).mean(axis=(1, 2))
    assert np.abs(extractor(images) - expected).max() < 1e-5
    assert extractor.name.startswith("net.tflite (sha256 ")
    assert extractor(pictures(2, 2 * SIZE)).shape == (2, 3)  # resized to what it takes


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")
def test_a_quantized_net_gives_real_numbers(tmp_path: Path) -> None:
    """Bytes in, as of the picture; bytes out, which stand for real numbers."""
    path = tmp_path / "net.tflite"
    path.write_bytes(quantized_means())
    images = pictures(3)
    expected = to_float(images).mean(axis=(1, 2))
    found = open_extractor(str(path))(images)
    assert np.abs(found - expected).max() < 0.02  # two steps of its output


def quantized_means() -> bytes:
    image = keras.Input((SIZE, SIZE, 3), batch_size=1)
    means = keras.layers.GlobalAveragePooling2D()(keras.layers.AveragePooling2D(2)(image))
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, means))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    plain = np.ones((1, SIZE, SIZE, 3), np.float32)
    converter.representative_dataset = lambda: ([level * plain] for level in (-1, 1))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    content: bytes = converter.convert()
    return content


def test_an_onnx_net_may_have_its_channels_first(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["x"], ["y"])],
        "means",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, SIZE, SIZE))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 3, 1, 1))],
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    extractor = open_extractor(str(write_onnx(tmp_path / "net.onnx", model)))
    images = pictures(3)
    assert np.abs(extractor(images) - to_float(images).mean(axis=(1, 2))).max() < 1e-5


def test_bad_nets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(b"not a net")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv(inception.VARIABLE, raising=False)
    for spec, error, text in (
        ("emojis", UsageError, "Did you mean 'emoji'"),
        (str(tmp_path / "none.onnx"), UsageError, "does not exist"),
        (str(tmp_path / "net.pth"), UsageError, "expected a file ending in .tflite or .onnx"),
        (str(damaged), ArtifactError, "cannot be read"),
        ("inception", UsageError, "no file is given. Download https://"),
        (f"inception:{tmp_path}/none.pth", UsageError, "does not exist. Download https://"),
        (f"inception:{damaged}", ArtifactError, "SHA-256 is .*, expected 6726825d"),
        ("keras:mobilenet_v9", UsageError, "Did you mean 'mobilenet_v2'"),
        ("keras:mobilenet_v2", MissingRequirement, "weights of mobilenet_v2 are not in"),
    ):
        with pytest.raises(error, match=text):
            open_extractor(spec)


def test_real_images_are_described_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path))
    calls: list[int] = []

    def extract(images: ImageArray) -> FloatArray:
        calls.append(len(images))
        means: FloatArray = to_float(images).mean(axis=(1, 2))
        return means

    net = Extractor(name="a", size=None, resize="none", extract=extract)
    other = Extractor(name="b", size=None, resize="none", extract=extract)
    images = pictures(5)
    first = cached_features(images, net)
    assert np.array_equal(cached_features(images.copy(), net), first)
    assert calls == [5]
    cached_features(images, other)
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 1
    cached_features(changed, net)
    assert calls == [5, 5, 5]
    for path in (tmp_path / "features").iterdir():
        path.write_bytes(b"damaged")
    assert np.array_equal(cached_features(images, net), first)
    monkeypatch.setenv("EDGEGAN_CACHE", str(next((tmp_path / "features").iterdir())))
    assert np.array_equal(cached_features(images, net), first)  # no place to keep it


def test_gaps_are_those_of_directions() -> None:
    first = np.array([[1, 0], [2, 0], [1, 0]], np.float32)
    second = np.array([[3, 0], [0, 1], [-1, 0]], np.float32)
    assert feature_gaps(first, second) == pytest.approx([0, 2, 4], abs=1e-6)
