"""The files of a web app. How it behaves in a browser: tests/web."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from edgegan.errors import UsageError
from edgegan.export.app_models import AppModel, open_models
from edgegan.export.app_server import open_server
from edgegan.export.web_app import for_browsers, write_web_app
from edgegan.manifest import Precision, write_manifest
from tests.runtime.models import conv_relu_tanh, describe, selftest_image, write_tflite

RUNTIME = {"core.js": b"export {};", "wasm/litert.wasm": b"\0asm"}


@pytest.fixture
def model(tmp_path: Path) -> AppModel:
    path = write_tflite(tmp_path / "a.tflite", conv_relu_tanh)
    write_manifest(path, describe(path, selftest_image()))
    return open_models([path])[0]


def of(model: AppModel, precision: str, name: str) -> AppModel:
    obtained = Precision(requested=precision, obtained=precision)
    return replace(model, name=name, manifest=replace(model.manifest, precision=obtained))


def test_the_app_is_whole_and_its_worker_keeps_all_of_it(tmp_path: Path, model: AppModel) -> None:
    folder = tmp_path / "app"
    written = write_web_app([model], "My app", folder, RUNTIME)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {str(path.relative_to(folder)) for path in written} == there
    assert {"index.html", "app.js", "model.json", "a.tflite", "litert/core.js"} <= there
    kept = re.search(r"const FILES = (\[.*?\]);", (folder / "sw.js").read_text(), re.DOTALL)
    assert kept is not None
    assert set(json.loads(kept[1])) == {"./", *there} - {"sw.js"}
    assert json.loads((folder / "manifest.webmanifest").read_text())["name"] == "My app"
    # Each module, style and picture that the page names is there.
    for path in (*folder.glob("*.js"), folder / "index.html", folder / "manifest.webmanifest"):
        named = re.findall(r'(?:from "\./|href="|[^-]src="|"src": ")([^"]+)"', path.read_text())
        assert named or path.name in (
            "images.js",
            "camera.js",
            "domains.js",
            "selftest.js",
            "sw.js",
        )
        for name in named:
            assert name in there, (path, name)


def test_where_the_data_lay_is_not_published(tmp_path: Path, model: AppModel) -> None:
    manifest = replace(model.manifest, options={"parity": "folder:/home/anna/photos"})
    write_web_app([replace(model, manifest=manifest)], "X", tmp_path / "app", RUNTIME)
    assert "anna" not in (tmp_path / "app/model.json").read_text()


def test_another_model_is_another_version(tmp_path: Path, model: AppModel) -> None:
    versions = set()
    for place, data in enumerate((model.data, model.data, model.data + b"\0")):
        write_web_app([replace(model, data=data)], "X", tmp_path / str(place), RUNTIME)
        worker = (tmp_path / str(place) / "sw.js").read_text()
        versions.add(re.search('CACHE = OWN [+] "(.*)"', worker)[1])  # type: ignore[index]
    assert len(versions) == 2


def test_browsers_get_float16(model: AppModel) -> None:
    models = [of(model, precision, precision) for precision in ("int8-dynamic", "fp32", "fp16")]
    assert [one.name for one in for_browsers(models)] == ["fp16"]
    assert [one.name for one in for_browsers(models[:1])] == ["int8-dynamic"]


def test_nothing_is_overwritten(tmp_path: Path, model: AppModel) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there and not empty"):
        write_web_app([model], "X", folder, RUNTIME)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_it_is_served_with_isolation(tmp_path: Path, model: AppModel) -> None:
    write_web_app([model], "X", tmp_path / "app", RUNTIME)
    with open_server(tmp_path / "app", 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/litert/wasm/litert.wasm"
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"\0asm"
            assert answer.headers["Content-Type"] == "application/wasm"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        with pytest.raises(UsageError, match="choose another with --port"):
            open_server(tmp_path / "app", server.server_port)
        server.shutdown()
