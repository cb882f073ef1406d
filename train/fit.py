"""Run a training: steps, log, sample grids, checkpoints, and the finished generators."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.console import Report, silent
from edgegan.data import SkippedFile
from edgegan.errors import UsageError
from edgegan.images import save_image
from edgegan.settings import write_toml
from edgegan.stop_signals import StopSignal, stop_signals
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.collapse import CollapseAlarm, undecided
from edgegan.train.config import TrainingConfig
from edgegan.train.devices import Devices, one_device
from edgegan.train.family import TrainingData, open_family
from edgegan.train.generator_file import save_generator
from edgegan.train.held_out_score import SCORE, BestKept, open_score
from edgegan.train.input_pipeline import batches
from edgegan.train.networks import build_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.run_report import write_report
from edgegan.train.student import origin_of
from edgegan.train.training_log import TrainingLog, diverged, non_finite, read_log

Tell = Callable[[str], None]


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
    config: TrainingConfig,
    data: TrainingData,
    folder: RunFolder,
    report: Report = silent,
    devices: Devices | None = None,
    tell: Tell = lambda text: None,
) -> Fitted:
    """Train, going on from the last checkpoint in `folder` if there is one.

    Ctrl-C and SIGTERM end it after the current step, with a checkpoint.

    Args:
        config: All settings, those of CycleGAN or of StarGAN; `train.steps` 0 writes fresh
            generators.
        data: The images: unpaired for CycleGAN, labelled for StarGAN.
        folder: Where everything is written; one that all machines share.
        report: Told the steps done, the speed and the current losses.
        devices: Where to train; None is TensorFlow's default device.
        tell: Told in a sentence what the user should know before the end.

    Raises:
        ArtifactError: the last checkpoint does not fit `config`, or is damaged.
        DataError: too many images in a row cannot be decoded.
        EdgeganError: training diverged, or a file cannot be written.
        UsageError: the batch cannot be divided among the devices, or the data are of the
            wrong kind.
    """
    training = _Training(config, data, folder, devices or one_device())
    if training.chief:
        write_toml(folder.config, config)
    with stop_signals() as stop:
        if training.done < config.train.steps:
            training.run(stop, report, tell)
    finished = training.done >= config.train.steps
    if finished and training.chief:
        training.save_generators(folder.generators)
    return Fitted(
        folder=folder,
        steps=training.done,
        finished=finished,
        skipped=tuple(training.family.sampler.skipped.values()),
    )


class _Training:
    """A training under way on this machine."""

    def __init__(
        self, config: TrainingConfig, data: TrainingData, folder: RunFolder, devices: Devices
    ) -> None:
        self.config, self.folder, self.devices = config, folder, devices
        self.family = open_family(config, data, devices)
        self.gan = self.family.trainer
        folders = [folder.of_worker(worker) for worker in range(devices.workers)]
        self.own = folders.pop(devices.worker)
        _check_machines(folder, devices.workers)
        self.checkpoints = Checkpoints(
            folder=self.own.checkpoints,
            kept=config.train.checkpoints_kept,
            keep_every=config.train.keep_every,
            others=tuple(other.checkpoints for other in folders),
        )
        hint = f"the run began with other settings, those of {folder.config}, or other devices"
        self.done = self.checkpoints.restore(self.gan, hint)
        wanted = config.train.eval_every and self.chief
        self.score = open_score(config, data, self.gan) if wanted else None

    @property
    def chief(self) -> bool:
        """Whether this machine writes what there is only one of."""
        return self.devices.worker == 0

    def run(self, stop: StopSignal, report: Report, tell: Tell) -> None:
        """Do the steps that are left, or those until `stop`."""
        config, train = self.config, self.config.train
        folder = self.folder
        log = TrainingLog(self.own, self.done)
        alarm = CollapseAlarm(undecided(config), read_log(self.own))
        best = BestKept(folder.best, read_log(self.own))
        note = ""
        for batch, waited in self._batches():
            rate = self.gan.learning_rate
            log.add(self.gan.train_step(*batch), waited)
            self.done += 1
            last = self.done == train.steps or self.devices.any(stop.is_set())
            keep = self.done % train.checkpoint_every == 0 or last
            draw = self.done % train.sample_every == 0 or last
            scores = self._scores()
            if self.done % train.log_every == 0 or keep or draw or scores:
                line = log.flush(self.done, self.family.images_per_step, rate, scores)
                note = progress_note(line)
                if warning := alarm.update(line):
                    tell(warning)
            if keep or draw:  # a diverged state must be neither kept nor shown
                self._check_finite()
            if self.chief and draw:
                picture = self.family.draw()
                save_image(self.folder.samples / f"step-{self.done:07d}.png", picture)
                log.image(self.done, picture)
                write_report(self.folder, config)
            if scores and best.update(scores[SCORE]):
                self.save_generators(self.folder.best)
                best.save(self.gan, self.done)
            if keep:
                self.checkpoints.save(self.gan, self.done)
            report(self.done, note)
            if last:
                break

    def _check_finite(self) -> None:
        if bad := non_finite(self.gan.networks):  # by an update that no loss has shown yet
            raise diverged(self.own, bad, after=self.done - 1, step=self.done)

    def _scores(self) -> dict[str, float]:
        """Score the generators of now, if it is time to; not when stopped, which must be quick."""
        train = self.config.train
        if self.score is None or (self.done % train.eval_every and self.done < train.steps):
            return {}
        self._check_finite()
        return {SCORE: self.score()}

    def save_generators(self, folder: Path) -> None:
        """Write the generators, in float32 and for the configured image size."""
        config, record, origin = self.config.generator, self.gan.record, origin_of(self.config)
        for network in self.gan.generators:
            model = build_generator(config, network.name)
            model.set_weights(network.get_weights())
            path = folder / f"{network.name}.keras"
            save_generator(model, path, config, network.name, origin=origin, trained=record)

    def _batches(self) -> Iterator[tuple[tuple[Any, ...], float]]:
        """Yield each step's batch for this machine, and the seconds waited for it."""
        worker, workers = self.devices.worker, self.devices.workers
        sampler, stop = self.family.sampler, self.config.train.steps
        steps = batches(sampler, self.done, stop, worker, workers)
        while True:
            since = time.perf_counter()
            batch = next(steps, None)
            if batch is None:
                return
            yield batch, time.perf_counter() - since


def _check_machines(folder: RunFolder, workers: int) -> None:
    others = len(list(folder.of_worker(1).path.parent.glob("*")))
    if others >= workers:
        raise UsageError(
            f"The run {folder.path} was begun on {others + 1} machines, which keep their own "
            f"image pools in {folder.of_worker(1).path.parent}; this is {workers}. Go on with as "
            "many, or delete that folder to do without their pools."
        )


def progress_note(line: dict[str, float]) -> str:
    """Sum up a log line in a few words: speed, and the losses that tell most."""
    words = []
    for name, prefix in (
        ("G", "gan"),
        ("D", "discriminator"),
        ("cycle", "cycle"),
        ("L1", "distil_l1"),
    ):
        values = [value for key, value in line.items() if key.startswith(prefix)]
        words += [f"{name} {sum(values):.3f}"] if values else []  # StarGAN's G is not in each line
    return f"{line['images_per_s']:.1f} img/s  {'  '.join(words)}"
