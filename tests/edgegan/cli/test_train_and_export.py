"""The way from images to artifacts by commands, and what bad input gets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.images import load_image, save_image
from edgegan.manifest import read_manifest, write_manifest
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.edgegan.cli.command import Command

TINY = [
    *("--set", "generator.image_size=16", "--set", "generator.filters=2"),
    *("--set", "generator.residual_blocks=1", "--set", "discriminator.filters=2"),
    *("--set", "discriminator.layers=1", "--set", "train.pool_size=2"),
]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make a data folder with one text file that pretends to be a picture."""
    rng = np.random.default_rng(0)
    for part in ("trainA", "trainB", "testA", "testB"):
        (tmp_path / "data" / part).mkdir(parents=True)
        for index in range(3):
            pixels = rng.integers(0, 256, (20, 24, 3)).astype(np.uint8)
            save_image(tmp_path / "data" / part / f"{index}.png", pixels)
    (tmp_path / "data" / "trainA" / "text.jpg").write_text("this is text")
    return tmp_path / "data"


def test_train_export_run(command: Command, images: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = command(
        *("train", "cyclegan", "--data", f"folder:{images}", "--run", run, *TINY),
        *("--set", "train.steps=3", "--json"),
    )
    assert trained.code == 0
    content = json.loads(trained.out)
    assert (content["steps"], content["finished"]) == (3, True)
    assert "Skipped 1 file" in trained.err
    assert "text.jpg" in trained.err

    exported = command("export", run, "-t", "onnx", "-t", "litert", "--direction", "ab", "--json")
    assert exported.code == 0
    artifacts = json.loads(exported.out)["artifacts"]
    assert [Path(a["path"]).name for a in artifacts] == [
        "A2B-16x16-fp32.onnx",
        "A2B-16x16-fp32.tflite",
    ]
    assert {a["status"] for a in artifacts} == {"verified"}
    manifest = json.loads(Path(artifacts[0]["manifest"]).read_text())
    assert manifest["parity"]["source"] == f"folder:{images} testA, reference Keras"

    results = []
    for artifact in artifacts:
        target = tmp_path / Path(artifact["path"]).name.replace(".", "-")
        done = command("run", artifact["path"], images / "testA" / "0.png", "-o", f"{target}.png")
        assert done.code == 0
        results.append(load_image(Path(f"{target}.png")).astype(int))
    assert np.abs(results[0] - results[1]).max() <= 1


def test_zero_steps_write_fresh_generators(command: Command, tmp_path: Path) -> None:
    done = command("train", "cyclegan", "--run", tmp_path / "r", *TINY, "--set", "train.steps=0")
    assert done.code == 0
    written = sorted(path.name for path in (tmp_path / "r" / "generators").iterdir())
    assert written == ["A2B.keras", "A2B.keras.json", "B2A.keras", "B2A.keras.json"]
    assert "Next: edgegan export" in done.out


def test_resume_goes_on_and_locks_the_rest(command: Command, images: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command(
        *("train", "cyclegan", "--data", images, "--run", run, *TINY),
        *("--set", "train.steps=2", "--set", "train.log_every=1"),
    )
    longer = command("train", "cyclegan", "--resume", run, "--set", "train.steps=4")
    assert longer.code == 0
    assert [line["step"] for line in read_log(RunFolder(run))] == [1, 2, 3, 4]
    locked = command("train", "cyclegan", "--resume", run, "--set", "loss.cycle=1")
    assert (locked.code, len(locked.errors)) == (2, 1)
    assert "loss.cycle (10.0 to 1.0)" in locked.errors[0]
    again = command("train", "cyclegan", "--run", run, *TINY)
    assert again.code == 2
    assert f"--resume {run}" in again.errors[0]


def test_an_interrupt_saves_and_says_how_to_go_on(images: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = [
        *("train", "cyclegan", "--data", str(images), "--run", str(run), *TINY),
        *("--set", "train.steps=100000", "--set", "train.log_every=1"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "edgegan", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    deadline = time.monotonic() + 120
    while len(read_log(RunFolder(run))) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"--resume {run}" in err
    assert list((run / "checkpoints").glob("step-*"))
    assert not (run / "generators").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "cyclegan", "--data", "folder:gone"], 2, "does not exist"),
        (["train", "cyclegan", "--data", "emojis"], 2, "Did you mean 'emoji'"),
        (["train", "cyclegan", "--set", "train.step=3"], 2, "Did you mean 'train.steps'"),
        (["train", "cyclegan", "--set", "train.steps=many"], 2, "expected int"),
        (["train", "cyclegan", "--set", "train.steps"], 2, "group.key=value"),
        (["train", "cyclegan", "--set", "optimizer.learning_rate=nan"], 2, "expected float"),
        (["train", "cyclegan", "--set", "optimizer.beta_1=1.5"], 2, "must be in [0, 1)"),
        (["train", "cyclegan", "--config", "./"], 2, "cannot be read"),
        (["train", "cyclegan", "--data", "2024"], 2, "2024"),
        (["demo", "--set", "train.steps=0"], 2, "at least one step"),
        (["demo", "--set", "data.spec=folder:x"], 2, "embedded emoji"),
        (["train", "cyclegan", "--config", "cyclegam"], 2, "Did you mean 'cyclegan'"),
        (["train", "cyclegan", "--config", "gone.toml"], 2, "does not exist"),
        (["train", "cyclegan", "--resume", "gone"], 2, "There is no run 'gone'"),
        (["train", "cyclegan", "--resume", "r", "--run", "s"], 2, "leave them out"),
        (["train", "cyclegan", "--set", "generator.image_size=30"], 2, "multiples of 4"),
        (["export", "gone", "--target", "tflit"], 2, "Did you mean 'tflite'"),
        (["export", "gone", "--target", "tensort"], 2, "Did you mean 'tensorrt'"),
        (["export", "gone", "-t", "onnx", "--precision", "int8-dynamic"], 2, "tflite: fp32"),
        (["export", "gone", "-t", "onnx", "--size", "big"], 2, "neither a number nor HxW"),
        (["export", "gone", "-t", "onnx"], 2, "There is no run 'gone'"),
        (["export", "gone.keras", "-t", "onnx"], 2, "does not exist"),
    ],
)
def test_bad_requests_get_one_line(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(*arguments)
    assert (done.code, len(done.errors), done.out) == (code, 1, "")
    assert words in done.errors[0]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_train_b(command: Command, images: Path, tmp_path: Path) -> None:
    (images / "trainB").rename(images / "train_b")
    done = command("train", "cyclegan", "--data", f"folder:{images}", "--run", tmp_path / "r")
    assert (done.code, len(done.errors)) == (1, 1)
    assert "has no folder trainB" in done.errors[0]
    assert "train_b" in done.errors[0]


def test_an_unwritable_place(command: Command, tmp_path: Path) -> None:
    command("train", "cyclegan", "--run", tmp_path / "r", *TINY, "--set", "train.steps=0")
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "below"  # nobody can write below a file, not even root
    done = command("export", tmp_path / "r", "-t", "onnx", "-o", place)
    assert (done.code, len(done.errors)) == (1, 1)
    assert "-o" in done.errors[0]


def test_a_generator_that_is_too_small_for_its_padding(command: Command, tmp_path: Path) -> None:
    run = tmp_path / "r"
    command("train", "cyclegan", "--run", run, *TINY, "--set", "train.steps=0")
    done = command("export", run, "-t", "tflite", "--size", "4")
    assert (done.code, len(done.errors)) == (2, 1)
    assert "at least 8" in done.errors[0]


def test_what_was_compared_and_what_comes_next_is_told(command: Command, tmp_path: Path) -> None:
    run = tmp_path / "r"
    command("train", "cyclegan", "--run", run, *TINY, "--set", "train.steps=0")
    compared = command("export", run, "-t", "onnx", "--direction", "ba")
    assert "Compared on emoji testB, reference Keras" in compared.err
    assert f"Next: edgegan bench {run}/export/B2A-16x16-fp32.onnx" in compared.out
    unverified = command("export", run, "-t", "onnx", "--direction", "ab", "--parity", "off")
    assert f"Next: edgegan inspect {run}/export/A2B-16x16-fp32.onnx" in unverified.out
    assert "Compared" not in unverified.err


def test_a_wrong_selftest_stops_a_run(command: Command, images: Path, tmp_path: Path) -> None:
    run = tmp_path / "r"
    command("train", "cyclegan", "--run", run, *TINY, "--set", "train.steps=0")
    command("export", run, "-t", "onnx", "--direction", "ab")
    artifact = run / "export" / "A2B-16x16-fp32.onnx"
    manifest = read_manifest(artifact)
    assert manifest is not None
    assert manifest.selftest is not None
    wrong = replace(manifest.selftest, values=(9.0,) * 64)
    write_manifest(artifact, replace(manifest, selftest=wrong))
    done = command("run", artifact, images / "testA" / "0.png", "-o", tmp_path / "out.png")
    assert (done.code, len(done.errors)) == (4, 1)
    assert "self-test failed" in done.errors[0]
    assert not (tmp_path / "out.png").exists()


def test_a_failed_gate_is_exit_4(command: Command, tmp_path: Path) -> None:
    run = tmp_path / "r"
    command("train", "cyclegan", "--run", run, *TINY, "--set", "train.steps=0")
    done = command(
        *("export", run, "-t", "tflite", "--precision", "int8-dynamic", "--min-psnr", "98"),
        *("--direction", "ab", "--json"),
    )
    assert (done.code, len(done.errors)) == (4, 1)
    (artifact,) = json.loads(done.out)["artifacts"]
    assert (artifact["status"], Path(artifact["path"]).exists()) == ("failed", False)
