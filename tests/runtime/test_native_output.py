from __future__ import annotations

import os

import pytest

from edgegan.runtime.native_output import stdout_to_stderr


def test_what_is_written_inside_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before ")
    with stdout_to_stderr():
        os.write(1, b"inside ")
    os.write(1, b"after")
    assert capfd.readouterr() == ("before after", "inside ")
