"""The training log: `log.jsonl` for programs, TensorBoard events for people."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf

from edgegan.atomic import write_text
from edgegan.errors import EdgeganError
from edgegan.images import ImageArray
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.run_folder import RunFolder


class TrainingLog:
    """Averages losses between log lines, measures the speed, and writes both.

    Speed and waiting are over the wall time since the last line, sampling and
    checkpoints included. The first line leaves out the first step, which compiles and
    fills the queues; only where it has no other step does it count that one.

    Args:
        folder: The run.
        start: The step that training goes on from; later lines of an interrupted run
            are dropped, since their steps are done again. In TensorBoard its own loader
            drops them, as soon as the same step comes again.
    """

    def __init__(self, folder: RunFolder, start: int) -> None:
        self._folder = folder
        self._last = start
        self._sums: dict[str, Any] = {}
        self._counts: dict[str, int] = {}  # not every step has every loss
        self._waits: list[float] = []  # seconds, one for each step since the last line
        self._since = time.perf_counter()
        self._first_done: float | None = None
        self._first_line = True
        kept = [line for line in read_log(folder) if line["step"] <= start]
        write_text(folder.log, "".join(json.dumps(line) + "\n" for line in kept))
        self._writer = tf.summary.create_file_writer(str(folder.tensorboard))

    def add(self, losses: Mapping[str, Any], waited_s: float = 0.0) -> None:
        """Take one step.

        Args:
            losses: Scalar tensors by name.
            waited_s: Seconds for which the step waited for its images.
        """
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
            self._counts[name] = self._counts.get(name, 0) + 1
        self._waits.append(waited_s)
        if self._first_done is None:
            _numbers(losses)  # wait until a device has finished the step
            self._first_done = time.perf_counter()

    def flush(
        self,
        step: int,
        images: int,
        learning_rate: float,
        scores: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Write the means since the last call as the line of `step`, and return it.

        Beside the losses it has `step`, `learning_rate`, `images_per_s` and
        `input_bound`, the share of the time (0 to 1) spent waiting for images.

        Args:
            step: Steps done.
            images: Images of both domains a step, for the speed.
            learning_rate: That of the last step.
            scores: Measured after it, by name.

        Raises:
            EdgeganError: losses are no longer finite; nothing is written.
        """
        sums = _numbers(self._sums)
        losses = {name: value / self._counts[name] for name, value in sums.items()}
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            raise diverged(self._folder, bad, after=self._last, step=step)
        line = {
            "step": step,
            **losses,
            "learning_rate": learning_rate,
            **(scores or {}),
            **self._pace(time.perf_counter(), images),
        }
        with self._folder.log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        with self._writer.as_default(step=step):
            for name in line:
                if name != "step":
                    tf.summary.scalar(name, line[name])
        self._writer.flush()
        self._last, self._sums, self._counts = step, {}, {}
        self._waits, self._first_line = [], False
        return line

    def image(self, step: int, grid: ImageArray) -> None:
        """Show `grid`, uint8 `[H, W, 3]`, in TensorBoard."""
        with self._writer.as_default(step=step):
            tf.summary.image("samples", grid[None])
        self._writer.flush()

    def _pace(self, now: float, images: int) -> dict[str, float]:
        since, waits = self._since, self._waits
        if self._first_line and self._first_done is not None and len(waits) > 1:
            since, waits = self._first_done, waits[1:]
        self._since = now
        return {
            "images_per_s": round(images * len(waits) / (now - since), 2),
            "input_bound": round(min(sum(waits) / (now - since), 1.0), 4),
        }


def non_finite(variables: Mapping[str, Iterable[Any]]) -> list[str]:
    """Name the networks that hold a NaN or infinite value.

    Args:
        variables: Networks, or optimisers, by name: the variables of each.
    """
    return [
        name
        for name, values in variables.items()
        if not all(
            bool(tf.reduce_all(tf.math.is_finite(value)))
            for value in values
            if value.dtype.is_floating
        )
    ]


def diverged(folder: RunFolder, names: Iterable[str], *, after: int, step: int) -> EdgeganError:
    """Build the error for losses or networks that are no longer finite.

    Args:
        folder: The run.
        names: What is not finite.
        after: The last step at which all was well.
        step: The step at which it was found.
    """
    saved = Checkpoints(folder=folder.checkpoints).steps()
    state = (
        f"The last good checkpoint, of step {saved[-1]}, is kept in {folder.checkpoints}"
        if saved
        else "No checkpoint had been written yet"
    )
    steps = f"step {step}" if step == after + 1 else f"steps {after + 1} to {step}"
    return EdgeganError(
        f"Training diverged in {steps}: NaN or infinite values in "
        f"{', '.join(names)}. {state}. Resuming would repeat it: begin a new run with a lower "
        "optimizer.learning_rate, and with train.mixed_precision off if it was on."
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def read_log(folder: RunFolder) -> list[dict[str, float]]:
    """Read the lines of a run's log; a last line cut off by a crash is left out."""
    if not folder.log.is_file():
        return []
    lines = []
    for text in folder.log.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
