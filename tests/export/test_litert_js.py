"""Fetching LiteRT.js: pinned, checked, and told when it cannot be."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from edgegan.errors import ArtifactError, EdgeganError, MissingRequirement
from edgegan.export import litert_js as module
from edgegan.export.litert_js import VERSION, litert_js


def npm(folder: Path, script: str) -> None:
    """Put an npm that does what `script` says first in the path."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)


def test_other_files_than_the_pinned_are_refused(tmp_path: Path) -> None:
    (tmp_path / "core/dist").mkdir(parents=True)
    (tmp_path / "core/dist/index.js").write_text("alert(1)")
    with pytest.raises(ArtifactError, match=f"is not that of LiteRT.js {VERSION}"):
        litert_js(tmp_path)


def test_without_npm_it_tells_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingRequirement, match="--litert-js"):
        litert_js()


def test_a_failure_of_npm_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(tmp_path / "bin", "echo 'npm error 404' >&2; exit 1")
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(EdgeganError, match=r"could not fetch LiteRT\.js .*: npm error 404"):
        litert_js()
    assert not (tmp_path / "cache").exists()


def test_what_npm_brings_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brings = 'mkdir -p "$3/node_modules/@litertjs/core/dist"; echo x > '
    npm(tmp_path / "bin", brings + '"$3/node_modules/@litertjs/core/dist/index.js"')
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ArtifactError, match="is not that of"):
        litert_js()
    assert not (tmp_path / "cache").exists()


def test_files_are_kept_and_damaged_ones_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = "core/dist/index.js"
    digest = sha256(b"import '\"@litertjs/wasm-utils\"'\n").hexdigest()
    monkeypatch.setattr(module, "_FILES", {"core.js": (file, digest)})
    folder = '"$3/node_modules/@litertjs/core/dist"'
    script = f"""mkdir -p {folder}; echo "import '\\"@litertjs/wasm-utils\\"'" > {folder}/index.js
        echo fetched >> {tmp_path / "log"}"""
    npm(tmp_path / "bin", script)
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    for _ in range(2):
        assert litert_js() == {"core.js": b"import '\"./wasm-utils.js\"'\n"}
    assert (tmp_path / "log").read_text() == "fetched\n"
    (kept,) = (tmp_path / "cache/litert-js").iterdir()
    kept.write_text("damaged")
    litert_js()
    assert (tmp_path / "log").read_text() == "fetched\nfetched\n"
