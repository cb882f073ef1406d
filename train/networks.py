"""The two networks of CycleGAN, as functional Keras models.

Reference: junyanz/pytorch-CycleGAN-and-pix2pix, models/networks.py (ResnetGenerator,
NLayerDiscriminator). Convolutions before an instance norm carry no bias here: the norm
subtracts it again, so the function is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import tf_keras as keras

from edgegan.generator import ConvPadding, GeneratorConfig
from edgegan.train.config_groups import DiscriminatorConfig
from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D

Layer = Callable[[Any], Any]


def build_generator(
    config: GeneratorConfig, name: str = "generator", any_size: bool = False
) -> keras.Model:
    """Build the ResNet generator that `config` describes.

    Args:
        config: What to build.
        name: Of the model.
        any_size: Whether to leave height and width open; otherwise both are the
            configuration's image size.

    Returns:
        A model from float32 `[N, H, W, C]` in [-1, 1] to the same. Kernels are drawn
        from N(0, 0.02).
    """
    size = None if any_size else config.image_size
    width = config.filters
    image = keras.Input((size, size, config.channels), name="image")
    x = _padded_conv(image, config, width, 7, "stem")
    x = _norm_relu(x, config, "stem")
    for i in range(config.downsamplings):
        width *= 2
        x = _downsample(x, config, width, f"down{i + 1}")
    for i in range(config.residual_blocks):
        x = _residual_block(x, config, width, f"block{i + 1}")
    for i in range(config.downsamplings):
        width //= 2
        x = _upsample(x, config, width, f"up{i + 1}")
    x = _padded_conv(x, config, config.channels, 7, "head", use_bias=True)
    x = keras.layers.Activation("tanh", name="tanh", dtype="float32")(x)
    return keras.Model(image, x, name=name)


def build_discriminator(
    config: DiscriminatorConfig, channels: int = 3, name: str = "discriminator"
) -> keras.Model:
    """Build the PatchGAN that `config` describes.

    Returns:
        A model from float32 `[N, H, W, channels]` to float32 logits `[N, h, w, 1]`;
        256x256 pixels give 30x30 logits with three layers.
    """
    image = keras.Input((None, None, channels), name="image")
    x: Any = image
    for i in range(config.layers + 1):
        width = config.filters * min(2**i, 8)
        stride = 2 if i < config.layers else 1
        x, padding = _padded(x, config.conv_padding, f"pad{i + 1}")
        x = _conv(width, 4, f"conv{i + 1}", strides=stride, padding=padding, use_bias=i == 0)(x)
        if i > 0:
            x = _norm(config, f"norm{i + 1}")(x)
        x = keras.layers.LeakyReLU(0.2, name=f"lrelu{i + 1}")(x)
    x, padding = _padded(x, config.conv_padding, "pad_logits")
    # Losses need the resolution that a 16-bit type lacks.
    x = _conv(1, 4, "logits", padding=padding, use_bias=True, dtype="float32")(x)
    return keras.Model(image, x, name=name)


def share_kernels(networks: Iterable[keras.Model]) -> None:
    """Make all kernels of one shape start equal, in all `networks` together.

    So they do in the keras-io example: a Keras initialiser that several layers share
    draws the same values for each.
    """
    first: dict[tuple[int, ...], Any] = {}
    for network in networks:
        for variable in network.trainable_variables:
            if len(variable.shape) == 4:
                variable.assign(first.setdefault(tuple(variable.shape), variable.numpy()))


def _padded(x: Any, conv_padding: ConvPadding, name: str) -> tuple[Any, str]:
    """Pad one pixel on each side if that is the rule; return what is left for Keras."""
    if conv_padding == "same":
        return x, "same"
    return keras.layers.ZeroPadding2D(1, name=name)(x), "valid"


def _padded_conv(
    x: Any, config: GeneratorConfig, width: int, kernel: int, name: str, use_bias: bool = False
) -> Any:
    pad = kernel // 2
    padding = ReflectionPadding2D if config.padding == "reflect" else keras.layers.ZeroPadding2D
    x = padding(pad, name=f"{name}_pad")(x)
    return _conv(width, kernel, f"{name}_conv", use_bias=use_bias)(x)


def _downsample(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    x, padding = _padded(x, config.conv_padding, f"{name}_pad")
    x = _conv(width, 3, f"{name}_conv", strides=2, padding=padding)(x)
    return _norm_relu(x, config, name)


def _upsample(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    if config.upsample == "resize":
        x = keras.layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_resize")(x)
        x = _padded_conv(x, config, width, 3, name)
    else:
        x = _deconv(x, config, width, name)
    return _norm_relu(x, config, name)


def _deconv(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    explicit = config.conv_padding == "explicit"
    x = keras.layers.Conv2DTranspose(
        width,
        3,
        strides=2,
        padding="valid" if explicit else "same",
        use_bias=False,
        kernel_initializer=_normal(),
        name=f"{name}_conv",
    )(x)
    if explicit:
        # PyTorch's padding=1, output_padding=1 keeps all but the first row and column.
        x = keras.layers.Cropping2D(((1, 0), (1, 0)), name=f"{name}_crop")(x)
    return x


def _residual_block(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    y = _padded_conv(x, config, width, 3, f"{name}a")
    y = _norm_relu(y, config, f"{name}a")
    y = _padded_conv(y, config, width, 3, f"{name}b")
    y = _norm(config, f"{name}b_norm")(y)
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _norm_relu(x: Any, config: GeneratorConfig, name: str) -> Any:
    return keras.layers.ReLU(name=f"{name}_relu")(_norm(config, f"{name}_norm")(x))


def _norm(config: GeneratorConfig | DiscriminatorConfig, name: str) -> Layer:
    gamma = _normal() if config.gamma_init == "normal" else "ones"
    layer: Layer = InstanceNormalization(config.norm_epsilon, config.norm_affine, gamma, name=name)
    return layer


def _conv(
    width: int,
    kernel: int,
    name: str,
    strides: int = 1,
    padding: str = "valid",
    use_bias: bool = False,
    dtype: str | None = None,
) -> Layer:
    layer: Layer = keras.layers.Conv2D(
        width,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=use_bias,
        kernel_initializer=_normal(),
        dtype=dtype,
        name=name,
    )
    return layer


def _normal() -> Any:
    # A new instance for each layer: Keras draws the same values again from a shared one.
    return keras.initializers.RandomNormal(0.0, 0.02)
