"""`edgegan compress` and `edgegan report` from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.data import open_unpaired
from edgegan.generator import GeneratorConfig
from edgegan.images import load_image, save_image
from edgegan.manifest import read_manifest
from edgegan.train.cyclegan_config import DataConfig, TrainConfig
from edgegan.train.fit import Fitted, fit
from edgegan.train.run_folder import RunFolder
from tests.edgegan.cli.command import Command
from tests.train.test_fit import interrupt_after
from tests.train.tiny import tiny_config

SMALL = ["--steps", "2", "--set", "data.batch_size=1"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for part in ("trainA", "trainB", "testA", "testB"):
        (root / part).mkdir()
        for index in range(10):
            save_image(root / part / f"{index}.png", rng.integers(0, 256, (20, 20, 3), np.uint8))
    return root


@pytest.fixture(scope="module")
def run(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with two generators of 8 filters."""
    network = GeneratorConfig(image_size=16, filters=8, residual_blocks=1)
    config = replace(
        tiny_config(),
        generator=network,
        data=DataConfig(spec=f"folder:{images}"),
        train=TrainConfig(steps=1, pool_size=2),
    )
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "teacher")
    return fit(config, open_unpaired(config.data.spec), folder).folder.path


def test_compress_export_report(command: Command, run: Path, images: Path, tmp_path: Path) -> None:
    output, student = tmp_path / "small.keras", tmp_path / "student"
    arguments = ("compress", run, "--direction", "ba", "-o", output, "--run", student, *SMALL)
    done = command(*arguments, "--width", 4)
    assert (done.code, done.errors) == (0, [])
    assert f"Wrote {output}" in done.out
    assert "x fewer parameters" in done.out
    assert f"Next: edgegan export {output}" in done.out
    manifest = read_manifest(output)
    assert manifest is not None
    assert manifest.task is not None
    assert manifest.task.direction == "B2A"
    assert (student / "discriminator.keras").is_file()
    assert load_image(student / "samples" / "step-0000002.png").shape[0] == 3 * 16
    again = command(*arguments, "--width", 4)
    assert (again.code, len(again.errors)) == (2, 1)
    assert "--force" in again.err

    assert "edgegan compress --resume" in (student / "report.html").read_text()
    assert command("export", student, "-t", "onnx", "--parity", "off").code == 0
    assert (student / "export" / "B2A-16x16-fp32.onnx").is_file()
    exported = command("export", output, "-t", "tflite", "--precision", "int8-dynamic", "--json")
    artifact = json.loads(exported.out)["artifacts"][0]["path"]
    teacher = run / "generators" / "B2A.keras"
    reported = command(
        *("report", teacher, output, artifact, "--data", f"folder:{images}", "--no-bench"),
        *("-o", tmp_path / "report", "--json"),
    )
    assert reported.code == 0
    models = json.loads(reported.out)["models"]
    assert [model["made_from"] for model in models] == [None, "B2A.keras", "small.keras"]
    assert models[0]["psnr"] is None
    assert models[1]["psnr"] > 5
    assert json.loads((tmp_path / "report" / "report.json").read_text())["models"] == models
    assert "<svg" in (tmp_path / "report" / "report.html").read_text()


def test_an_interrupted_student_goes_on(
    command: Command, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, student = tmp_path / "small.keras", tmp_path / "student"
    arguments = ("--direction", "ab", "--width", 4, "-o", output, "--run", student)
    few = ("--steps", 4, "--set", "data.batch_size=1")

    def stopped_after_a_step(*given: Any) -> Fitted:
        config, data, folder, _, *rest = given
        return fit(config, data, folder, interrupt_after(1), *rest)

    with monkeypatch.context() as patch:
        patch.setattr("edgegan.train.fit.fit", stopped_after_a_step)
        stopped = command("compress", run, *arguments, *few)
    assert stopped.code == 130
    assert f"edgegan compress --resume {student}" in stopped.err
    assert not output.exists()
    done = command("compress", "--resume", student, "--json")
    assert done.code == 0
    content = json.loads(done.out)
    assert (content["output"], content["steps"]) == (str(output), 4)
    assert content["params"][0] > content["params"][1]
    assert output.is_file()


@pytest.mark.slow
def test_budgets_show_their_candidates(command: Command, run: Path, tmp_path: Path) -> None:
    generator = run / "generators" / "A2B.keras"
    common = ("--steps", "0", "--set", "data.batch_size=1", "--json")
    whole = read_manifest(generator)
    assert whole is not None
    assert whole.macs is not None
    most = f"{whole.macs * 0.5 / 1e6:.3f}M"
    done = command(
        "compress",
        generator,
        "--macs",
        most,
        "-o",
        tmp_path / "a.keras",
        *common,
        "--run",
        tmp_path / "a",
    )
    content = json.loads(done.out)
    assert [one["filters"] for one in content["candidates"]] == [4, 8]
    assert content["macs"][1] == content["candidates"][0]["macs"] <= whole.macs * 0.5
    done = command(
        "compress",
        generator,
        "--size-mb",
        "9",
        "-o",
        tmp_path / "b.keras",
        *common,
        "--run",
        tmp_path / "b",
    )
    assert done.code == 0
    uneven = command(
        *("compress", generator, "--macs", most, "--uneven", "-o", tmp_path / "c.keras"),
        *(*common, "--run", tmp_path / "c"),
    )
    timed = command(
        *("compress", generator, "--latency-ms", 1e6, "--on", "cpu", "--threads", 1),
        *("-o", tmp_path / "d.keras", *common, "--run", tmp_path / "d"),
    )
    assert all(one["p50_ms"] > 0 for one in json.loads(timed.out)["candidates"])
    assert "at most 1e+06 ms on cpu as tflite int8-dynamic" in timed.err
    assert json.loads(uneven.out)["macs"][1] <= whole.macs * 0.5
    found = read_manifest(tmp_path / "c.keras")
    assert found is not None
    assert found.generator is not None
    assert len(found.generator.widths) == 6
    assert "own width fits the budget" in done.err
    assert all(one["size_bytes"] > 1000 for one in json.loads(done.out)["candidates"])


@pytest.mark.slow
def test_forms(command: Command, run: Path, tmp_path: Path) -> None:
    generator = run / "generators" / "A2B.keras"
    for name, option, value in (
        ("pruned", "--prune", "2:4"),
        ("int8", "--quantize", "tflite"),
    ):
        output = tmp_path / f"{name}.keras"
        done = command(
            *("compress", generator, option, value, "-o", output, "--run", tmp_path / name),
            *("--steps", 4, "--set", "data.batch_size=1"),
        )
        assert (done.code, done.errors) == (0, [])
        manifest = read_manifest(output)
        assert manifest is not None
        assert {"pruned": "pruning", "int8": "int8"}[name] in manifest.options
        assert ("after gzip" in done.out) == (name == "pruned")
        judged = {"pruned": 3.0, "int8": 0.0}[name]  # in int8 it only follows what it was
        assert f"adversarial = {judged}" in (tmp_path / name / "config.toml").read_text()
    exported = command(
        *("export", tmp_path / "int8.keras", "-t", "tflite", "--precision", "int8"),
        *("--parity", "emoji", "--no-ladder", "--min-psnr", 0),
    )
    assert exported.code in (0, 4)  # after 4 steps the gate may refuse what was made
    assert "--calib" not in exported.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Name a generator or a run"),
        (("nowhere.keras", "--width", 4), 2, "does not exist"),
        (("{run}", "--width", 4), 2, "--direction ab or ba"),
        (("{file}",), 2, "one of --width"),
        (("{file}", "--width", 4, "--macs", "1G"), 2, "got --width, --macs"),
        (("{file}", "--width", 4, "--uneven"), 2, "give it with --macs"),
        (("{file}", "--macs", "1G", "--width", 4, "--uneven"), 2, "got --width, --macs"),
        (("{file}", "--width", 9), 2, "wider than its teacher"),
        (("{file}", "--macs", "1"), 2, "Even 4 filters take"),
        (("{file}", "--macs", "much"), 2, "3G or 450M"),
        (("{file}", "--size-mb", 1, "--precision", "int8"), 2, "cannot be calibrated"),
        (("{file}", "--width", 4, "--prune", "half"), 2, "magnitude:"),
        (("{file}", "--width", 4, "-o", "x.onnx"), 2, "must end in .keras"),
        (("--resume", "{run}", "--width", 4), 2, "leave them out"),
        (("--resume", "{run}"), 2, "no run of edgegan compress"),
    ],
)
def test_bad_input_is_one_line(
    command: Command, run: Path, arguments: tuple[object, ...], code: int, words: str
) -> None:
    places = {"{run}": run, "{file}": run / "generators" / "A2B.keras"}
    done = command("compress", *(places.get(str(one), one) for one in arguments))
    assert done.code == code
    assert len(done.errors) == 1, done.err
    assert words in done.errors[0]
