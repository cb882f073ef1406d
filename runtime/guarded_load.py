"""Files that nothing vouches for are tried in a process of its own first.

The libraries that read .tflite, .onnx and TensorRT's plans are written in C++ and trust their
files more than they should: a damaged one can crash the process, or keep it busy for ever. So
the first to load such a file, and to run it once, is a process that may die of it, within
limits of time and (on Linux, but for plans) memory. A file whose hash is in a manifest was
loaded when it was made, and is not tried. Nor is one that came through before: an empty file
in EdgeGAN's cache says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import edgegan
from edgegan import errors
from edgegan.atomic import write_bytes
from edgegan.cache_folder import cache_folder
from edgegan.errors import ArtifactError, EdgeganError
from edgegan.manifest import sha256
from edgegan.optional import installed_versions

TIME_LIMIT_S = 60.0
VERDICT = "edgegan-load-probe:"  # begins the line that the process prints
_ALWAYS = ("inspect", "tensorrt", "tensorrt-rtx")  # actions that --trust spares no trial
_LATER_S = 5.0  # the process ends itself so much later, if whoever started it could not
_PACKAGES = (
    "edgegan",
    "ai-edge-litert",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
    "tensorrt",
    "tensorrt-rtx",
)
_ROOT = Path(edgegan.__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """How the process ended: its exit code (None: too late), and what it printed."""

    code: int | None
    output: str
    messages: str


def try_first(
    path: Path, action: str, device: str = "cpu", time_limit_s: float = TIME_LIMIT_S
) -> None:
    """Have another process load a file and run it once.

    Args:
        path: The file.
        action: The backend that loads it; or "inspect", which reads all that
            `edgegan inspect` tells.
        device: Where a plan runs; others are tried on the CPU.
        time_limit_s: It is ended after that time.

    Raises:
        ArtifactError: the process crashed, or did not end in time.
        EdgeganError: what loading the file raised.
    """
    passed = _passed(path, action, device)
    if os.path.isfile(passed):  # not the method, which raises where the folder cannot be read
        return
    ended = _run(path, action, device, time_limit_s)
    found = _verdict(ended.output)
    if ended.code != 0 or found is None:
        raise ArtifactError(
            f"{path} is damaged, or {action} cannot load it: the process that tried it "
            f"{_describe(ended, time_limit_s)}. Export or copy it again. {_without(action)}"
        )
    if found:
        kind: type[EdgeganError] = getattr(errors, found["error"])
        hint = f" {_without(action)}" if kind is ArtifactError else ""
        raise kind(f"{found['text']}{hint}")
    with suppress(EdgeganError):  # where the cache cannot be written, files are tried each time
        write_bytes(passed, b"")


def _verdict(output: str) -> dict[str, str] | None:
    """Read the verdict; libraries may print lines before and after it. None: there is none."""
    _, mark, after = output.rpartition(VERDICT)
    try:
        found: dict[str, str] | None = json.loads(after.partition("\n")[0]) if mark else None
    except ValueError:  # the process died while it was printed
        return None
    return found


def _without(action: str) -> str:
    """Say how a sound file is loaded that the limits are too narrow for."""
    other = "" if action in _ALWAYS else ", or with --trust (in Python trust=True)"
    return (
        "It was tried within limits of time and memory; a sound file that needs more is loaded "
        f"without a trial if its manifest lies beside it{other}."
    )


def _passed(path: Path, action: str, device: str) -> Path:
    """Name the file that is there once the same bytes came through, by the same packages."""
    versions = json.dumps(installed_versions(_PACKAGES), sort_keys=True)
    key = hashlib.sha256(f"{sha256(path)} {action} {device} {versions}".encode()).hexdigest()
    return cache_folder("tried") / key


def trial_command(path: Path, action: str, device: str, time_limit_s: float) -> list[str]:
    """Write the command line of the process that tries a file; see `try_first`."""
    module = [sys.executable, "-m", "edgegan.runtime.load_probe"]
    limits = [str(time_limit_s + _LATER_S), str(os.getpid())]
    return [*module, str(path.resolve()), action, device, *limits]


def _run(path: Path, action: str, device: str, time_limit_s: float) -> _Ended:
    try:
        done = subprocess.run(
            trial_command(path, action, device, time_limit_s),
            # "-m" looks for modules there first: not among the files of whoever called.
            cwd=_ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=time_limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _Ended(code=None, output="", messages="")
    return _Ended(code=done.returncode, output=done.stdout, messages=done.stderr)


def _describe(ended: _Ended, time_limit_s: float) -> str:
    """Say how a process ended that should have ended otherwise."""
    if ended.code is None:
        return f"did not finish within {time_limit_s:g} s"
    last = " ".join(ended.messages.split("\n")[-2:]).strip()
    said = f" ({last})" if last else ""
    if ended.code < 0:
        return f"was ended by {signal.Signals(-ended.code).name}{said}"
    return f"ended with exit code {ended.code}{said}"
