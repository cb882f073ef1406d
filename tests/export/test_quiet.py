from __future__ import annotations

import logging
import os
import sys

import pytest

from edgegan.export.quiet import quiet


def test_nothing_of_the_block_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        print("python")
        print("python", file=sys.stderr)
        os.write(1, b"native\n")
        os.write(2, b"native\n")
    print("after")
    os.write(2, b"after\n")
    assert capfd.readouterr() == ("after\n", "after\n")


def test_an_error_passes_and_output_is_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="x"), quiet():
        raise ValueError("x")
    os.write(1, b"visible\n")
    assert capfd.readouterr().out == "visible\n"


def test_a_logger_made_inside_writes_after_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        handler = logging.StreamHandler()
        handler.emit(logging.makeLogRecord({"msg": "inside"}))
    handler.emit(logging.makeLogRecord({"msg": "after"}))
    assert capfd.readouterr() == ("", "after\n")
