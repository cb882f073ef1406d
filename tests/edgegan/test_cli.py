"""The command line from outside: what is printed where, and the exit codes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import edgegan
from edgegan.cli import main
from edgegan.errors import MissingRequirement
from edgegan.images import load_image, save_image
from tests.runtime.models import SIZE, conv_relu_tanh, describe, write_tflite


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


Command = Callable[..., Done]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process, and catch all that it prints, C code included."""

    def call(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        return Done(int(end.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tflite(tmp_path_factory.mktemp("cli") / "tiny.tflite", conv_relu_tanh)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    save_image(folder / "a.png", pixels)
    save_image(folder / "sub" / "b.png", pixels)
    (folder / "text.jpg").write_text("this is text")
    return folder


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


def test_run_one_image(command: Command, artifact: Path, photos: Path, tmp_path: Path) -> None:
    done = command("run", artifact, photos / "a.png", "-o", tmp_path / "new" / "y.png")
    assert (done.code, done.out) == (0, f"Wrote {tmp_path / 'new' / 'y.png'}\n")
    expected = edgegan.load(artifact)(load_image(photos / "a.png"))
    assert np.array_equal(load_image(tmp_path / "new" / "y.png"), expected)


def test_run_a_folder(command: Command, artifact: Path, photos: Path, tmp_path: Path) -> None:
    done = command("run", artifact, photos, "-o", tmp_path / "out", "--threads", 1)
    assert done.code == 0
    assert done.out.startswith("Wrote 2 images")
    assert "Skipped 1 file" in done.err
    assert "text.jpg" in done.err
    assert sorted(p.name for p in (tmp_path / "out").rglob("*.*")) == ["a.png", "b.png"]
    assert (tmp_path / "out" / "sub" / "b.png").is_file()


def test_run_json(command: Command, artifact: Path, photos: Path, tmp_path: Path) -> None:
    done = command("run", artifact, photos, "-o", tmp_path / "out", "--threads", 1, "--json")
    content = json.loads(done.out)
    assert (content["backend"], content["threads"]) == ("litert", 1)
    assert content["written"] == [str(tmp_path / "out" / n) for n in ("a.png", "sub/b.png")]
    assert [item["file"] for item in content["skipped"]] == [str(photos / "text.jpg")]


@pytest.mark.parametrize(
    ("source", "output", "code", "reason"),
    [
        ("none.png", "x.png", 2, "none.png does not exist"),
        ("text.jpg", "x.png", 1, "text.jpg is not a readable image"),
        ("a.png", "a.png", 2, "would be overwritten"),
        ("a.png", "x.tiff", 2, "Cannot save an image as x.tiff"),
        ("bad", "out", 1, "None of the 1 files"),
        ("a.png", "text.jpg/x.png", 1, "Cannot write"),
    ],
)
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_run_refuses(
    command: Command,
    artifact: Path,
    photos: Path,
    source: str,
    output: str,
    code: int,
    reason: str,
    flags: tuple[str, ...],
) -> None:
    (photos / "bad").mkdir()
    shutil.copy(photos / "text.jpg", photos / "bad")
    before = load_image(photos / "a.png")
    done = command("run", artifact, photos / source, "-o", photos / output, *flags)
    assert (done.code, done.out) == (code, "")
    assert len(done.errors) == 1
    assert reason in done.errors[0]
    assert "Traceback" not in done.err
    assert np.array_equal(load_image(photos / "a.png"), before)


def test_bad_artifacts(command: Command, artifact: Path, photos: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(artifact.read_bytes()[:1000])
    for path, backend, code, reason in (
        (cut, "litert", 1, "damaged"),
        (tmp_path / "none.onnx", "onnxruntime", 2, "does not exist"),
        (artifact, "litertt", 2, "Did you mean 'litert'?"),
        (photos / "a.png", "litert", 1, "damaged"),
    ):
        done = command("run", path, photos, "-o", tmp_path / "out", "--backend", backend)
        assert (done.code, done.out) == (code, "")
        assert len(done.errors) == 1
        assert reason in done.errors[0]


def test_a_missing_package_names_its_extra(
    command: Command, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # importing it then fails
    (tmp_path / "x.onnx").write_bytes(b"")
    done = command("run", tmp_path / "x.onnx", photos, "-o", tmp_path / "out")
    assert done.code == MissingRequirement.exit_code == 3
    assert "pip install 'edgegan[onnx]'" in done.errors[0]


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
            if line.startswith("bench: "):
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


def test_inspect(command: Command, artifact: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(artifact, tmp_path))
    describe(path)
    done = command("inspect", path)
    assert done.code == 0
    for text in (
        "tiny.tflite: tflite",
        "parameters: 1,234",
        "float32 [1, 8, 8, 3]",
        "xnnpack: 1 partition(s); outside: nothing",
        "task: cyclegan A2B",
        "precision: fp32 (asked for: fp32)",
        "status: unverified",
        "parity: not measured",
        "CONV_2D",
    ):
        assert text in done.out


def test_inspect_json(command: Command, artifact: Path) -> None:
    content = json.loads(command("inspect", artifact, "--json").out)
    assert content["ops"] == {"CONV_2D": 2, "TANH": 1}
    assert content["delegate"] == {"name": "xnnpack", "partitions": 1, "outside": []}
    assert content["manifest"] is None
    assert content["io"]["inputs"][0]["shape"] == [1, SIZE, SIZE, 3]


QUICK = ("--min-iters", 20, "--min-time", 0.1, "--warmup-time", 0.01, "--threads", 1)


def test_bench(command: Command, artifact: Path, tmp_path: Path) -> None:
    done = command("bench", artifact, artifact, *QUICK, "-o", tmp_path / "report")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("artifact")
    assert [line.split()[0] for line in lines[1:3]] == ["tiny.tflite"] * 2
    content: dict[str, Any] = json.loads((tmp_path / "report" / "bench.json").read_text())
    assert len(content["results"]) == 2
    assert (tmp_path / "report" / "bench.md").is_file()


def test_bench_finishes_the_others(command: Command, artifact: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(b"\0" * 10)
    done = command("bench", tmp_path / "none.tflite", cut, artifact, *QUICK, "--json")
    content = json.loads(done.out)
    assert done.code == 2  # the first failure's
    assert len(content["results"]) == 1
    assert [item["exit_code"] for item in content["failures"]] == [2, 1]
    assert len(done.errors) == 1


def test_bench_of_nothing_that_runs(command: Command, tmp_path: Path) -> None:
    done = command("bench", tmp_path / "a.onnx", tmp_path / "b.onnx", *QUICK, "--json")
    assert (done.code, done.out) == (2, "")
    assert "a.onnx does not exist" in done.errors[0]
    assert "b.onnx: not measured" in done.err
