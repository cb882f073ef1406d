from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgegan.runtime.tflite_graph import count_ops, xnnpack_coverage
from tests.runtime.models import kernel, write_tflite


def test_counts_ops(tflite: Path, padded_tflite: Path) -> None:
    assert count_ops(tflite) == {"CONV_2D": 2, "TANH": 1}  # ReLU is fused
    assert count_ops(padded_tflite) == {"CONV_2D": 2, "MIRROR_PAD": 1}


def test_a_whole_network_is_one_partition(tflite: Path) -> None:
    delegate = xnnpack_coverage(tflite)
    assert (delegate.name, delegate.partitions, delegate.outside) == ("xnnpack", 1, ())


def test_mirror_pad_splits_the_network(padded_tflite: Path) -> None:
    delegate = xnnpack_coverage(padded_tflite)
    assert (delegate.partitions, delegate.outside) == (2, ("MIRROR_PAD",))


def test_branches_and_several_outsiders(tmp_path: Path) -> None:
    import tensorflow as tf

    def branches(x: Any) -> Any:
        left = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
        right = tf.pad(tf.nn.relu(x), [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
        return tf.nn.conv2d(left, kernel(3, 3), 1, "VALID") + tf.nn.conv2d(
            right, kernel(3, 3, seed=5), 1, "VALID"
        )

    delegate = xnnpack_coverage(write_tflite(tmp_path / "branches.tflite", branches))
    assert delegate.outside == ("MIRROR_PAD", "MIRROR_PAD")


def test_half_precision_weights_stay_inside(tmp_path: Path) -> None:
    import tensorflow as tf

    def network(x: Any) -> Any:
        weights = tf.cast(tf.constant(kernel(3, 3).astype(np.float16)), tf.float32)
        return tf.nn.conv2d(x, weights, 1, "SAME")

    function = tf.function(network, input_signature=[tf.TensorSpec((1, 8, 8, 3), tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], tf.Module()
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    path = tmp_path / "half.tflite"
    path.write_bytes(converter.convert())
    assert count_ops(path)["DEQUANTIZE"] >= 1
    assert xnnpack_coverage(path).outside == ()
