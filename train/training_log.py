"""The training log: `log.jsonl` for programs, TensorBoard events for people."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from edgegan.atomic import write_text
from edgegan.errors import EdgeganError
from edgegan.train.run_folder import RunFolder


class TrainingLog:
    """Averages losses between log lines, and writes them.

    Args:
        folder: The run.
        start: The step that training goes on from; later lines of an interrupted run
            are dropped, since their steps are done again.
    """

    def __init__(self, folder: RunFolder, start: int) -> None:
        self._folder = folder
        self._sums: dict[str, Any] = {}
        self._count = 0
        self._since = time.perf_counter()
        kept = [line for line in read_log(folder) if line["step"] <= start]
        write_text(folder.log, "".join(json.dumps(line) + "\n" for line in kept))
        self._writer = tf.summary.create_file_writer(str(folder.tensorboard))

    def add(self, losses: Mapping[str, Any]) -> None:
        """Take the losses of one step, scalar tensors by name."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1

    def flush(self, step: int, images: int) -> dict[str, float]:
        """Write the means since the last call as the line of `step`, and return them.

        Args:
            step: Steps done.
            images: Images of both domains a step, for the speed.

        Raises:
            EdgeganError: a loss is no longer finite; nothing is written.
        """
        now = time.perf_counter()
        line = {name: float(value) / self._count for name, value in self._sums.items()}
        _check_finite(line, step)
        line["images_per_s"] = round(images * self._count / (now - self._since), 2)
        with self._folder.log.open("a") as file:
            file.write(json.dumps({"step": step, **line}) + "\n")
        with self._writer.as_default():
            for name, value in line.items():
                tf.summary.scalar(name, value, step=step)
        self._writer.flush()
        self._sums, self._count, self._since = {}, 0, now
        return line


def _check_finite(losses: Mapping[str, float], step: int) -> None:
    bad = [name for name, value in losses.items() if not math.isfinite(value)]
    if bad:
        raise EdgeganError(
            f"Training diverged before step {step}: {', '.join(bad)} is not finite. The last "
            "checkpoint is kept; begin a new run with a lower optimizer.learning_rate."
        )


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
