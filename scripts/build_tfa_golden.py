"""Write generators as TensorFlow Addons users have them, for tests/train/test_foreign_keras*.py.

From the root of the checkout, with Python 3.9 to 3.11, for which the packages exist::

    python3.11 -m scripts.build_tfa_golden

This makes an environment with the last TensorFlow Addons (0.23.0) and the TensorFlow it
fits (2.15.1), and writes one tiny CycleGAN of the keras-io example's architecture in every
format, with its inputs and outputs, to tests/train/golden/tfa. All weights are random, so
that a missed one shows. An environment kept in `--venv` is used again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GOLDEN = Path("tests/train/golden/tfa")
PACKAGES = ("tensorflow-cpu==2.15.1", "tensorflow-addons==0.23.0", "numpy<2")
SIZE = 16
FILTERS = 2


def main() -> None:
    """Make the environment, and run this script again in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, help="keep the environment here")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        pack_golden(GOLDEN)
        return
    with tempfile.TemporaryDirectory() as temporary:
        environment = options.venv or Path(temporary)
        python = environment / "bin" / "python"
        if not python.exists():
            venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        subprocess.run([python, "-m", "scripts.build_tfa_golden", "--inside"], check=True)


def pack_golden(folder: Path) -> None:
    """Write every format into one archive, since HDF5 and graphs are mostly air."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        write_golden(Path(temporary))
        archive = shutil.make_archive(str(folder / "generators"), "zip", temporary)
    print(f"{archive}: {Path(archive).stat().st_size} bytes")


def write_golden(folder: Path) -> None:
    """Write every format, and `outputs.npz` with what TensorFlow Addons computed."""
    import numpy as np

    rng = np.random.default_rng(6)
    a2b, b2a = (randomised(generator(name), rng) for name in ("generator_G", "generator_F"))
    uneven = randomised(uneven_generator(), rng)
    a2b.save(folder / "generator.h5")
    a2b.save(folder / "generator.keras")
    a2b.save(folder / "saved_model", save_format="tf")
    a2b.save_weights(folder / "weights-only.h5")
    a2b.save_weights(folder / "generator.weights.h5")  # the name chooses Keras's newer layout
    uneven.save(folder / "uneven.h5")
    gan = cyclegan(a2b, b2a, *(randomised(judge(f"discriminator_{x}"), rng) for x in "XY"))
    gan.save_weights(folder / "cyclegan_checkpoints.090", save_format="tf")
    gan.save_weights(folder / "cyclegan-weights.h5")
    x = rng.uniform(-1, 1, (2, SIZE, SIZE, 3)).astype(np.float32)
    outputs = {net.name: net(x, training=False).numpy() for net in (a2b, b2a, uneven)}
    np.savez_compressed(folder / "outputs.npz", x=x, **outputs)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        print(f"{path.relative_to(folder)}: {path.stat().st_size} bytes")


def generator(name: str, blocks: int = 1) -> Any:
    """Build the example's generator: every convolution but the last before a norm."""
    from tensorflow import keras
    from tensorflow.keras import layers

    image = layers.Input((SIZE, SIZE, 3), name=f"{name}_img_input")
    x = normed(layers.Conv2D(FILTERS, 7, use_bias=False)(reflected(image, 3)))
    for width in (2 * FILTERS, 4 * FILTERS):
        down = layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False)
        x = normed(down(x))
    for _ in range(blocks):
        y = normed(layers.Conv2D(4 * FILTERS, 3, use_bias=False)(reflected(x, 1)))
        y = layers.Conv2D(4 * FILTERS, 3, use_bias=False)(reflected(y, 1))
        x = layers.add([x, normed(y, activation=None)])
    for width in (2 * FILTERS, FILTERS):
        up = layers.Conv2DTranspose(width, 3, strides=2, padding="same", use_bias=False)
        x = normed(up(x))
    x = layers.Conv2D(3, 7)(reflected(x, 3))
    return keras.Model(image, layers.Activation("tanh")(x), name=name)


def uneven_generator() -> Any:
    """Build a generator that no EdgeGAN configuration describes."""
    from tensorflow import keras
    from tensorflow.keras import layers

    image = layers.Input((None, None, 3))
    x = normed(layers.Conv2D(4, 5, padding="same")(image), activation=None)
    x = layers.LeakyReLU(0.2)(x)
    y = layers.Conv2D(6, 4, strides=2, padding="same", activation="relu")(x)
    y = layers.UpSampling2D(interpolation="bilinear")(y)
    x = normed(layers.Conv2D(5, 3)(reflected(layers.Concatenate()([x, y]), 1)))
    x = layers.Conv2D(3, 3, padding="same", activation="tanh")(x)
    return keras.Model(image, x, name="uneven")


def judge(name: str) -> Any:
    """Build a small discriminator, which a checkpoint of the whole GAN holds, too."""
    from tensorflow import keras
    from tensorflow.keras import layers

    image = layers.Input((SIZE, SIZE, 3), name=f"{name}_img_input")
    x = layers.LeakyReLU(0.2)(layers.Conv2D(2, 4, strides=2, padding="same")(image))
    x = normed(layers.Conv2D(4, 4, padding="same", use_bias=False)(x), activation=None)
    x = layers.Conv2D(1, 4, padding="same")(layers.LeakyReLU(0.2)(x))
    return keras.Model(image, x, name=name)


def cyclegan(gen_g: Any, gen_f: Any, disc_x: Any, disc_y: Any) -> Any:
    """Put the four networks in a subclassed model, under the example's names."""
    from tensorflow import keras

    class CycleGan(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.gen_G, self.gen_F = gen_g, gen_f
            self.disc_X, self.disc_Y = disc_x, disc_y

        def call(self, images: Any) -> Any:
            real_x, real_y = images
            return self.disc_Y(self.gen_G(real_x)), self.disc_X(self.gen_F(real_y))

    gan = CycleGan()
    gan.build([(None, SIZE, SIZE, 3)] * 2)  # Keras writes .h5 of built models only
    return gan


def normed(x: Any, activation: str | None = "relu") -> Any:
    """Normalise as the example does: affine, epsilon 1e-3, which is Addons's default."""
    import tensorflow_addons as tfa  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from tensorflow.keras import layers

    y = tfa.layers.InstanceNormalization(gamma_initializer="random_normal")(x)
    return layers.Activation(activation)(y) if activation else y


def reflected(x: Any, pad: int) -> Any:
    """Pad by a custom layer, which takes (width, height) and pads as tf.pad does."""
    import tensorflow as tf
    from tensorflow.keras import layers

    class ReflectionPadding2D(layers.Layer):  # type: ignore[misc]
        def __init__(self, padding: Sequence[int] = (1, 1), **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.padding = tuple(padding)

        def call(self, inputs: Any) -> Any:
            width, height = self.padding
            return tf.pad(inputs, [[0, 0], [height] * 2, [width] * 2, [0, 0]], mode="REFLECT")

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "padding": self.padding}

    return ReflectionPadding2D((pad, pad))(x)


def randomised(network: Any, rng: Any) -> Any:
    """Draw every weight; kernels by fan-in, so that tanh does not saturate."""
    import numpy as np

    values = []
    for variable in network.weights:
        shape = tuple(variable.shape)
        spread = 1.0 / np.sqrt(np.prod(shape[:3])) if len(shape) == 4 else 0.3
        middle = 1.0 if "gamma" in variable.name else 0.0
        values.append(rng.normal(middle, spread, shape).astype(np.float32))
    network.set_weights(values)
    return network


if __name__ == "__main__":
    main()
