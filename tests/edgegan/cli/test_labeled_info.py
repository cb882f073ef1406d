"""`edgegan data info` of labelled sets: what it shows, its JSON and its contact sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgegan.contact_sheet import CELL
from edgegan.images import load_image
from tests.edgegan.cli.command import Command
from tests.edgegan.labeled_folders import write_classes, write_csv


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A set with a text file, a rare label, and a label of most images."""
    lines = [f"{n}.png,{int(n > 50)},{'ab'[n % 2]},{int(n % 3 > 0)}" for n in range(100)]
    root = write_csv(tmp_path / "my set", ["image,old,race,male", *lines])
    (root / "images" / "7.png").write_text("this is text")
    return root


def test_what_is_shown(command: Command, table: Path) -> None:
    done = command("data", "info", table)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == f"csv:{table}"
    rows = [line.split() for line in lines]
    assert ["readable", "images", "89", "10"] in rows
    assert not any(row[:1] == ["unreadable"] for row in rows)
    start = next(index for index, row in enumerate(rows) if row[:1] == ["domain"])
    assert [row[0] for row in rows[start + 1 : start + 5]] == ["old", "race_a", "race_b", "male"]
    assert rows[start + 2][1:5] == ["one", "of", "race", "1"]
    assert rows[start + 4][1:3] == ["toggle", "1"]
    train, share, test, test_share = rows[start + 4][3:]
    assert int(train) + int(test) == 66 - 1  # of 0..99, those not divisible by 3, and not 7
    assert share == f"{int(train) / 89:.1%}"
    assert test_share == f"{int(test) * 10}%"
    assert "  " + f"{table}/images/7.png is not a readable image" in done.out
    assert "Warning: 1 image(s) cannot be read" in done.out
    assert lines[-1] == f"Next: edgegan train stargan --data 'csv:{table}'"


def test_json(command: Command, table: Path) -> None:
    content = json.loads(command("data", "info", f"csv:{table}", "--json").out)
    assert content["spec"] == f"csv:{table}"
    assert [part["images"] for part in content["parts"]] == [89, 10]
    assert [one["name"] for one in content["domains"]] == ["old", "race_a", "race_b", "male"]
    assert content["domains"][1]["group"] == "race"
    assert content["domains"][1]["one_hot"] is True
    assert content["domains"][3]["default"] == 1.0
    assert sum(content["domains"][index]["train"] for index in (1, 2)) == 89
    assert [Path(item["file"]).name for item in content["unreadable"]] == ["7.png"]
    assert content["same_pixels"] == {"train_test": []}
    assert content["sheet"] is None
    assert len(content["warnings"]) == 2  # one unreadable, and all are small


def test_a_contact_sheet_has_a_row_for_each_domain(
    command: Command, table: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "data.png"
    assert f"Wrote {path}\n" in command("data", "info", table, "--sheet", path).out
    height, width, _ = load_image(path).shape
    assert 4 * CELL < height < 5 * CELL
    assert 12 * CELL < width < 14 * CELL


def test_a_sheet_of_no_image_format_is_refused_before_the_work(
    command: Command, table: Path
) -> None:
    done = command("data", "info", table, "--sheet", "sheet.tif")
    assert (done.code, done.out) == (2, "")
    assert "Reading" not in done.err


def test_classes_by_a_bare_path(command: Command, tmp_path: Path) -> None:
    write_classes(tmp_path, {"happy": 3, "sad": 4})
    done = command("data", "info", tmp_path)
    assert f"Next: edgegan train stargan --data classes:{tmp_path}" in done.out


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("celeb:x", "Did you mean 'celeba:PATH'"),
        ("nothing", "Known: celeba:PATH, classes:PATH, csv:PATH, emoji, emoji-styles, folder:"),
        ("csv:none", "none does not exist"),
    ],
)
def test_wrong_specs(command: Command, spec: str, message: str) -> None:
    done = command("data", "info", spec)
    assert done.code == 2
    assert message in done.errors[0]
