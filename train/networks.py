"""The generators of CycleGAN and StarGAN, and CycleGAN's discriminator, in Keras.

References: junyanz/pytorch-CycleGAN-and-pix2pix, models/networks.py (ResnetGenerator,
NLayerDiscriminator); yunjey/stargan, model.py (Generator). Convolutions before an instance
norm carry no bias here: the norm subtracts it again, so the function is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import tf_keras as keras

from edgegan.generator import ConvPadding, GeneratorConfig
from edgegan.train.cyclegan_config import DiscriminatorConfig
from edgegan.train.layers import InstanceNormalization, LabelPlanes, ReflectionPadding2D

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
        A model from float32 `[N, H, W, C]` in [-1, 1] to the same, which takes a list of
        images and labels, float32 `[N, label_length]`, if the family is "stargan". Kernels
        are drawn from N(0, 0.02), StarGAN's as `fan_in_uniform` does.
    """
    size = None if any_size else config.image_size
    widths = config.layer_widths
    image = keras.Input((size, size, config.channels), name="image")
    inputs, x = image, image
    if config.family == "stargan":
        label = keras.Input((config.label_length,), name="label")
        inputs, x = [image, label], LabelPlanes(name="label_planes")([image, label])
    x = _padded_conv(x, config, widths.stem, 7, "stem")
    x = _norm_relu(x, config, "stem")
    for i, width in enumerate(widths.down):
        x = _downsample(x, config, width, f"down{i + 1}")
    for i, width in enumerate(widths.inner):
        x = _residual_block(x, config, width, f"block{i + 1}")
    for i, width in enumerate(widths.up):
        x = _upsample(x, config, width, f"up{i + 1}")
    x = _padded_conv(x, config, config.channels, 7, "head", use_bias=config.family != "stargan")
    x = keras.layers.Activation("tanh", name="tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)


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
            x = _instance_norm(config, f"norm{i + 1}")(x)
        x = keras.layers.LeakyReLU(0.2, name=f"lrelu{i + 1}")(x)
    x, padding = _padded(x, config.conv_padding, "pad_logits")
    # Losses need the resolution that a 16-bit type lacks.
    x = _conv(1, 4, "logits", padding=padding, use_bias=True, dtype="float32")(x)
    return keras.Model(image, x, name=name)


def fan_in_uniform() -> Any:
    """Draw from U(-1/sqrt(n), 1/sqrt(n)), n inputs a value: PyTorch's default, StarGAN's."""
    return keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")


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
    start = _kernel_initializer(config)
    return _conv(width, kernel, f"{name}_conv", use_bias=use_bias, start=start)(x)


def _downsample(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    if config.downsample == "blur":
        x = _norm_relu(_zero_padded_conv(x, config, width, name), config, name)
        return _blurred_half(x, f"{name}_blur")
    kernel = _stride_kernel(config)
    x, padding = _padded(x, _stride_padding(config), f"{name}_pad")
    start = _kernel_initializer(config)
    x = _conv(width, kernel, f"{name}_conv", strides=2, padding=padding, start=start)(x)
    return _norm_relu(x, config, name)


def _blurred_half(x: Any, name: str) -> Any:
    """Blur by (1, 2, 1) / 4 along both axes, and take every other pixel."""
    x = ReflectionPadding2D(1, name=f"{name}_pad")(x)
    # The mean of two, twice, is that filter; and means stay exact in an int8 file.
    x = keras.layers.AveragePooling2D(2, strides=1, name=f"{name}_mean")(x)
    return keras.layers.AveragePooling2D(2, strides=2, name=f"{name}_half")(x)


def _zero_padded_conv(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return _conv(width, 3, f"{name}_conv", start=_kernel_initializer(config))(x)


def _upsample(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    if config.upsample == "resize":
        x = keras.layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_resize")(x)
        x = _padded_conv(x, config, width, 3, name)
    elif config.upsample == "blur":
        # CUT's filter, (1, 3, 3, 1) / 4 between pixels, edges repeated, is this interpolation.
        x = keras.layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_resize")(x)
        x = _zero_padded_conv(x, config, width, name)
    else:
        x = _deconv(x, config, width, name)
    return _norm_relu(x, config, name)


def _deconv(x: Any, config: GeneratorConfig, width: int, name: str) -> Any:
    explicit = _stride_padding(config) == "explicit"
    x = keras.layers.Conv2DTranspose(
        width,
        _stride_kernel(config),
        strides=2,
        padding="valid" if explicit else "same",
        use_bias=False,
        kernel_initializer=_kernel_initializer(config),
        name=f"{name}_conv",
    )(x)
    if explicit:
        # PyTorch's padding=1, output_padding=1 keeps all but the first row and column.
        x = keras.layers.Cropping2D(((1, 0), (1, 0)), name=f"{name}_crop")(x)
    return x


def _stride_kernel(config: GeneratorConfig) -> int:
    return 4 if config.family == "stargan" else 3


def _stride_padding(config: GeneratorConfig) -> ConvPadding:
    # A 4x4 kernel is padded alike under both rules, and "same" needs no layer for it.
    return "same" if _stride_kernel(config) == 4 else config.conv_padding


def _residual_block(x: Any, config: GeneratorConfig, inner: int, name: str) -> Any:
    y = _padded_conv(x, config, inner, 3, f"{name}a")
    y = _norm_relu(y, config, f"{name}a")
    y = _padded_conv(y, config, config.layer_widths.trunk, 3, f"{name}b")
    y = _norm(config, f"{name}b_norm")(y)
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _norm_relu(x: Any, config: GeneratorConfig, name: str) -> Any:
    return keras.layers.ReLU(name=f"{name}_relu")(_norm(config, f"{name}_norm")(x))


def _norm(config: GeneratorConfig, name: str) -> Layer:
    if config.norm == "instance":
        return _instance_norm(config, name)
    layer: Layer = keras.layers.BatchNormalization(epsilon=config.norm_epsilon, name=name)
    return layer


def _instance_norm(config: GeneratorConfig | DiscriminatorConfig, name: str) -> Layer:
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
    start: Any = None,
) -> Layer:
    layer: Layer = keras.layers.Conv2D(
        width,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=use_bias,
        kernel_initializer=start or _normal(),
        dtype=dtype,
        name=name,
    )
    return layer


def _kernel_initializer(config: GeneratorConfig) -> Any:
    return fan_in_uniform() if config.family == "stargan" else _normal()


def _normal() -> Any:
    # A new instance for each layer: Keras draws the same values again from a shared one.
    return keras.initializers.RandomNormal(0.0, 0.02)
