"""The error tree and its exit codes."""

from __future__ import annotations

import pytest

from edgegan.errors import (
    ArtifactError,
    DataError,
    EdgeganError,
    ImageError,
    MissingRequirement,
    ParityError,
    UsageError,
    unknown_name,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EdgeganError, 1),
        (UsageError, 2),
        (MissingRequirement, 3),
        (ParityError, 4),
        (ImageError, 1),
        (DataError, 1),
        (ArtifactError, 1),
    ],
)
def test_exit_codes(error: type[EdgeganError], code: int) -> None:
    assert issubclass(error, EdgeganError)
    assert error("text").exit_code == code


def test_unknown_name_suggests_the_nearest() -> None:
    error = unknown_name("target", "onxn", ["rtx", "onnx", "tflite"])
    assert str(error) == "Unknown target 'onxn'. Did you mean 'onnx'? Known: onnx, rtx, tflite."
    assert isinstance(error, UsageError)


def test_unknown_name_without_a_near_one() -> None:
    assert str(unknown_name("target", "qqq", ["onnx"])) == "Unknown target 'qqq'. Known: onnx."
