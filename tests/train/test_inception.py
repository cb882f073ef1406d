"""The FID Inception, compared with one written from the layout of pytorch-fid's file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.errors import ArtifactError
from edgegan.images import FloatArray
from edgegan.train.inception import inception


class Reference:
    """Computes the features, and draws the weights, named and ordered as in the file."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.rng = np.random.default_rng(0)

    def conv(
        self, x: Any, name: str, out: int, size: tuple[int, int], stride: int = 1, pad: bool = True
    ) -> Any:
        """Convolve, normalise, ReLU; PyTorch's order of axes in the weights."""
        inputs = x.shape[-1]
        spread = np.sqrt(2 / (inputs * size[0] * size[1]))
        kernel = (self.rng.normal(size=(out, inputs, *size)) * spread).astype(np.float32)
        gain, shift, mean, variance = (
            self.rng.uniform(low, high, out).astype(np.float32)
            for low, high in ((0.8, 1.2), (-0.1, 0.1), (-0.1, 0.1), (0.8, 1.2))
        )
        self.state[f"{name}.conv.weight"] = kernel
        parts = {"weight": gain, "bias": shift, "running_mean": mean, "running_var": variance}
        self.state |= {f"{name}.bn.{part}": value for part, value in parts.items()}
        x = tf.nn.conv2d(x, kernel.transpose(2, 3, 1, 0), stride, "SAME" if pad else "VALID")
        return tf.nn.relu((x - mean) / np.sqrt(variance + 1e-3) * gain + shift)

    def features(self, x: Any) -> FloatArray:
        """Return `[N, 2048]`."""
        x = self.conv(x, "Conv2d_1a_3x3", 32, (3, 3), 2, pad=False)
        x = self.conv(x, "Conv2d_2a_3x3", 32, (3, 3), pad=False)
        x = self.conv(x, "Conv2d_2b_3x3", 64, (3, 3))
        x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        x = self.conv(x, "Conv2d_3b_1x1", 80, (1, 1))
        x = self.conv(x, "Conv2d_4a_3x3", 192, (3, 3), pad=False)
        x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        for name, pool in (("5b", 32), ("5c", 64), ("5d", 64)):
            x = self.block_a(x, f"Mixed_{name}", pool)
        x = self.block_b(x, "Mixed_6a")
        for name, width in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
            x = self.block_c(x, f"Mixed_{name}", width)
        x = self.block_d(x, "Mixed_7a")
        x = self.block_e(x, "Mixed_7b", tf.nn.avg_pool2d)
        x = self.block_e(x, "Mixed_7c", tf.nn.max_pool2d)
        found: FloatArray = tf.reduce_mean(x, axis=[1, 2]).numpy()
        return found

    def block_a(self, x: Any, name: str, pool: int) -> Any:
        one = self.conv(x, f"{name}.branch1x1", 64, (1, 1))
        five = self.conv(x, f"{name}.branch5x5_1", 48, (1, 1))
        five = self.conv(five, f"{name}.branch5x5_2", 64, (5, 5))
        three = self.conv(x, f"{name}.branch3x3dbl_1", 64, (1, 1))
        three = self.conv(three, f"{name}.branch3x3dbl_2", 96, (3, 3))
        three = self.conv(three, f"{name}.branch3x3dbl_3", 96, (3, 3))
        pooled = tf.nn.avg_pool2d(x, 3, 1, "SAME")
        pooled = self.conv(pooled, f"{name}.branch_pool", pool, (1, 1))
        return tf.concat([one, five, three, pooled], -1)

    def block_b(self, x: Any, name: str) -> Any:
        three = self.conv(x, f"{name}.branch3x3", 384, (3, 3), 2, pad=False)
        double = self.conv(x, f"{name}.branch3x3dbl_1", 64, (1, 1))
        double = self.conv(double, f"{name}.branch3x3dbl_2", 96, (3, 3))
        double = self.conv(double, f"{name}.branch3x3dbl_3", 96, (3, 3), 2, pad=False)
        return tf.concat([three, double, tf.nn.max_pool2d(x, 3, 2, "VALID")], -1)

    def block_c(self, x: Any, name: str, width: int) -> Any:
        one = self.conv(x, f"{name}.branch1x1", 192, (1, 1))
        seven = self.conv(x, f"{name}.branch7x7_1", width, (1, 1))
        seven = self.conv(seven, f"{name}.branch7x7_2", width, (1, 7))
        seven = self.conv(seven, f"{name}.branch7x7_3", 192, (7, 1))
        double = self.conv(x, f"{name}.branch7x7dbl_1", width, (1, 1))
        for number, size in ((2, (7, 1)), (3, (1, 7)), (4, (7, 1))):
            double = self.conv(double, f"{name}.branch7x7dbl_{number}", width, size)
        double = self.conv(double, f"{name}.branch7x7dbl_5", 192, (1, 7))
        pooled = tf.nn.avg_pool2d(x, 3, 1, "SAME")
        pooled = self.conv(pooled, f"{name}.branch_pool", 192, (1, 1))
        return tf.concat([one, seven, double, pooled], -1)

    def block_d(self, x: Any, name: str) -> Any:
        three = self.conv(x, f"{name}.branch3x3_1", 192, (1, 1))
        three = self.conv(three, f"{name}.branch3x3_2", 320, (3, 3), 2, pad=False)
        seven = self.conv(x, f"{name}.branch7x7x3_1", 192, (1, 1))
        seven = self.conv(seven, f"{name}.branch7x7x3_2", 192, (1, 7))
        seven = self.conv(seven, f"{name}.branch7x7x3_3", 192, (7, 1))
        seven = self.conv(seven, f"{name}.branch7x7x3_4", 192, (3, 3), 2, pad=False)
        return tf.concat([three, seven, tf.nn.max_pool2d(x, 3, 2, "VALID")], -1)

    def block_e(self, x: Any, name: str, pool: Any) -> Any:
        one = self.conv(x, f"{name}.branch1x1", 320, (1, 1))
        three = self.conv(x, f"{name}.branch3x3_1", 384, (1, 1))
        a = self.conv(three, f"{name}.branch3x3_2a", 384, (1, 3))
        b = self.conv(three, f"{name}.branch3x3_2b", 384, (3, 1))
        double = self.conv(x, f"{name}.branch3x3dbl_1", 448, (1, 1))
        double = self.conv(double, f"{name}.branch3x3dbl_2", 384, (3, 3))
        c = self.conv(double, f"{name}.branch3x3dbl_3a", 384, (1, 3))
        d = self.conv(double, f"{name}.branch3x3dbl_3b", 384, (3, 1))
        pooled = self.conv(pool(x, 3, 1, "SAME"), f"{name}.branch_pool", 192, (1, 1))
        return tf.concat([one, a, b, c, d, pooled], -1)


@pytest.mark.slow
def test_it_computes_what_the_file_describes() -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (1, 299, 299, 3)).astype(np.float32)
    reference = Reference()
    expected = reference.features(x)
    found = inception(reference.state)(x, training=False).numpy()
    assert found.shape == (1, 2048)
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()
    lost = {name: value for name, value in reference.state.items() if "7c.branch1x1" not in name}
    with pytest.raises(ArtifactError, match="93 convolutions; expected 94"):
        inception(lost)
