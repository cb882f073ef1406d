"""Compare the speed of CycleGAN's training step: EdgeGAN, PyTorch, keras-io's formulation.

    pip install -e '.[all,dev,test-torch]' -c constraints.txt
    python -m benchmarks.training_throughput

A step updates both generators and both discriminators once, on one image of each domain.
The networks are the paper's: 64 filters, 9 blocks, the 70x70 PatchGAN; here for 128x128
pixels. The contenders, on 2 cores each:

- EdgeGAN in float32, and with train.mixed_precision = "bfloat16".
- PyTorch, eager: tests/train/torch_cyclegan.py.
- keras-io's formulation of the step, with the same networks, compiled by Keras:
  tests/train/keras_io_trainer.py.

Each runs in its own process and warms up by one step. Then all take turns, a step each, so
that drift meets all of them; the ratio to PyTorch is that of the steps in one round. Take
it on an idle machine only: threads that wait for one another, as PyTorch's do, lose far
more than others by a busy core.

The operations of a step are those of its convolutions, a multiply-accumulate counted as
two. The machine's peak is what a product of large matrices reaches, in turns with them.
The bar: EdgeGAN in float32 is at least 1.3 times as fast as PyTorch. Exit code 5 if not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.runtime.bench_report import describe
from edgegan.runtime.environment import capture
from edgegan.train.config import load_config
from edgegan.train.cyclegan_config import CycleGANConfig

OURS, BASELINE = "EdgeGAN, float32", "PyTorch eager, float32"
BAR = 1.3
PRODUCT_SIDE = 4096
BUSY = 0.5  # load average

Step = Callable[[], object]


@dataclass(frozen=True)
class Settings:
    """What is timed: the side of the images, residual blocks, and cores."""

    size: int
    blocks: int
    threads: int

    def config(self, *assignments: str) -> CycleGANConfig:
        """Make the preset "cyclegan" so."""
        size = f"generator.image_size={self.size}"
        blocks = f"generator.residual_blocks={self.blocks}"
        return load_config(CycleGANConfig, "cyclegan", [size, blocks, *assignments])

    def images(self) -> list[Any]:
        """Draw an image of each domain, float32 `[1, H, W, 3]` in [-1, 1]."""
        shape = (1, self.size, self.size, 3)
        draw = np.random.default_rng(0)
        return [draw.uniform(-1, 1, shape).astype(np.float32) for _ in range(2)]


def edgegan_step(settings: Settings, *assignments: str) -> Step:
    """Make EdgeGAN's step."""
    import tensorflow as tf

    from edgegan.train.cyclegan import CycleGAN

    gan = CycleGAN(settings.config(*assignments))
    images = [tf.constant(image) for image in settings.images()]
    return lambda: [float(loss) for loss in gan.train_step(*images).values()]


def bfloat16_step(settings: Settings) -> Step:
    """Make EdgeGAN's step in mixed precision."""
    return edgegan_step(settings, "train.mixed_precision=bfloat16")


def torch_step(settings: Settings) -> Step:
    """Make the step in PyTorch."""
    import random

    import torch

    from tests.train.torch_cyclegan import ImagePool, Trainer
    from tests.train.torch_networks import networks

    draw = random.Random(0)
    pools = (ImagePool(50, lambda _: draw.randrange(100)) for _ in range(2))
    trainer = Trainer(networks(blocks=settings.blocks), (next(pools), next(pools)), lambda _: 1.0)
    a, b = (torch.from_numpy(x.transpose(0, 3, 1, 2)).contiguous() for x in settings.images())
    return lambda: trainer.train_step(a, b)


def keras_io_step(settings: Settings) -> Step:
    """Make the step of keras-io's example."""
    import tensorflow as tf

    from tests.train.keras_io_trainer import KerasIOTrainer

    trainer = KerasIOTrainer(settings.config())
    trainer.compile()
    a, b = (tf.constant(image) for image in settings.images())
    return lambda: trainer.train_on_batch(a, b)


def product_step(settings: Settings, dtype: str = "float32") -> Step:
    """Make a product of large matrices."""
    import tensorflow as tf

    x = tf.cast(tf.random.stateless_normal((PRODUCT_SIDE, PRODUCT_SIDE), (0, 0)), dtype)
    product = tf.function(tf.matmul)
    return lambda: product(x, x)[0, 0].numpy()


def bfloat16_product_step(settings: Settings) -> Step:
    """Make a product of large matrices in bfloat16."""
    return product_step(settings, "bfloat16")


# Name -> its dtype, and how many passes through a discriminator a step is worth: a pass
# backward to the images costs as much as one forward, and so does one to the kernels. Two
# passes, for the generators, go back to the images only; keras-io's formulation does not
# repeat them for the discriminators.
CONTENDERS = {
    BASELINE: ("float32", 2 * 2 + 4 * 3),
    OURS: ("float32", 2 * 2 + 4 * 3),
    "EdgeGAN, bfloat16": ("bfloat16", 2 * 2 + 4 * 3),
    "keras-io's form, float32": ("float32", 2 * 2 + 4 * 3 - 2),
}
GENERATOR_PASSES = 6 * 3
PRODUCTS = {"product, float32": "float32", "product, bfloat16": "bfloat16"}
BUILDERS: dict[str, Callable[[Settings], Step]] = {
    BASELINE: torch_step,
    OURS: edgegan_step,
    "EdgeGAN, bfloat16": bfloat16_step,
    "keras-io's form, float32": keras_io_step,
    "product, float32": product_step,
    "product, bfloat16": bfloat16_product_step,
}


def main() -> int:
    """Time the contenders in turns, and print the table."""
    arguments = _arguments()
    settings = Settings(arguments.size, arguments.blocks, arguments.threads)
    environment = capture()
    seconds = _time(settings, arguments.rounds)
    for line in describe(environment):
        console.result(line)
    console.result(f"torch {version('torch')}")
    if (environment.load_average or (0.0,))[0] > BUSY:
        console.result("The machine was busy at the start: the ratios mean nothing.")
    product = 2 * PRODUCT_SIDE**3 / 1e9
    peaks = {dtype: product / min(seconds[name]) for name, dtype in PRODUCTS.items()}
    if arguments.peak_gflops is not None:
        peaks["float32"] = arguments.peak_gflops
    return _tell(seconds, _gflop(settings), peaks)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128, help="image size")
    parser.add_argument("--blocks", type=int, default=9, help="residual blocks")
    parser.add_argument("--threads", type=int, default=2, help="and cores; Linux only")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument(
        "--peak-gflops", type=float, help="of the machine, in float32; measured if not given"
    )
    return parser.parse_args()


def _time(settings: Settings, rounds: int) -> dict[str, list[float]]:
    """Let all take turns; return the seconds of each step by name."""
    seconds: dict[str, list[float]] = {name: [] for name in BUILDERS}
    with ExitStack() as stack, console.progress("Timing", len(BUILDERS) + rounds) as report:
        workers = {}
        for done, name in enumerate(BUILDERS, 1):
            workers[name] = stack.enter_context(_worker(name, settings))
            report(done)
        for done in range(rounds):
            for name, worker in workers.items():
                worker.send(True)
                seconds[name].append(worker.recv())
            report(len(BUILDERS) + done + 1)
    return seconds


@contextmanager
def _worker(name: str, settings: Settings) -> Iterator[Connection]:
    """Start a process that is warm; it takes a step and tells its seconds when sent True."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(name, settings, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()
        yield ours
        ours.send(False)
    finally:
        ours.close()
        process.join()


def _serve(name: str, settings: Settings, connection: Connection) -> None:
    # Before the libraries count the cores: TensorFlow has more than one pool of threads.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: settings.threads])
    with native_log_hidden():
        step = BUILDERS[name](settings)
        step()
        connection.send(True)
        while connection.recv():
            start = perf_counter()
            step()
            connection.send(perf_counter() - start)


def _gflop(settings: Settings) -> dict[str, float]:
    """Count the operations of each contender's step, 10^9."""
    import tf_keras as keras

    from edgegan.train.macs import count_macs
    from edgegan.train.networks import build_discriminator, build_generator

    config = settings.config()
    image = keras.Input((settings.size, settings.size, 3))
    judge = keras.models.clone_model(build_discriminator(config.discriminator), image)
    generator, discriminator = (
        2 * count_macs(net)[0] / 1e9 for net in (build_generator(config.generator), judge)
    )
    return {
        name: GENERATOR_PASSES * generator + passes * discriminator
        for name, (_, passes) in CONTENDERS.items()
    }


def _tell(seconds: dict[str, list[float]], gflop: dict[str, float], peaks: dict[str, float]) -> int:
    reached = ", ".join(f"{peak:.0f} in {dtype}" for dtype, peak in peaks.items())
    console.result(f"EdgeGAN's step: {gflop[OURS]:.0f} GFLOP; peak in GFLOP/s: {reached}")
    rows = []
    for name, (dtype, _) in CONTENDERS.items():
        typical, ratios = median(seconds[name]), _ratios(seconds, name)
        rate = gflop[name] / typical
        rows.append(
            (
                name,
                f"{1000 * typical:.0f}",
                f"{1 / typical:.3f}",
                f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                f"{rate:.0f}",
                f"{rate / peaks[dtype]:.0%}",
            )
        )
    columns = ("step", "median ms", "images/s", "speed to PyTorch", "GFLOP/s", "of peak")
    console.table(columns, rows)
    ratio = median(_ratios(seconds, OURS))
    console.result(f"{OURS}: {ratio:.2f} times as fast as {BASELINE}; the bar is {BAR}.")
    return 0 if ratio >= BAR else 5


def _ratios(seconds: dict[str, list[float]], name: str) -> list[float]:
    return [theirs / own for theirs, own in zip(seconds[BASELINE], seconds[name], strict=True)]


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
