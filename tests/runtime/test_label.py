from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.manifest import IO, Task, tensor_of_rank
from edgegan.runtime.label import checked_label, default_label, label_entries, probe_label
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.selftest import record_selftest
from tests.runtime.models import describe, image

IMAGE = tensor_of_rank("image", (1, 8, 8, 3), "float32")
PLAIN = IO(inputs=(IMAGE,), outputs=(IMAGE,))
LABELED = IO(inputs=(IMAGE, tensor_of_rank("label", (1, 2), "float32")), outputs=(IMAGE,))
TASK = Task(
    family="stargan",
    direction="G",
    domains=(Domain(name="Male"), Domain(name="Young", default=1.0)),
)


def test_one_label_serves_all_images_and_many_are_kept() -> None:
    one = checked_label(np.array([1, 0], np.float32), LABELED, 3)
    assert one is not None
    assert one.tolist() == [[1, 0]] * 3
    assert one.flags.c_contiguous
    many = np.array([[1, 0], [0, 1]], np.float32)
    kept = checked_label(many, LABELED, 2)
    assert kept is not None
    assert np.shares_memory(kept, many)
    assert checked_label(None, PLAIN, 1) is None


@pytest.mark.parametrize(
    "label",
    [
        None,
        np.zeros(3, np.float32),
        np.zeros(2, np.float64),
        np.zeros((2, 2), np.float32),
        np.zeros((1, 1, 2), np.float32),
    ],
)
def test_other_labels_are_refused(label: FloatArray | None) -> None:
    with pytest.raises(UsageError, match=r"takes a label beside the image, float32 \[1, 2\]"):
        checked_label(label, LABELED, 1)


def test_a_label_that_is_not_taken_is_refused() -> None:
    with pytest.raises(UsageError, match="takes no label"):
        checked_label(np.zeros(2, np.float32), PLAIN, 1)
    assert (label_entries(PLAIN), label_entries(LABELED)) == (0, 2)


def test_the_default_is_the_majority_in_training() -> None:
    label = default_label(LABELED, TASK)
    assert label is not None
    assert label.tolist() == [0, 1]
    assert default_label(PLAIN, None) is None
    for task in (None, replace(TASK, domains=())):
        with pytest.raises(UsageError, match="nothing tells what they stand for"):
            default_label(LABELED, task)


def test_a_probe_is_the_self_tests_label(tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.touch()
    manifest = replace(describe(path), selftest=record_selftest(image(), label=(0.5, 1)))
    for known, expected in ((manifest, [0.5, 1]), (None, [1, 0])):
        label = probe_label(LABELED, known, 2)
        assert label is not None
        assert label.tolist() == [expected] * 2
    assert probe_label(PLAIN, manifest, 1) is None


def test_an_engine_feeds_the_label(tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.touch()
    manifest = replace(describe(path), task=TASK)
    engine = NumpyEngine(lambda x, label: x * 0 + label[0, 0] - label[0, 1], (8, 8), manifest, 2)
    assert (engine.run(image(), label=np.array([1, 0.5], np.float32)) == 0.5).all()
    pixels = np.zeros((8, 8, 3), np.uint8)
    assert (engine(pixels) == 0).all()  # the default: Young
    assert (engine(np.stack([pixels] * 2), np.array([1, 0], np.float32)) == 255).all()
    with pytest.raises(UsageError, match="none was given"):
        engine.run(image())
    with pytest.raises(UsageError, match="takes no label"):
        NumpyEngine(np.tanh, (8, 8)).run(image(), label=np.zeros(2, np.float32))
