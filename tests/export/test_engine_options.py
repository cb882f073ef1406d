from __future__ import annotations

from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.export.engine_options import (
    EngineOptions,
    check_engine_options,
    engine_record,
    parse_batches,
    parse_bytes,
)


def test_what_belongs_to_one_target_is_refused_for_the_others() -> None:
    check_engine_options("tensorrt", EngineOptions(dla_core=0, hardware="ampere+", refit=True))
    check_engine_options("tensorrt-rtx", EngineOptions(compute_capabilities=("7.5",)))
    check_engine_options("onnx", EngineOptions())
    for target, options, flag in (
        ("tensorrt", EngineOptions(compute_capabilities=("8.6",)), "--compute-capability"),
        ("tensorrt-rtx", EngineOptions(dla_core=0), "--dla"),
        ("tensorrt-rtx", EngineOptions(workspace_bytes=1), "--workspace"),
        ("onnx", EngineOptions(refit=True), "--refit"),
        ("tensorrt-rtx", EngineOptions(refit=True), "--refit"),
        ("tflite", EngineOptions(batches=(1, 2, 3)), "--dynamic"),
    ):
        with pytest.raises(UsageError, match=f"{flag} is not for the target {target};"):
            check_engine_options(target, options)


def test_all_that_tensorrt_takes_is_written_as_flags() -> None:
    options = EngineOptions(
        optimization_level=0,
        workspace_bytes=4096,
        batches=(1, 2, 4),
        dla_core=0,
        version_compatible=True,
        hardware="same-cc",
        refit=True,
    )
    assert options.flags() == (
        " --opt-level 0 --workspace 4096 --dynamic 1:2:4 --dla 0 --hw-compat same-cc"
        " --version-compatible --refit"
    )
    assert EngineOptions().flags() == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimization_level": 6}, "from 0 to 5"),
        ({"dla_core": -1}, "first core is 0"),
        ({"hardware": "amper"}, "Did you mean 'ampere"),
    ],
)
def test_impossible_values_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_engine_options("tensorrt", EngineOptions(**options))


def test_batches_rise() -> None:
    assert parse_batches("1:4:8") == (1, 4, 8)
    assert parse_batches("2:2:2") == (2, 2, 2)
    for text in ("1:8:4", "0:1:2", "1:2", "a:b:c", "1:2:3:4"):
        with pytest.raises(UsageError, match="such as 1:4:8"):
            parse_batches(text)


def test_memory_is_read() -> None:
    for text, amount in (("2G", 2**31), ("512M", 2**29), ("1.5 gib", 3 * 2**29), ("4096", 4096)):
        assert parse_bytes(text) == amount
    for text in ("", "G", "-1G", "much", "0"):
        with pytest.raises(UsageError, match="512M or 2G"):
            parse_bytes(text)


def test_flags_say_the_same_again() -> None:
    assert EngineOptions().flags() == ""
    options = EngineOptions(
        optimization_level=0, batches=(1, 4, 8), hardware="same-cc", version_compatible=True
    )
    assert (
        options.flags() == " --opt-level 0 --dynamic 1:4:8 --hw-compat same-cc --version-compatible"
    )


def test_the_record_is_as_json_gives_it_back() -> None:
    assert engine_record("onnx", EngineOptions()) == {}
    record = engine_record("tensorrt", EngineOptions(batches=(1, 4, 8)))
    assert record["engine"]["batches"] == [1, 4, 8]
