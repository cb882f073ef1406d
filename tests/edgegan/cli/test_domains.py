"""`--domain`: what `edgegan run` writes and refuses for multi-domain generators."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.images import load_image, save_image
from edgegan.manifest import manifest_path
from edgegan.runtime.domain_choice import choose_domain
from tests.edgegan.cli.command import Command
from tests.export.generators import saved_stargan


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multi-domain generator, and a folder of two photos."""
    folder = tmp_path_factory.mktemp("domains")
    saved_stargan(folder)
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        pixels = rng.integers(0, 256, (20, 20, 3)).astype(np.uint8)
        save_image(folder / "photos" / f"{name}.png", pixels)
    return folder


def test_one_domain(command: Command, files: Path, tmp_path: Path) -> None:
    done = command(
        *("run", files / "G.keras", files / "photos" / "a.png", "-o", tmp_path / "y.png"),
        *("--domain", "Blond_Hair=1", "--from", "Male=0", "--json"),
    )
    assert done.code == 0
    assert json.loads(done.out)["domain"] == "Blond_Hair=1"
    engine = edgegan.load(files / "G.keras")
    image = load_image(files / "photos" / "a.png")
    expected = engine(image, np.array([0, 1, 0], np.float32))
    assert np.array_equal(load_image(tmp_path / "y.png"), expected)
    assert not np.array_equal(engine(image, np.array([1, 0, 0], np.float32)), expected)


def test_all_domains_of_each_image_in_a_sheet(
    command: Command, files: Path, tmp_path: Path
) -> None:
    done = command("run", files / "G.keras", files / "photos", "-o", tmp_path, "--domain", "all")
    assert done.code == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["a.png", "b.png"]
    sheet = choose_domain(edgegan.load(files / "G.keras"), "all")
    expected = sheet(load_image(files / "photos" / "b.png"))
    assert np.array_equal(load_image(tmp_path / "b.png"), expected)


def test_what_is_refused(command: Command, files: Path, artifact: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.keras"
    alone.write_bytes((files / "G.keras").read_bytes())
    assert not manifest_path(alone).exists()
    for path, options, words in (
        (files / "G.keras", (), "one or more of Male, hair: Black_Hair | Blond_Hair"),
        (files / "G.keras", ("--domain", "Blond"), "Did you mean 'Blond_Hair'"),
        (files / "G.keras", ("--domain", "Black_Hair,Blond_Hair"), "exclude each other"),
        (artifact, ("--domain", "Male"), "no domains to choose from"),
        (artifact, ("--from", "Male"), "no domains to choose from"),
        (alone, ("--domain", "Male"), "no manifest beside it"),
    ):
        out = tmp_path / "out"
        done = command("run", path, files / "photos" / "a.png", "-o", out, *options)
        assert (done.code, done.out, len(done.errors)) == (2, "", 1)
        assert words in done.errors[0]
        assert not out.exists()


def test_inspect_lists_the_domains(command: Command, files: Path) -> None:
    done = command("inspect", files / "G.keras")
    assert done.code == 0
    assert "It is an image-to-image generator with a label." in done.out
    assert "input: label float32 ['?', 3]" in done.out
    assert "domains: Male, hair: Black_Hair | Blond_Hair" in done.out
