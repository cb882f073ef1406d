"""`edgegan app`: what is refused, before anything is written."""

from __future__ import annotations

import json
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from edgegan.manifest import write_manifest
from tests.edgegan.cli.command import Command
from tests.export.generators import saved
from tests.runtime.models import SIZE, conv_relu_tanh, describe, selftest_image, write_tflite


@pytest.fixture
def described(tmp_path: Path) -> Path:
    path = write_tflite(tmp_path / "a.tflite", conv_relu_tanh)
    write_manifest(path, describe(path, selftest_image()))
    return path


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("{file}", "--platform", "wbe"), 2, "Did you mean 'web'"),
        (("{file}", "--platform", "web", "-o", "{folder}"), 2, "is there and not empty"),
        (("none.tflite", "--platform", "web"), 2, "does not exist"),
        (("{file}", "--platform", "web", "--litert-js", "{folder}"), 1, "is not that of LiteRT.js"),
        (("{file}", "--platform", "c", "--serve"), 2, "--serve is for --platform web"),
        (("{file}", "--platform", "c", "-o", "{folder}"), 2, "is there and not empty"),
        ((), 2, "Missing argument"),
    ],
)
def test_what_is_wrong_is_told(
    command: Command,
    described: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    before = sorted(tmp_path.iterdir())
    names = {"{file}": str(described), "{folder}": str(tmp_path)}
    done = command("app", *(names.get(one, one) for one in arguments))
    assert done.code == code
    assert words in done.err
    assert sorted(tmp_path.iterdir()) == before


def test_it_says_what_it_wrote(
    command: Command, described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegan.export.litert_js.litert_js", lambda packages: {"core.js": b"{}"})
    done = command("app", described, "--platform", "web")
    assert done.code == 0
    folder = tmp_path / "a-web"
    assert f"to {folder}" in done.out
    assert json.loads((folder / "model.json").read_text())["models"][0]["file"] == "a.tflite"
    done = command(
        *("app", described, "--platform", "web", "-o", tmp_path / "b", "--title", "Hi", "--json")
    )
    told = json.loads(done.out)
    assert told["folder"] == str(tmp_path / "b")
    assert all(Path(path).is_file() for path in told["files"])
    assert json.loads((tmp_path / "b/model.json").read_text())["title"] == "Hi"


def test_a_program_in_c(command: Command, described: Path, tmp_path: Path) -> None:
    done = command("app", described, "--platform", "c")
    assert done.code == 0
    folder = tmp_path / "a-c"
    assert f"to {folder}" in done.out
    assert "its README.md tells how to go on" in done.out
    assert '"a.tflite"' in (folder / "model.h").read_text()
    done = command("app", described, "--platform", "c", "-o", tmp_path / "b", "--json")
    assert {Path(path).name for path in json.loads(done.out)["files"]} == {
        path.name for path in folder.iterdir()
    }


def test_the_phone_preset(command: Command, tmp_path: Path) -> None:
    generator = saved(tmp_path)
    done = command("export", generator, "--preset", "phone", "--dry-run", "--json")
    names = {Path(one["path"]).name for one in json.loads(done.out)["artifacts"]}
    sizes = ("16x16", "16x12", "12x16")
    kinds = ("fp16", "int8-dynamic")
    assert names == {f"A2B-{size}-{kind}.tflite" for size in sizes for kind in kinds}
    assert "A2B-phone.zip" in command("export", generator, "--preset", "phone", "--dry-run").out
    (tmp_path / "A2B-phone.zip").write_text("mine")
    for arguments, words in (
        (("--preset", "phone"), "is no bundle of --preset phone"),
        (("--preset", "phon"), "Did you mean 'phone'"),
        (("--preset", "phone", "-t", "onnx", "--size", 8), "leave out --target, --size"),
        ((), "--preset phone"),
    ):
        done = command("export", generator, *arguments)
        assert done.code == 2
        assert words in done.err
    assert (tmp_path / "A2B-phone.zip").read_text() == "mine"


def test_a_file_that_browsers_refuse_is_refused(command: Command, tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "free.tflite", conv_relu_tanh, (None, SIZE, SIZE, 3))
    write_manifest(path, describe(path, selftest_image()))
    done = command("app", path, "--platform", "web")
    assert done.code == 6
    assert "does not fit browser" in done.err
    assert "have no fixed shape" in done.err


def test_inspect_checks_targets(command: Command, described: Path, tmp_path: Path) -> None:
    done = command("inspect", described, "--target-check", "gpu", "--target-check", "browser")
    assert done.code == 0
    assert "gpu: breaks no rule that is known" in done.out
    free = write_tflite(tmp_path / "free.tflite", conv_relu_tanh, (None, SIZE, SIZE, 3))
    done = command("inspect", free, "--target-check", "browser", "--json")
    assert done.code == 6
    assert '"target_check"' in done.out
    assert "free.tflite does not fit browser" in done.err
    assert command("inspect", described, "--target-check", "tpu").code == 2


def test_it_serves_a_new_app_and_one_that_is_there(
    command: Command, described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegan.export.litert_js.litert_js", lambda packages: {"core.js": b"{}"})
    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", _interrupted)
    arguments = ("--platform", "web", "--serve", "--port", 0)
    done = command("app", described, *arguments)
    assert done.code == 0
    assert "Open http://localhost:" in done.err
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a-web").rglob("*")}
    done = command("app", tmp_path / "a-web", *arguments)
    assert done.code == 0
    assert "Open http://localhost:" in done.err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "a-web").rglob("*")} == before
    done = command("app", described, *arguments)
    assert done.code == 2
    assert "is there and not empty" in done.err


def _interrupted(server: ThreadingHTTPServer) -> None:
    raise KeyboardInterrupt
