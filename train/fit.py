"""Run a training: steps, log, sample grids, checkpoints, and the finished generators."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import tensorflow as tf

from edgegan.console import Report, silent
from edgegan.data import SkippedFile, UnpairedData
from edgegan.errors import ArtifactError
from edgegan.images import save_image
from edgegan.settings import write_toml
from edgegan.train.config import CycleGANConfig
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.generator_file import save_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.sample_grid import held_out, sample_grid
from edgegan.train.samples import Sampler
from edgegan.train.training_log import TrainingLog

KEPT_CHECKPOINTS = 2


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """How a training ended.

    Attributes:
        folder: The run.
        steps: Steps done in all.
        finished: False if a signal stopped it early; it can be resumed.
        skipped: Training images that failed to decode.
    """

    folder: RunFolder
    steps: int
    finished: bool
    skipped: tuple[SkippedFile, ...]


def fit(
    config: CycleGANConfig, data: UnpairedData, folder: RunFolder, report: Report = silent
) -> Fitted:
    """Train, going on from the last checkpoint in `folder` if there is one.

    Ctrl-C and SIGTERM end it after the current step, with a checkpoint.

    Args:
        config: All settings; `train.steps` 0 writes fresh generators.
        data: The images.
        folder: Where everything is written.
        report: Told the steps done and the current loss.

    Raises:
        ArtifactError: the last checkpoint does not fit `config`, or is damaged.
        DataError: too many images in a row cannot be decoded.
    """
    gan = CycleGAN(config)
    checkpoints = _restore(gan, folder)
    write_toml(folder.config, config)
    sampler = Sampler(data, config)
    done = int(gan.step)
    with stop_signals() as stop:
        if done < config.train.steps:
            done = _steps(gan, sampler, folder, checkpoints, stop, report)
    finished = done >= config.train.steps
    if finished:
        _save_generators(gan, config, folder)
    return Fitted(
        folder=folder, steps=done, finished=finished, skipped=tuple(sampler.skipped.values())
    )


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Turn SIGINT and SIGTERM into an event, so that the current step is finished.

    Outside the main thread signals cannot be caught; the event then stays unset.
    """
    stop = threading.Event()

    def handler(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, handler) for number in signals}
    try:
        yield stop
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def _steps(
    gan: CycleGAN,
    sampler: Sampler,
    folder: RunFolder,
    checkpoints: Any,
    stop: threading.Event,
    report: Report,
) -> int:
    train = sampler.config.train
    start, done = int(gan.step), int(gan.step)
    log = TrainingLog(folder, start)
    fixed = held_out(sampler.data, sampler.config.generator.image_size)
    note = ""
    for real_a, real_b in sampler.batches(start, train.steps):
        log.add(gan.train_step(real_a, real_b))
        done += 1
        last = done == train.steps or stop.is_set()
        keep = done % train.checkpoint_every == 0 or last
        if done % train.log_every == 0 or keep:  # a diverged state must not be kept
            line = log.flush(done, images=2 * sampler.config.data.batch_size)
            note = f"cycle {line['cycle_a'] + line['cycle_b']:.3f}"
        if done % train.sample_every == 0 or last:
            save_image(folder.samples / f"step-{done:07d}.png", sample_grid(gan, *fixed))
        if keep:
            checkpoints.save(checkpoint_number=done)
        report(done, note)
        if last:
            break
    return done


def _restore(gan: CycleGAN, folder: RunFolder) -> Any:
    checkpoints = tf.train.CheckpointManager(
        tf.train.Checkpoint(gan=gan), str(folder.checkpoints), max_to_keep=KEPT_CHECKPOINTS
    )
    if checkpoints.latest_checkpoint:
        try:
            checkpoints.checkpoint.restore(checkpoints.latest_checkpoint).assert_consumed()
        except (AssertionError, ValueError, IndexError, tf.errors.OpError) as error:
            raise ArtifactError(
                f"The checkpoint {checkpoints.latest_checkpoint} cannot be restored: it is "
                f"damaged, or the run began with other settings, those of {folder.config}."
            ) from error
    return checkpoints


def _save_generators(gan: CycleGAN, config: CycleGANConfig, folder: RunFolder) -> None:
    for model in (gan.a2b, gan.b2a):
        path = folder.generators / f"{model.name}.keras"
        save_generator(model, path, config.generator, direction=model.name)
