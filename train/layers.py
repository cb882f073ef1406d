"""Layers that Keras lacks. They are registered, so that saved files load anywhere."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="edgegan")
class InstanceNormalization(keras.layers.Layer):  # type: ignore[misc]
    """Normalise each image and channel over its pixels (Ulyanov et al. 2016, eq. 1-3).

    The variance is the biased one, as in PyTorch's InstanceNorm2d. It keeps no running
    statistics: training and inference are the same function. Statistics are float32
    whatever the compute dtype, since a float16 variance overflows.

    Input and output: float `[N, H, W, C]`.

    Args:
        epsilon: Added to the variance; PyTorch's default is 1e-5.
        affine: Whether to learn a scale (gamma) and an offset (beta) per channel.
        gamma_initializer: Of gamma, as Keras names or serialises it.
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        affine: bool = False,
        gamma_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon, self.affine = epsilon, affine
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta (zeros), `[C]` each, if affine; float32 in any policy."""
        if self.affine:
            self.gamma = self._add_vector("gamma", input_shape[-1], self.gamma_initializer)
            self.beta = self._add_vector("beta", input_shape[-1], "zeros")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Normalise over axes 1 and 2."""
        x = tf.cast(inputs, tf.float32)
        # Not tf.nn.moments: it stops the gradient at the mean, which leaves first derivatives
        # exact, but not the second ones that a gradient penalty needs.
        centred = x - tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axis=[1, 2], keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon)
        if self.affine:
            scale = scale * self.gamma
        y = centred * scale
        if self.affine:
            y = y + self.beta
        return tf.cast(y, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that rebuild the layer."""
        config: dict[str, Any] = super().get_config()
        gamma = keras.initializers.serialize(self.gamma_initializer)
        own = {"epsilon": self.epsilon, "affine": self.affine, "gamma_initializer": gamma}
        return {**config, **own}

    def _add_vector(self, name: str, length: int, initializer: Any) -> Any:
        return self.add_weight(
            name=name,
            shape=(length,),
            dtype=tf.float32,
            initializer=initializer,
            experimental_autocast=False,
        )


@keras.saving.register_keras_serializable(package="edgegan")
class ReflectionPadding2D(keras.layers.Layer):  # type: ignore[misc]
    """Mirror `padding` pixels at each border, without repeating the edge pixel.

    Input `[N, H, W, C]`; output `[N, H + 2p, W + 2p, C]`. As PyTorch's
    ReflectionPad2d: H and W must be larger than `padding`.
    """

    def __init__(self, padding: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = padding

    def call(self, inputs: Any) -> Any:
        """Pad axes 1 and 2."""
        p = self.padding
        return tf.pad(inputs, [[0, 0], [p, p], [p, p], [0, 0]], mode="REFLECT")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that rebuild the layer."""
        config: dict[str, Any] = super().get_config()
        return {**config, "padding": self.padding}


@keras.saving.register_keras_serializable(package="edgegan")
class LabelPlanes(keras.layers.Layer):  # type: ignore[misc]
    """Put a label behind the channels of an image, each entry as a constant plane.

    Choi et al. 2018, Sec. 3.1; reference: yunjey/stargan, model.py.

    Input: a list of images, float `[N, H, W, C]`, and labels, `[N, c]`. Output:
    `[N, H, W, C + c]`.
    """

    def call(self, inputs: Any) -> Any:
        """Spread the label over axes 1 and 2."""
        image, label = inputs
        planes = tf.ones_like(image[..., :1]) * tf.cast(label, image.dtype)[:, None, None, :]
        return tf.concat([image, planes], axis=-1)
