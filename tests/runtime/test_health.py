from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.images import FloatArray
from edgegan.runtime.health import output_flags, selftest_failure
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.selftest import record_selftest
from tests.runtime.models import describe, image, selftest_image

POOL = [image(seed) for seed in range(3)]


@pytest.mark.parametrize(
    ("function", "flag"),
    [
        (lambda x: x * np.float32(np.nan), "output has NaN or infinite values"),
        (lambda x: x * np.float32(np.inf), "output has NaN or infinite values"),
        (np.zeros_like, "output is constant"),
        (lambda x: image(9), "output does not depend on the input"),
    ],
)
def test_defects_are_flagged(function: Callable[[FloatArray], FloatArray], flag: str) -> None:
    assert output_flags(NumpyEngine(function), POOL) == [flag]


def test_a_sound_engine_has_no_flag() -> None:
    assert output_flags(NumpyEngine(np.tanh), POOL) == []


def test_a_label_must_have_an_effect() -> None:
    shape = (8, 8)
    sound = NumpyEngine(lambda x, label: np.tanh(x) * (1 - label[0, 1] / 2), shape, label_length=2)
    assert output_flags(sound, POOL) == []
    deaf = NumpyEngine(lambda x, label: np.tanh(x), shape, label_length=2)
    assert output_flags(deaf, POOL) == ["output does not depend on the label"]


def test_the_self_test_feeds_its_label(tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.touch()
    golden = record_selftest(np.tanh(selftest_image()) * np.float32(0.5), label=(0, 0.5))
    manifest = replace(describe(path), selftest=golden)
    for function, failures in (
        (lambda x, label: np.tanh(x) * label[0, 1], 0),
        (lambda x, label: np.tanh(x) * label[0, 0], 1),
    ):
        engine = NumpyEngine(function, (8, 8), manifest, label_length=2)
        assert (selftest_failure(engine, manifest) is not None) == failures


def test_the_self_test_is_run(tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.touch()
    manifest = describe(path, np.tanh(selftest_image()))
    assert output_flags(NumpyEngine(np.tanh, manifest=manifest), POOL) == []
    (flag,) = output_flags(NumpyEngine(np.sin, manifest=manifest), POOL)
    assert flag.startswith("self-test failed: deviation 0.0")
    assert flag.endswith("allowed 0.001")
