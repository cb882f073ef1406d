"""`edgegan app`: what is refused, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.manifest import write_manifest
from tests.edgegan.cli.command import Command
from tests.runtime.models import SIZE, conv_relu_tanh, describe, write_tflite


@pytest.fixture
def described(tmp_path: Path) -> Path:
    path = write_tflite(tmp_path / "a.tflite", conv_relu_tanh)
    write_manifest(path, describe(path))
    return path


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("{file}", "--platform", "wbe"), 2, "Did you mean 'web'"),
        (("{file}", "--platform", "web", "-o", "{folder}"), 2, "is there and not empty"),
        (("none.tflite", "--platform", "web"), 2, "does not exist"),
        (("{file}", "--platform", "web", "--litert-js", "{folder}"), 1, "is not that of LiteRT.js"),
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


def test_a_file_that_browsers_refuse_is_refused(command: Command, tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "free.tflite", conv_relu_tanh, (None, SIZE, SIZE, 3))
    write_manifest(path, describe(path))
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
