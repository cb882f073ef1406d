"""Exported files of every form, from the command line to pictures and times."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgegan.images import load_image
from tests.edgegan.cli.command import Command
from tests.export.generators import SIZE, saved

FORMS = {
    "nchw": (["--layout", "nchw"], "A2B_nchw"),
    "bytes": (["--io", "uint8", "--opset", "21"], "A2B_uint8_opset21"),
}


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("generator"))


@pytest.mark.parametrize(("options", "stem"), FORMS.values(), ids=FORMS)
def test_every_command_takes_the_file(
    command: Command, generator: Path, photos: Path, tmp_path: Path, options: list[str], stem: str
) -> None:
    done = command("export", generator, "-t", "onnx", *options, "-o", tmp_path, "--json")
    (artifact,) = json.loads(done.out)["artifacts"]
    path = tmp_path / f"{stem}-{SIZE}x{SIZE}-fp32.onnx"
    assert (done.code, artifact["path"], artifact["status"]) == (0, str(path), "verified")

    compared = command("verify", generator, path, "--images", photos, "--json")
    assert json.loads(compared.out)["max_lsb"] <= 1
    quick = ("--min-iters", 20, "--min-time", 0.1, "--warmup-time", 0.01, "--threads", 1)
    timed = command("bench", path, *quick, "--json")
    (result,) = json.loads(timed.out)["results"]
    assert (timed.code, [f for f in result["flags"] if "output" in f]) == (0, [])
    assert "self-test passed" in command("inspect", path).out

    pictures = []
    for source in (generator, path):
        target = tmp_path / f"{source.suffix}.png"
        assert command("run", source, photos / "a.png", "-o", target).code == 0
        pictures.append(load_image(target).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_the_same_options_make_it_only_once(
    command: Command, generator: Path, tmp_path: Path
) -> None:
    export = ("export", generator, "-t", "onnx", "-o", tmp_path, "--parity", "off", "--json")
    states = []
    for options in ([], ["--opset", "13"], ["--opset", "13"]):
        done = command(*export, *options)
        states.append(json.loads(done.out)["artifacts"][0]["unchanged"])
    assert states == [False, False, True]
