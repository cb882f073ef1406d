from __future__ import annotations

import os
import sys

import pytest

from edgegan.cli.native_log import native_log_hidden


def test_native_writes_vanish_and_pythons_stay(capfd: pytest.CaptureFixture[str]) -> None:
    with native_log_hidden():
        os.write(2, b"native\n")
        print("ours", file=sys.stderr)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ours\nafter\n"


def test_stderr_is_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with pytest.raises(ValueError, match="x"), native_log_hidden():
        raise ValueError("x")
    assert sys.stderr is before
    os.write(2, b"visible\n")
    assert capfd.readouterr().err == "visible\n"
