from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.edgegan.cli.command import Command
from tests.train.evaluated import write_images


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return write_images(tmp_path / "images")


def test_an_artifact_is_scored(
    command: Command, artifact: Path, images: Path, tmp_path: Path
) -> None:
    done = command("eval", artifact, "--data", images, "--json", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    content = json.loads(done.out)
    assert {"fid", "fid_ci", "kid", "kid_ci", "identity_l1"} <= set(content["metrics"])
    assert json.loads((tmp_path / "out" / "eval.json").read_text()) == content
    assert (tmp_path / "out" / "eval.html").is_file()
    assert "Next: look at the worst images" in done.err
    table = command("eval", artifact, "--data", images, "--metrics", "kid,identity")
    assert table.out.splitlines()[0].split() == ["kid", "identity_l1"]
    assert "input, untranslated" in table.out
    assert "12 translated, 12 real" in table.err
    assert table.out.splitlines()[-1].startswith("Next: ")


def test_what_is_compared_with_is_told(command: Command, artifact: Path, images: Path) -> None:
    asked = ("--data", images, "--metrics", "kid", "--json")
    default, whole = (
        json.loads(command("eval", artifact, *asked, *more).out)
        for more in ((), ("--reference", "all"))
    )
    (before,), (after,) = (one["protocol"]["images"].values() for one in (default, whole))
    assert (before["reference"], after["reference"]) == (12, 24)
    assert whole["protocol"]["split"].endswith("training and test (for real images: training)")
    assert whole["metrics"]["kid"] != default["metrics"]["kid"]
    assert whole["rows"][2]["metrics"] == default["rows"][2]["metrics"]


def test_bad_requests_get_one_line(
    command: Command, artifact: Path, images: Path, tmp_path: Path
) -> None:
    few = write_images(tmp_path / "few", 3)
    for arguments, code, text in (
        (("--data", few), 1, "at least 10"),
        (("--data", "emojy"), 2, "Did you mean 'emoji'"),
        (("--data", "emoji-styles"), 2, "labelled data set"),
        (("--data", images, "--metrics", "fid,drfit"), 2, "Did you mean 'drift'"),
        (("--data", images, "--metrics", "drift"), 2, "name it with --source"),
        (("--data", images, "--features", "none.tflite"), 2, "does not exist"),
        (("--data", images, "--features", f"inception:{artifact}"), 1, "expected 6726825d"),
        (("--data", images, "--direction", "up"), 2, "use ab or ba"),
        (("--data", images, "--reference", "trainng"), 2, "Did you mean 'training'"),
        ((), 2, "--data"),
    ):
        done = command("eval", artifact, *arguments)
        assert (done.code, len(done.errors)) == (code, 1), (arguments, done.err)
        assert text in done.errors[0]
        assert done.out == ""


def test_an_unknown_run_is_told(command: Command) -> None:
    done = command("eval", "no-such-run", "--data", "emoji")
    assert done.code == 2
    assert "There is no run" in done.errors[0]
