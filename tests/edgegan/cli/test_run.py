"""`edgegan run`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.errors import MissingRequirement
from edgegan.images import SUFFIXES, load_image
from edgegan.selftest import selftest_input
from tests.edgegan.cli.command import Command, Done
from tests.runtime.forms import HEIGHT, WIDTH, Form, describe_form, write_form
from tests.runtime.models import onnx_model, write_onnx


def written(folder: Path) -> list[str]:
    """List the images below `folder`."""
    files = [path.relative_to(folder) for path in folder.rglob("*.*")]
    return sorted(file.as_posix() for file in files if file.suffix in SUFFIXES)


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
    assert written(tmp_path / "out") == ["a.png", "sub/b.png"]


def test_a_folder_is_gone_on_with(
    command: Command, artifact: Path, photos: Path, tmp_path: Path
) -> None:
    def run(*options: str) -> Done:
        return command("run", artifact, photos, "-o", tmp_path / "out", *options)

    assert run("--no-recursive").out == f"Wrote {tmp_path / 'out' / 'a.png'}\n"
    first = (tmp_path / "out" / "a.png").stat().st_mtime_ns
    done = run()
    assert done.out == f"1 image was up to date\nWrote {tmp_path / 'out' / 'sub' / 'b.png'}\n"
    assert "1 of 3 images are there already" in done.err
    content = json.loads(run("--json").out)
    assert (content["written"], len(content["up_to_date"])) == ([], 2)
    assert (tmp_path / "out" / "a.png").stat().st_mtime_ns == first
    assert json.loads(run("--json", "--force").out)["up_to_date"] == []
    assert (tmp_path / "out" / "a.png").stat().st_mtime_ns > first


def test_an_image_that_was_added_takes_no_name(
    command: Command, artifact: Path, photos: Path, tmp_path: Path
) -> None:
    assert command("run", artifact, photos, "-o", tmp_path / "out").code == 0
    (photos / "a.webp").write_bytes((photos / "a.png").read_bytes())
    done = command("run", artifact, photos, "-o", tmp_path / "out")
    assert done.out.startswith("2 images were up to date\n")
    assert written(tmp_path / "out") == ["a.png", "a.webp.png", "sub/b.png"]


def test_results_of_another_artifact_are_not_mixed(
    command: Command, artifact: Path, photos: Path, tmp_path: Path
) -> None:
    other = write_onnx(tmp_path / "other.onnx", onnx_model())
    assert command("run", artifact, photos, "-o", tmp_path / "out").code == 0
    before = load_image(tmp_path / "out" / "a.png")
    done = command("run", other, photos, "-o", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert "holds the results of another run (artifact " in done.errors[0]
    assert "backend litert, now onnxruntime" in done.errors[0]
    assert np.array_equal(load_image(tmp_path / "out" / "a.png"), before)
    assert command("run", other, photos, "-o", tmp_path / "out", "--force").code == 0
    expected = edgegan.load(other)(load_image(photos / "a.png"))
    assert np.array_equal(load_image(tmp_path / "out" / "a.png"), expected)


def test_a_format(command: Command, artifact: Path, photos: Path, tmp_path: Path) -> None:
    assert command("run", artifact, photos, "-o", tmp_path / "out", "--format", "webp").code == 0
    assert written(tmp_path / "out") == ["a.webp", "sub/b.webp"]


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_run_bytes_in_batches(command: Command, photos: Path, tmp_path: Path, backend: str) -> None:
    plain = write_form(tmp_path, Form(), ".onnx")
    other = write_form(tmp_path, Form(dtype="uint8", layout="NCHW", batch=2), ".onnx")
    golden = edgegan.load(plain).run(selftest_input((1, HEIGHT, WIDTH, 3)))
    describe_form(other, Form(dtype="uint8", layout="NCHW", batch=2), golden)
    done = command("run", other, photos, "-o", tmp_path / "out", "--backend", backend)
    assert done.code == 0
    expected = edgegan.load(plain)(load_image(photos / "a.png"))
    written = load_image(tmp_path / "out" / "a.png")
    assert written.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(written.astype(int) - expected).max() <= 1


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
        (photos / "a.png", "litert", 2, "is not an artifact"),
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
    # Trusted, since the process that would try it has the package.
    done = command("run", tmp_path / "x.onnx", photos, "-o", tmp_path / "out", "--trust")
    assert done.code == MissingRequirement.exit_code == 3
    assert "pip install 'edgegan[onnx]'" in done.errors[0]
