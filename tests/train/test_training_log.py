"""The training log: means, speed, what a resumed run keeps, and the guard against NaN."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.errors import EdgeganError
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import TrainingLog, diverged, non_finite, read_log


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


class Clock:
    """Stands in for `time.perf_counter`; the test lets it go on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


def write(log: TrainingLog, step: int, **losses: float) -> dict[str, float]:
    """Take one step and write its line."""
    log.add({name: tf.constant(value) for name, value in losses.items()})
    return log.flush(step, images=2, learning_rate=2e-4)


def test_a_line_is_the_mean_since_the_last(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    for cycle, gan in ((1.0, 4.0), (2.0, 5.0), (6.0, 0.0)):
        log.add({"cycle": tf.constant(cycle), "gan": tf.constant(gan)})
    first = log.flush(3, images=2, learning_rate=2e-4)
    assert (first["cycle"], first["gan"], first["learning_rate"]) == (3.0, 3.0, 2e-4)
    second = write(log, 4, cycle=0.5, gan=0.25)
    assert read_log(folder) == [first, second]
    assert [line["step"] for line in (first, second)] == [3, 4]
    assert [line["cycle"] for line in (first, second)] == [3.0, 0.5]


def test_a_loss_that_some_steps_lack_is_the_mean_of_the_others(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    for step, discriminator in enumerate((1.0, 2.0, 3.0, 6.0), start=1):
        more = {"gan": tf.constant(float(step))} if step % 2 == 0 else {}
        log.add({"discriminator": tf.constant(discriminator), **more})
    line = log.flush(4, images=2, learning_rate=2e-4)
    assert (line["discriminator"], line["gan"]) == (3.0, 3.0)
    assert "gan" not in write(log, 5, discriminator=1.0)


def test_every_line_is_one_json_object(folder: RunFolder) -> None:
    write(TrainingLog(folder, start=0), 1, cycle=1.0)
    (text,) = folder.log.read_text().splitlines()
    measured = ["learning_rate", "images_per_s", "input_bound"]
    assert list(json.loads(text)) == ["step", "cycle", *measured]


def test_the_first_line_leaves_out_the_first_step(folder: RunFolder, clock: Clock) -> None:
    log = TrainingLog(folder, start=0)
    for seconds, waited in ((60.0, 40.0), (2.0, 0.5), (2.0, 0.5)):
        clock.now += seconds
        log.add({"cycle": 1.0}, waited)
    first = log.flush(3, images=8, learning_rate=2e-4)
    assert (first["images_per_s"], first["input_bound"]) == (4.0, 0.25)
    for _ in range(2):
        clock.now += 4.0
        log.add({"cycle": 1.0}, waited_s=3.0)
    clock.now += 2.0  # a checkpoint, say: all of the time counts
    second = log.flush(5, images=8, learning_rate=2e-4)
    assert (second["images_per_s"], second["input_bound"]) == (1.6, 0.6)


def test_a_line_of_the_first_step_alone_counts_it(folder: RunFolder, clock: Clock) -> None:
    log = TrainingLog(folder, start=0)
    for seconds, speed in ((50.0, 0.16), (2.0, 4.0), (4.0, 2.0)):
        clock.now += seconds
        log.add({"cycle": 1.0}, waited_s=seconds)
        line = log.flush(1, images=8, learning_rate=2e-4)
        assert (line["images_per_s"], line["input_bound"]) == (speed, 1.0)


def summaries(folder: RunFolder) -> dict[tuple[str, int], Any]:
    """Read what TensorBoard would show, by tag and step."""
    (path,) = folder.tensorboard.iterdir()
    events = [tf.compat.v1.Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]
    return {
        (value.tag, event.step): tf.make_ndarray(value.tensor)
        for event in events
        for value in event.summary.value
    }


def test_tensorboard_gets_the_same(folder: RunFolder) -> None:
    line = write(TrainingLog(folder, start=0), 7, cycle=1.5)
    found = {tag: value for (tag, step), value in summaries(folder).items() if step == 7}
    assert found == {name: np.float32(line[name]) for name in line if name != "step"}


def test_tensorboard_gets_the_samples(folder: RunFolder) -> None:
    grid = np.random.default_rng(0).integers(0, 256, (12, 8, 3)).astype(np.uint8)
    TrainingLog(folder, start=0).image(9, grid)
    width, height, encoded = summaries(folder)["samples", 9]
    assert (int(width), int(height)) == (8, 12)
    np.testing.assert_array_equal(tf.io.decode_png(encoded).numpy(), grid)


def test_resuming_drops_the_lines_that_will_be_done_again(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    for step in range(1, 6):
        write(log, step, cycle=float(step))
    TrainingLog(folder, start=3)
    assert [line["step"] for line in read_log(folder)] == [1, 2, 3]


def test_a_line_cut_off_by_a_crash_is_left_out(folder: RunFolder) -> None:
    folder.path.mkdir()
    folder.log.write_text('{"step": 1, "cycle": 2.0}\n{"step": 2, "cyc')
    assert read_log(folder) == [{"step": 1, "cycle": 2.0}]
    write(TrainingLog(folder, start=5), 6, cycle=1.0)
    assert [line["step"] for line in read_log(folder)] == [1, 6]


def test_no_log_is_an_empty_one(folder: RunFolder) -> None:
    assert read_log(folder) == []


def refusal(do: Callable[[], object]) -> str:
    with pytest.raises(EdgeganError) as caught:
        do()
    return str(caught.value)


def test_losses_that_are_not_finite_end_the_training(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=300)
    write(log, 350, cycle_a=1.0, gan_a2b=1.0, gan_b2a=1.0)
    log.add({"cycle_a": 1.0, "gan_a2b": float("nan"), "gan_b2a": 1.0})
    log.add({"cycle_a": 1.0, "gan_a2b": 1.0, "gan_b2a": float("inf")})
    text = refusal(lambda: log.flush(400, images=2, learning_rate=2e-4))
    assert "diverged in steps 351 to 400: NaN or infinite values in gan_a2b, gan_b2a." in text
    assert "No checkpoint had been written yet." in text
    assert "lower optimizer.learning_rate" in text
    assert [line["step"] for line in read_log(folder)] == [350]


def test_the_error_tells_where_the_last_good_checkpoint_is(folder: RunFolder) -> None:
    for step in (300, 350):
        Checkpoints(folder=folder.checkpoints).save(tf.Module(), step)
    text = str(diverged(folder, ["A2B"], after=399, step=400))
    assert "diverged in step 400: NaN or infinite values in A2B. " in text
    assert f"The last good checkpoint, of step 350, is kept in {folder.checkpoints}." in text


def test_networks_with_a_value_that_is_not_finite_are_named() -> None:
    def variables(*last: float) -> list[Any]:
        return [tf.Variable(3), tf.Variable([[1.0, 2.0]]), *(tf.Variable([0.0, x]) for x in last)]

    networks = {
        "A2B": variables(0.5, float("nan")),
        "B2A": variables(0.5),
        "D_A": variables(float("-inf"), 1.0),
        "D_B": variables(),
    }
    assert non_finite(networks) == ["A2B", "D_A"]
