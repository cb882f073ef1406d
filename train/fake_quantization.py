"""Rounding values to int8 in the forward pass, and passing gradients on as if it were not there.

Kernels are rounded with one scale an output channel; what convolutions read and give is
rounded in ranges. Gradients pass by the straight-through estimator (Jacob et al. 2018, Sec. 3;
Bengio et al. 2013). Ranges are moving averages of the extremes at first, then each is
stretched as its gradient says: wider to clip less, narrower to round finer (learned step
sizes; Esser et al. 2020, eq. 3), on either side by itself where the file can hold that (LSQ+;
Bhalgat et al. 2020).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

_DECAY = 0.99  # of the averages of extremes
_PACE = 10.0  # how many times as fast as a weight the logarithm of a stretch moves


def fake_quantize(x: Any, low: Any, high: Any, levels: int = 255) -> Any:
    """Round `x` to `levels` steps between `low` and `high`, of which one is 0.

    Args:
        x: float32.
        low: At most 0, a scalar.
        high: At least 0, a scalar.
        levels: Steps.

    Returns:
        The rounded values. The gradient of `x` is that of clipping to the range; bounds have
        that of Esser et al. 2020, eq. 3, each its own (Bhalgat et al. 2020).
    """
    step = tf.maximum(high - low, 1e-8) / levels
    zero = _round(-low / step)
    return _rounded(tf.clip_by_value(x, -zero * step, (levels - zero) * step), step)


def aligned(low: Any, high: Any) -> tuple[Any, Any]:
    """Move a range that is nearly symmetric so that 0 is a step, and both ends are.

    Else the values of an image's bytes, in [-1, 1], would all lie on ties. An int8 .tflite has
    it so, too (edgegan.export.tflite_quantization).
    """
    near = tf.abs(low + high) < (high - low) / 255
    reach = tf.maximum(-low, high)
    return tf.where(near, -reach * (128 / 127), low), tf.where(near, reach, high)


def fake_quantize_channels(x: Any, low: Any, high: Any) -> Any:
    """Round each channel of `x` to 254 steps between its `low` and `high`, `[C]` each."""
    centre, half = (low + high) / 2, tf.maximum(high - low, 1e-8) / 2
    return centre + _rounded(tf.clip_by_value(x - centre, -half, half), half / 127)


def quantize_kernel(kernel: Any, axis: int) -> Any:
    """Round a kernel to int8, symmetric, with a scale for each index of `axis`."""
    others = [i for i in range(4) if i != axis]
    reach = tf.maximum(tf.reduce_max(tf.abs(kernel), others, keepdims=True), 1e-8)
    return _rounded(kernel, tf.stop_gradient(reach) / 127)


class Range(tf.Module):  # type: ignore[misc]
    """A range that follows the extremes of values, then is learned, and rounds them in it.

    Args:
        follows: 1 while it follows, 0 when it is learned.
        symmetric: Whether the range is as wide on both sides of 0.
        channels: How many have a range of their own; None is one range for all.
        limit: What the range ends at on both sides, at most.
        known: Where it stands from the beginning, on both sides; None if it is to be found.
    """

    def __init__(
        self,
        follows: Any,
        symmetric: bool,
        channels: int | None = None,
        limit: float = float("inf"),
        known: float | None = None,
    ) -> None:
        super().__init__(name="range")
        self._limit = limit
        shape = () if channels is None else (channels,)
        bound = tf.zeros(shape) if known is None else tf.fill(shape, known)
        self._low, self._high = _variable(-bound), _variable(bound)
        self._seen = _variable(tf.zeros(()))
        sides = (1 if symmetric else 2, *shape)
        self._stretch = tf.Variable(tf.zeros(sides), trainable=known is None, name="stretch")
        self._follows = follows if known is None else tf.zeros(())
        self._symmetric, self._channels = symmetric, channels

    def __call__(self, x: Any) -> Any:
        """Round `x`, float32 `[N, H, W, C]`; the range follows it first, while it does."""
        low, high = self._extremes(tf.stop_gradient(x))
        keep = 1.0 - self._follows * (1.0 - _DECAY * self._seen)
        self._low.assign(keep * self._low + (1.0 - keep) * low)
        self._high.assign(keep * self._high + (1.0 - keep) * high)
        self._seen.assign(tf.ones(()))
        low, high = self._stretched()
        if self._channels is not None:
            return fake_quantize_channels(x, low, high)
        if self._symmetric:
            return fake_quantize(x, low, high, 254)
        return fake_quantize(x, *aligned(low, high))

    def begin(self) -> None:
        """Begin to learn: the range is what it followed."""
        self._stretch.assign(tf.zeros_like(self._stretch))

    def told(self) -> list[Any]:
        """Return the range in JSON's types, `[low, high]`, each a list if there are channels."""
        return [bound.numpy().tolist() for bound in self._stretched()]

    def _stretched(self) -> tuple[Any, Any]:
        # A channel that a norm reads may lie anywhere, so it is stretched about its centre; other
        # ranges hold 0, and keep it.
        centre = 0.0 if self._channels is None else (self._low + self._high) / 2
        # While it follows, the value is 0 but the gradient is not: Adam learns how large that is.
        stretch = self._stretch - self._follows * tf.stop_gradient(self._stretch)
        low, high = (
            centre + tf.exp(_PACE * stretch[side]) * (bound - centre)
            for side, bound in ((0, self._low), (-1, self._high))
        )
        return tf.maximum(low, -self._limit), tf.minimum(high, self._limit)

    def _extremes(self, x: Any) -> tuple[Any, Any]:
        if self._channels is not None:
            return tf.reduce_min(x, [0, 1, 2]), tf.reduce_max(x, [0, 1, 2])
        low = tf.maximum(tf.minimum(tf.reduce_min(x), 0.0), -self._limit)
        high = tf.minimum(tf.maximum(tf.reduce_max(x), 0.0), self._limit)
        reach = tf.maximum(-low, high)
        return (-reach, reach) if self._symmetric else (low, high)


def _variable(value: Any) -> Any:
    # Replicas see parts of a batch; a range follows the mean of what they see.
    mean = tf.VariableAggregation.MEAN
    return tf.Variable(value, trainable=False, aggregation=mean)


def _rounded(x: Any, step: Any) -> Any:
    return _round(x / step) * step


def _round(x: Any) -> Any:
    return x + tf.stop_gradient(tf.round(x) - x)
