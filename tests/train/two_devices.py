"""Prints how a step on two replicas differs from one on a single device, as JSON.

A process of its own: the number of devices is fixed when TensorFlow starts.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.config_groups import GANMode
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import (
    CycleGANConfig,
    DataConfig,
    LossConfig,
    TrainConfig,
)
from edgegan.train.cyclegan_student import CycleGANStudent
from edgegan.train.devices import Devices
from edgegan.train.distillation_config import DistillationConfig, Quantize
from edgegan.train.stargan import StarGAN
from edgegan.train.trainer import Trainer
from tests.train import tiny_stargan
from tests.train.tiny import SIZE, moments_of, noise, tiny_config
from tests.train.tiny_distillation import student_config, write_judge, write_teacher

STEPS = 4


def config(mode: GANMode, accumulation_steps: int = 1) -> CycleGANConfig:
    data = DataConfig(load_size=SIZE, batch_size=2 * accumulation_steps)
    train = TrainConfig(steps=STEPS, pool_size=0, accumulation_steps=accumulation_steps)
    return replace(tiny_config(train=train, data=data), loss=LossConfig(gan=mode))


def compare_cyclegan(settings: CycleGANConfig, devices: Devices) -> dict[str, float]:
    """Compare a step of CycleGAN, of all its networks."""
    count = settings.data.batch_size
    gans = (CycleGAN(settings), CycleGAN(settings, devices=devices))
    return compare(gans, (noise(1, count), noise(2, count)))


def compare_stargan(devices: Devices) -> dict[str, float]:
    """Compare a step of StarGAN, of both its networks."""
    train = replace(tiny_stargan.TRAIN, n_critic=1)
    settings = tiny_stargan.tiny_stargan(loss=tiny_stargan.LSGAN, train=train)
    # With Adam's own epsilon, rounding would turn the sign of updates whose gradient is nearly 0.
    settings = replace(settings, optimizer=replace(settings.optimizer, epsilon=1e-3))
    batch = tiny_stargan.tiny_batch(tiny_stargan.ATTRIBUTES, 1)
    return compare((StarGAN(settings), StarGAN(settings, devices)), batch)


def compare_student(devices: Devices, folder: Path, quantize: Quantize = "") -> dict[str, float]:
    """Compare a step of a CycleGAN's student, but for the loss that looks at the whole batch.

    In int8, ranges follow the mean of what replicas see, so both see the same.
    """
    folder.mkdir()
    lessons = DistillationConfig(
        teacher=str(write_teacher(folder)),
        discriminator=str(write_judge(folder)),
        target_share=0.0,
        alignment=0.0,
        quantize=quantize,
    )
    data = DataConfig(load_size=SIZE, batch_size=2)
    train = TrainConfig(steps=STEPS, pool_size=0)
    settings = replace(student_config(lessons), data=data, train=train)
    gans = (CycleGANStudent(settings), CycleGANStudent(settings, devices=devices))
    batch = (noise(1, 2), noise(2, 2))
    if quantize:
        batch = (np.repeat(noise(1), 2, axis=0), np.repeat(noise(2), 2, axis=0))
    return compare(gans, batch)


def compare(
    gans: tuple[Trainer[Any], Trainer[Any]], batch: tuple[FloatArray, ...]
) -> dict[str, float]:
    """Do one step on one device and on two; return the largest differences."""
    one, two = gans
    losses = [gan.train_step(*batch) for gan in gans]
    values = [[float(of[name]) for name in losses[0]] for of in losses]
    relative = max(abs(b - a) / max(abs(a), 1e-6) for a, b in zip(*values, strict=True))
    weights = [
        max(np.abs(a.numpy() - b.numpy()).max() for a, b in zip(x, y, strict=True))
        for x, y in zip(one.networks.values(), two.networks.values(), strict=True)
    ]
    # Adam's first step has the size of the rate whatever the gradient's; its moment does not.
    moments = [moments_of(gan) for gan in gans]
    return {
        "losses": float(relative),
        "weights": float(max(weights)),
        "moments": float(np.abs(moments[1] - moments[0]).max() / np.abs(moments[0]).max()),
    }


def resumed(devices: Devices, folder: Path) -> dict[str, Any]:
    """Stop two replicas after two steps and go on; tell what differs at the end."""
    settings = replace(config("lsgan"), train=replace(config("lsgan").train, pool_size=1, ema=0.9))
    straight, first, then = (CycleGAN(settings, devices=devices) for _ in range(3))
    checkpoints = Checkpoints(folder=folder)
    for step in range(STEPS):
        images = noise(2 * step, 2), noise(2 * step + 1, 2)
        straight.train_step(*images)
        (first if step < 2 else then).train_step(*images)
        if step == 1:
            checkpoints.save(first, 2)
            checkpoints.restore(then, "")
    pools = [pool._count.numpy() for pool in then._pools_a]
    pairs = zip(straight.variables, then.variables, strict=True)
    largest = max(float(np.abs(a.numpy() - b.numpy()).max()) for a, b in pairs)
    return {"pools": [int(count) for count in pools], "largest": largest}


def main(folder: Path) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    devices = Devices(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
    found: dict[str, Any] = {
        "described": devices.describe(),
        "lsgan": compare_cyclegan(config("lsgan"), devices),
        "accumulated": compare_cyclegan(config("lsgan", 2), devices),
        "stargan": compare_stargan(devices),
        "student": compare_student(devices, folder / "student"),
        "int8": compare_student(devices, folder / "int8", "tflite"),
        "resumed": resumed(devices, folder / "checkpoints"),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
