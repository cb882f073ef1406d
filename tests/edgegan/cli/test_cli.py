"""The command line from outside: help, usage errors, one-line errors, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import edgegan
from tests.edgegan.cli.command import Command


def test_help_names_the_commands(command: Command) -> None:
    done = command("--help")
    assert done.code == 0
    assert all(name in done.out for name in ("run", "bench", "inspect", "--version", "--debug"))


def test_version(command: Command) -> None:
    assert command("--version") == (0, f"edgegan {edgegan.__version__}\n", "")


def test_without_a_command_help_is_shown(command: Command) -> None:
    done = command()
    assert done.code == 2
    assert "Commands" in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(["rnu"], "'run'"), (["run", "--bakend", "x"], "--backend"), (["bench"], "artifacts")],
)
def test_wrong_usage(command: Command, arguments: list[str], hint: str) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert hint in done.err
    assert "edgegan" in done.err


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    for arguments in (["--debug", "inspect", "none.onnx"], ["inspect", "none.onnx", "--debug"]):
        done = subprocess.run(
            [sys.executable, "-m", "edgegan", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 1
        assert "Traceback" in done.stderr
        assert "UsageError: The artifact none.onnx does not exist." in done.stderr


def test_unexpected_errors_are_one_line_too(
    command: Command, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgegan.runtime import inspection

    def fail(path: Path) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(inspection, "inspect", fail)
    done = command("inspect", artifact)
    assert done.code == 1
    assert done.errors == ["error: RuntimeError: a bug (unexpected; --debug shows where)."]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_ctrl_c_ends_with_130(artifact: Path, tmp_path: Path) -> None:
    # Started in the background, a shell makes its children ignore Ctrl-C.
    code = f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from edgegan.cli import main
main(["bench", {str(artifact)!r}, "--min-time", "60"])
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:  # the first step is over: measuring has begun
            if line.startswith("Benchmarking: "):
                break
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err.strip().splitlines()[-1] == "error: interrupted."
    assert "Traceback" not in err
    deadline = time.monotonic() + 30
    while members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert members(process.pid) == []  # no worker is left


def members(group: int) -> list[str]:
    """List the processes of a group that still run, from Linux's /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            name, _, rest = path.read_text().rpartition(")")
            state, _, its_group = rest.split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(name)
    return found
