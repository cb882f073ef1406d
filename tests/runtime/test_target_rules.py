"""Rules of delegates, on files that break each of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from edgegan.errors import ArtifactError, IncompatibleArtifact, UsageError
from edgegan.runtime.target_rules import RULES, SYMMETRIC_PAD, check_target, read_graph, require_fit
from tests.runtime.models import SIZE, conv_relu_tanh, write_tflite


@pytest.fixture
def converted(tmp_path: Path) -> Callable[..., bytes]:
    """Converts a function of an image, of which the batch may be free."""

    def convert(function: Any, batch: int | None = 1, dtype: str = "float32") -> bytes:
        shape = (batch, SIZE, SIZE, 3)
        return write_tflite(tmp_path / "a.tflite", function, shape, dtype).read_bytes()

    return convert


@pytest.mark.parametrize("target", RULES)
def test_a_plain_network_fits_everything(converted: Callable[..., bytes], target: str) -> None:
    data = converted(conv_relu_tanh)
    assert check_target(data, target) == []
    require_fit("a.tflite", data, target)


@pytest.mark.parametrize("target", RULES)
def test_a_free_batch_fits_nothing(converted: Callable[..., bytes], target: str) -> None:
    data = converted(lambda x: x * 2.0, batch=None)
    (reason,) = check_target(data, target)
    assert "tensors have no fixed shape" in reason
    with pytest.raises(IncompatibleArtifact, match=f"x.tflite does not fit {target}: "):
        require_fit("x.tflite", data, target)


def test_a_mirrored_edge_is_no_reflected_one(converted: Callable[..., bytes]) -> None:
    pads = [[0, 0], [1, 1], [1, 1], [0, 0]]
    reflected = converted(lambda x: tf.pad(x, pads, "REFLECT"))
    mirrored = converted(lambda x: tf.pad(x, pads, "SYMMETRIC"))
    assert [check_target(data, "gpu") == [] for data in (reflected, mirrored)] == [True, False]
    assert [check_target(data, "npu") == [] for data in (reflected, mirrored)] == [False, False]
    assert read_graph(mirrored).ops == {SYMMETRIC_PAD: 1}


def test_five_axes_are_too_many_for_a_gpu(converted: Callable[..., bytes]) -> None:
    data = converted(lambda x: tf.tile(x[:, :, None], [1, 1, 2, 1, 1]))
    assert read_graph(data).rank == 5
    assert "has 5 axes, at most 4" in check_target(data, "gpu")[0]
    assert check_target(data, "browser") == []


def test_bytes_are_no_tensors_that_every_app_passes(converted: Callable[..., bytes]) -> None:
    data = converted(lambda x: tf.cast(x, tf.float32) / 255.0, dtype="uint8")
    assert any(
        "is uint8, not float32: export it with --io float32" in one
        for one in check_target(data, "browser")
    )


def test_instance_norms_fall_to_pieces_on_core_ml(converted: Callable[..., bytes]) -> None:
    data = converted(lambda x: x * tf.math.rsqrt(tf.reduce_mean(x * x, [1, 2], True)))
    assert any("RSQRT is refused" in one for one in check_target(data, "coreml"))
    assert check_target(data, "gpu") == []


def test_what_cannot_be_checked_is_told() -> None:
    with pytest.raises(ArtifactError, match=r"damaged, or is no \.tflite"):
        check_target(b"TFL3" * 9, "gpu")
    with pytest.raises(UsageError, match="Did you mean 'gpu'"):
        check_target(b"", "gpuu")
