"""`edgegan inspect --sensitivity`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.edgegan.cli.command import Command
from tests.export.generators import SIZE, saved

FEW = ("--sensitivity", "--images-n", 2)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("cli sensitivity"))


def test_a_table_the_worst_first_and_the_next_command(command: Command, generator: Path) -> None:
    done = command("inspect", generator, *FEW)
    assert done.code == 0, done.err
    header, *rows, whole, compared, next_ = done.out.splitlines()
    assert header.startswith("layer")
    cells = [row.split() for row in rows]
    assert {row[0]: row[1] for row in cells} == {
        "stem_conv": "first",
        "down1_conv": "down",
        "down2_conv": "down",
        "block1a_conv": "residual",
        "block1b_conv": "residual",
        "up1_conv": "up",
        "up2_conv": "up",
        "head_conv": "last",
    }
    medians = [float(row[2]) for row in cells]
    assert medians == sorted(medians)
    assert all(len(row) == 8 for row in cells)
    assert whole.startswith("All layers in int8-dynamic: median ")
    assert whole.endswith("gate of edgegan export: median >= 34 dB and minimum >= 28 dB).")
    assert compared.endswith("the same network in float, 2 images each: emoji testA")
    arguments = "--target tflite --precision int8-dynamic"
    assert next_ == f"Next: edgegan export '{generator}' {arguments}"
    assert "Converting A2B.keras" in done.err


def test_json_with_calibration(command: Command, generator: Path) -> None:
    options = ("--target", "onnx", "--calib", "emoji", "--calib-n", 3, "--size", 2 * SIZE)
    done = command("inspect", generator, *FEW, *options, "--images", "emoji-styles", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["target"], found["precision"], found["size"]) == ("onnx", "int8", [32, 32])
    assert found["images"] == {"source": "emoji-styles test", "count": 2}
    assert found["comparisons"] == 2
    assert (found["calibration"]["data"], found["calibration"]["images"]) == ("emoji", 3)
    assert set(found["whole"]) == {"psnr_median", "psnr_min"}
    medians = [layer["alone"]["psnr_median"] for layer in found["layers"]]
    assert medians == sorted(medians)
    # Transposed convolutions stay in float in any case.
    assert {layer["place"] for layer in found["layers"]} == {"first", "down", "residual", "last"}
    assert set(found["layers"][0]) == {
        *("layer", "place", "alone", "spared", "weight_bytes", "weight_share")
    }
    assert found["next"].endswith(
        "--target onnx --precision int8 --size 32 --calib emoji --calib-n 3 --parity emoji-styles"
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--precision", "fp16"), "fp16 for tflite cannot be measured layer by layer"),
        (("--precision", "fp32"), "fp32 for tflite cannot be measured layer by layer"),
        (
            ("--precision", "int16x8", "--calib", "emoji", "--calib-n", 1),
            "int16x8 for tflite cannot be measured layer by layer",
        ),
        (("--target", "rtx"), "int8 for tensorrt-rtx cannot be measured layer by layer"),
        (("--precision", "int8"), "name them with --calib"),
        (("--target", "onnx"), "name them with --calib"),
        (("--target", "onnx", "--precision", "int8-dynamic"), "no precision 'int8-dynamic'"),
        (("--target", "tflit"), "Did you mean 'tflite'?"),
        (("--size", 17), "17"),
        (("--images-n", 0), "--images-n"),
    ],
)
def test_what_cannot_be_is_refused(
    command: Command, generator: Path, options: tuple[object, ...], reason: str
) -> None:
    done = command("inspect", generator, "--sensitivity", *options)
    assert done.code == 2
    assert reason in " ".join(done.err.split())
    assert done.out == ""


def test_an_artifact_is_refused(command: Command, artifact: Path) -> None:
    done = command("inspect", artifact, "--sensitivity")
    assert done.code == 2
    (error,) = done.errors
    assert "tiny.tflite is no Keras generator" in error
    assert "the .keras file that the artifact was made from" in error


def test_options_without_sensitivity_are_refused(command: Command, generator: Path) -> None:
    done = command("inspect", generator, "--target", "onnx", "--calib-n", 0)
    assert done.code == 2
    assert "--target, --calib-n tell how to measure --sensitivity" in done.err
