"""`edgegan app`: what is refused, before anything is written."""

from __future__ import annotations

import json
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from edgegan.manifest import write_manifest
from edgegan.runtime.gpu_compile import GpuCompile
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
        (("{file}", "--platform", "android", "-o", "{folder}"), 2, "is there and not empty"),
        (
            ("{file}", "--platform", "ios", "--serve"),
            2,
            "--serve is for --platform web, not for ios",
        ),
        (("{file}", "--platform", "android", "--litert-js", "{folder}"), 2, "--litert-js is for"),
        (("none.tflite", "--platform", "android"), 2, "does not exist"),
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
    assert done.code == code, done.err
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


@pytest.mark.parametrize(
    ("platform", "inside", "words"),
    [
        ("android", "app/src/main/assets/model.json", "gradle assembleDebug"),
        ("ios", "Sources/EdgeGANApp/Models/model.json", "in Xcode"),
    ],
)
def test_projects_for_phones(
    command: Command, described: Path, tmp_path: Path, platform: str, inside: str, words: str
) -> None:
    done = command("app", described, "--platform", platform, "--title", "Hi")
    assert done.code == 0, done.err
    folder = tmp_path / f"a-{platform}"
    assert f"to {folder}" in done.out
    assert words in done.out
    assert json.loads((folder / inside).read_text())["title"] == "Hi"
    done = command("app", described, "--platform", platform, "-o", tmp_path / "b", "--json")
    assert all(Path(path).is_file() for path in json.loads(done.out)["files"])


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_what_no_phone_runs_is_refused(command: Command, tmp_path: Path, platform: str) -> None:
    free = write_tflite(tmp_path / "free.tflite", conv_relu_tanh, (None, SIZE, SIZE, 3))
    write_manifest(free, describe(free, selftest_image()))
    done = command("app", free, "--platform", platform)
    assert done.code == 6
    assert "free.tflite does not fit cpu" in done.err
    assert "have no fixed shape" in done.err
    quantized = write_tflite(tmp_path / "bytes.tflite", _takes_bytes, dtype="uint8")
    write_manifest(quantized, describe(quantized, selftest_image()))
    done = command("app", quantized, "--platform", platform)
    assert done.code == 6
    assert "is uint8, not float32" in done.err
    other = write_tflite(tmp_path / "other.tflite", conv_relu_tanh)
    done = command("app", other, "--platform", platform)
    assert done.code == 1
    assert "has no manifest" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("bytes.tflite", "bytes.tflite.json"),
        *("free.tflite", "free.tflite.json", "other.tflite"),
    ]


def _takes_bytes(x: Any) -> Any:
    import tensorflow as tf

    return tf.cast(x, tf.float32) / 127.5 - 1.0


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


@pytest.mark.parametrize("refused", [(), ("TANH: no",)])
def test_inspect_compiles_for_the_gpu(
    command: Command, described: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[str, ...]
) -> None:
    made = GpuCompile(adapter="Some GPU", refused=refused)
    monkeypatch.setattr("edgegan.runtime.gpu_compile.compile_for_gpu", lambda path: made)
    arguments = ("inspect", described, "--compile", "--target-check", "gpu")
    done = command(*arguments)
    assert done.code == (6 if refused else 0)
    assert f"compiled for Some GPU: {len(refused) or 'no'} ops refused" in done.out
    told = json.loads(command(*arguments, "--json").out)
    assert told["gpu_compile"] == {"adapter": "Some GPU", "refused": list(refused)}
    assert told["target_check"]["gpu"] == [f"the delegate refuses {op}" for op in refused]
    assert "goes with --target-check gpu" in command(*arguments[:3]).err
    assert command(*arguments[:3]).code == 2


def test_what_is_no_web_app_is_not_served(
    command: Command, described: Path, tmp_path: Path
) -> None:
    assert command("app", described, "--platform", "c", "-o", tmp_path / "c").code == 0
    done = command("app", tmp_path / "c", "--platform", "web", "--serve")
    assert done.code == 2
    (tmp_path / "c/index.html").write_text("a page")
    for options, words in (((), "--serve serves it"), (("--serve", "--json"), "leave --json out")):
        done = command("app", tmp_path / "c", "--platform", "web", *options)
        assert done.code == 2
        assert words in done.err


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
