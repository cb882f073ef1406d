"""`edgegan data info`: what it shows, its JSON and its contact sheet."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgegan.contact_sheet import CELL
from edgegan.data import PARTS
from edgegan.images import load_image, save_image
from tests.edgegan.cli.command import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set with a text file, a cut file, and a test image that is in training too."""
    rng = np.random.default_rng(0)
    root = tmp_path / "my set"
    for part in PARTS:
        for number in range(3):
            pixels = rng.integers(0, 256, (64 + 6 * number, 64, 3), dtype=np.uint8)
            save_image(root / part / f"{part}{number}.png", pixels)
    (root / "trainB" / "text.jpg").write_text("this is text")
    cut = root / "testB" / "testB0.png"
    cut.write_bytes(cut.read_bytes()[:2000])
    shutil.copy(root / "trainA" / "trainA1.png", root / "testA" / "again.png")
    return root


def test_what_is_shown(command: Command, folder: Path) -> None:
    done = command("data", "info", folder)
    assert done.code == 0
    rows = {line[:17].strip(): line[17:].split() for line in done.out.splitlines()[1:]}
    assert rows[""] == list(PARTS)
    assert rows["readable images"] == ["3", "3", "4", "2"]
    assert rows["unreadable"] == ["0", "1", "0", "1"]
    assert rows["repeated within"] == ["0", "0", "0", "0"]
    assert rows["smallest, H x W"] == ["64x64", "64x64", "64x64", "70x64"]
    assert rows["largest"] == ["76x64"] * 4
    assert rows["different sizes"] == ["3", "3", "3", "2"]
    assert rows["square"] == ["33.3%", "33.3%", "25%", "0%"]
    for text in (
        f"  {folder}/trainB/text.jpg is not a readable image",
        f"  {folder}/testB/testB0.png is not a readable image",
        "  trainA/trainA1.png = testA/again.png",
        "Test set: not paired",
        "Training resizes to 286x286, aspect ignored, and crops 256x256",
        "Warning: 2 image(s) cannot be read",
        "Warning: 1 image(s) of testA are in trainA too",
    ):
        assert text in done.out
    assert done.out.splitlines()[-1] == f"Next: edgegan train cyclegan --data 'folder:{folder}'"


def test_json(command: Command, folder: Path) -> None:
    done = command("data", "info", folder, "--json")
    assert done.code == 0
    content = json.loads(done.out)
    assert content["spec"] == f"folder:{folder}"
    assert content["paired_test"] is False
    assert content["parts"][3] == {
        "name": "testB",
        "images": 2,
        "unreadable": 1,
        "repeated": 0,
        "smallest": [70, 64],
        "median": [70, 64],
        "largest": [76, 64],
        "distinct_sizes": 2,
        "square": 0,
        "gray": 0,
        "small": 0,
    }
    assert [Path(item["file"]).name for item in content["unreadable"]] == ["text.jpg", "testB0.png"]
    assert content["same_pixels"] == {
        "train_test_a": [["trainA/trainA1.png", "testA/again.png"]],
        "train_test_b": [],
        "a_b": [],
    }
    assert content["training_default"] == {
        "preprocess": "resize_and_crop",
        "load_size": 286,
        "crop_size": 256,
    }
    assert len(content["warnings"]) == 2
    assert content["sheet"] is None


def test_a_contact_sheet(command: Command, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "data.png"
    done = command("data", "info", folder, "--sheet", path)
    assert f"Wrote {path}\n" in done.out
    height, width, _ = load_image(path).shape
    assert 4 * CELL < height < 5 * CELL
    assert 4 * CELL < width < 5 * CELL


def test_nothing_is_written_unasked(command: Command, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    command("data", "info", folder)
    assert sorted(folder.rglob("*")) == before


def test_a_sheet_of_no_image_format_is_refused_before_the_work(command: Command) -> None:
    done = command("data", "info", "emoji", "--sheet", "sheet.tif")
    assert (done.code, done.out) == (2, "")
    assert "Cannot save an image as sheet.tif" in done.err
    assert "Reading" not in done.err


def test_a_part_without_an_image_leads_nowhere(command: Command, folder: Path) -> None:
    for path in (folder / "testB").iterdir():
        path.write_bytes(path.read_bytes()[:2000])
    done = command("data", "info", folder)
    assert done.code == 0
    assert "Warning: testB has 0 readable image(s)" in done.out
    assert "Next:" not in done.out


def test_many_findings_are_cut(command: Command, folder: Path) -> None:
    for number in range(8):
        (folder / "trainA" / f"bad{number}.png").write_text("text")
    lines = command("data", "info", folder).out.splitlines()
    start = lines.index("Unreadable:")
    assert lines[start + 6] == "  and 5 more"


def test_wrong_specs(command: Command, tmp_path: Path) -> None:
    done = command("data", "info", "emojis")
    assert done.code == 2
    assert "Did you mean 'emoji'" in done.errors[0]
    done = command("data", "info", tmp_path)
    assert done.code == 1
    assert "found nothing" in done.errors[0]


def test_tensorflow_is_not_loaded() -> None:
    code = """
import sys
from edgegan.cli import main
try:
    main(["data", "info", "emoji"])
except SystemExit as end:
    assert not end.code
print("LOADED", *sorted({"tensorflow", "tf_keras"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "LOADED"
