"""`edgegan run --tile`: pictures larger than the network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.images import load_image, save_image
from edgegan.runtime.seams import SeamLog
from edgegan.runtime.tile_grid import Tiling
from edgegan.runtime.tiled_engine import TiledEngine
from tests.edgegan.cli.command import Command
from tests.export.generators import saved_stargan
from tests.runtime.models import SIZE


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large" / "a.png"
    pixels = np.random.default_rng(0).integers(0, 256, (3 * SIZE + 1, 2 * SIZE, 3), np.uint8)
    save_image(path, pixels)
    save_image(path.with_name("b.png"), pixels[::-1])
    return path


def test_the_size_is_kept(command: Command, artifact: Path, large: Path, tmp_path: Path) -> None:
    done = command("run", artifact, large, "-o", tmp_path / "y.png", "--tile", SIZE)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == f"Wrote {tmp_path / 'y.png'}"
    assert lines[1].startswith("Tiles of 8x8, overlap 2: before blending, neighbours differ by ")
    assert "the worst seam" in lines[2]
    log = SeamLog()
    expected = TiledEngine(edgegan.load(artifact), Tiling(size=(8, 8), overlap=2), log)
    assert np.array_equal(load_image(tmp_path / "y.png"), expected(load_image(large)))


def test_json(command: Command, artifact: Path, large: Path, tmp_path: Path) -> None:
    options = ("--tile", "auto", "--overlap", 4, "--json")
    content = json.loads(
        command("run", artifact, large.parent, "-o", tmp_path / "out", *options).out
    )
    tile = content["tile"]
    assert (tile["size"], tile["overlap"]) == ([8, 8], 4)
    # Two pictures of 6 x 3 tiles.
    assert tile["seams"]["count"] == 2 * (6 * 2 + 5 * 3)
    assert tile["seams"]["worst"]["picture"] in (str(large), str(large.with_name("b.png")))
    assert 0 < tile["seams"]["median_lsb"] <= tile["seams"]["worst"]["mean"]


def test_results_without_tiles_are_another_run(
    command: Command, artifact: Path, large: Path, tmp_path: Path
) -> None:
    run = ("run", artifact, large.parent, "-o", tmp_path / "out")
    assert command(*run, "--tile", "auto").code == 0
    assert command(*run, "--tile", SIZE).out.startswith("2 images were up to date")
    done = command(*run)
    assert (done.code, len(done.errors)) == (2, 1)
    assert "(tile 8x8, overlap 2, now None)" in done.errors[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--tile", "16"), "The network takes 8x8, so tiles are 8x8, too; got --tile 16x16"),
        (("--tile", "large"), "The size 'large' is neither a number nor HxW"),
        (("--tile", "8", "--overlap", "5"), "An overlap of 5 pixels does not fit tiles of 8x8"),
        (("--overlap", "2"), "add --tile"),
    ],
)
def test_what_is_refused(
    command: Command,
    artifact: Path,
    large: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    words: str,
) -> None:
    done = command("run", artifact, large, "-o", tmp_path / "y.png", *options)
    assert (done.code, done.out, len(done.errors)) == (2, "", 1)
    assert words in done.errors[0]
    assert not (tmp_path / "y.png").exists()


def test_a_sheet_of_all_domains(command: Command, large: Path, tmp_path: Path) -> None:
    saved_stargan(tmp_path)
    options = ("--tile", "auto", "--domain", "all")
    done = command("run", tmp_path / "G.keras", large, "-o", tmp_path / "sheet.png", *options)
    assert done.code == 0
    one = command(
        *("run", tmp_path / "G.keras", large, "-o", tmp_path / "one.png", "--tile", "auto"),
        *("--domain", "Male=1"),
    )
    assert one.code == 0
    sheet, alone = load_image(tmp_path / "sheet.png"), load_image(tmp_path / "one.png")
    assert alone.shape == (25, 16, 3)
    cells = np.lib.stride_tricks.sliding_window_view(sheet, alone.shape)[:, :, 0]
    assert (cells == alone).all((2, 3, 4)).any()  # the sheet shows it in its own size
    assert (cells == load_image(large)).all((2, 3, 4)).any()
