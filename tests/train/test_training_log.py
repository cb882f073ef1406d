"""The training log: means between lines, and what a resumed run keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tensorflow as tf

from edgegan.errors import EdgeganError
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import TrainingLog, read_log


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_a_line_is_the_mean_since_the_last(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    for cycle, gan in ((1.0, 4.0), (2.0, 5.0), (6.0, 0.0)):
        log.add({"cycle": tf.constant(cycle), "gan": tf.constant(gan)})
    first = log.flush(3, images=2)
    assert (first["cycle"], first["gan"]) == (3.0, 3.0)
    log.add({"cycle": tf.constant(0.5), "gan": tf.constant(0.25)})
    log.flush(4, images=2)
    lines = read_log(folder)
    assert [line["step"] for line in lines] == [3, 4]
    assert [line["cycle"] for line in lines] == [3.0, 0.5]
    assert all(line["images_per_s"] > 0 for line in lines)


def test_every_line_is_one_json_object(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    log.add({"cycle": tf.constant(1.0)})
    log.flush(1, images=2)
    (text,) = folder.log.read_text().splitlines()
    assert set(json.loads(text)) == {"step", "cycle", "images_per_s"}


def test_tensorboard_gets_the_same(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    log.add({"cycle": tf.constant(1.5)})
    log.flush(7, images=2)
    (path,) = folder.tensorboard.iterdir()
    events = [tf.compat.v1.Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]
    scalars = {
        (value.tag, event.step): float(tf.make_ndarray(value.tensor))
        for event in events
        for value in event.summary.value
    }
    assert scalars["cycle", 7] == 1.5
    assert ("images_per_s", 7) in scalars


def test_resuming_drops_the_lines_that_will_be_done_again(folder: RunFolder) -> None:
    log = TrainingLog(folder, start=0)
    for step in range(1, 6):
        log.add({"cycle": tf.constant(float(step))})
        log.flush(step, images=2)
    TrainingLog(folder, start=3)
    assert [line["step"] for line in read_log(folder)] == [1, 2, 3]


def test_a_line_cut_off_by_a_crash_is_left_out(folder: RunFolder) -> None:
    folder.path.mkdir()
    folder.log.write_text('{"step": 1, "cycle": 2.0}\n{"step": 2, "cyc')
    assert read_log(folder) == [{"step": 1, "cycle": 2.0}]
    log = TrainingLog(folder, start=5)
    log.add({"cycle": tf.constant(1.0)})
    log.flush(6, images=2)
    assert [line["step"] for line in read_log(folder)] == [1, 6]


def test_no_log_is_an_empty_one(folder: RunFolder) -> None:
    assert read_log(folder) == []


def test_a_loss_that_is_not_finite_ends_the_training(folder: RunFolder) -> None:
    log = TrainingLog(folder, 0)
    log.add({"cycle_a": 1.0, "gan_a2b": float("nan")})
    with pytest.raises(EdgeganError, match=r"diverged before step 5: gan_a2b is not finite"):
        log.flush(5, images=2)
    assert read_log(folder) == []
