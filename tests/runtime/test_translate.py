from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import DataError, EdgeganError, UsageError
from edgegan.images import load_image, save_image
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.translate import plan, translate

NEGATIVE = NumpyEngine(np.negative, (8, 8))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two images, one of them in a sub-folder, and two files that are none."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    save_image(folder / "a.png", pixels)
    save_image(folder / "sub" / "b.bmp", pixels[::-1])
    (folder / "bad.jpg").write_text("this is text")
    (folder / "notes.txt").write_text("not an image by name")
    return folder


def destinations(source: Path, destination: Path) -> list[str]:
    jobs = plan(source, destination)
    return [job.destination.relative_to(destination).as_posix() for job in jobs]


def test_a_folder_keeps_its_names(photos: Path, tmp_path: Path) -> None:
    assert destinations(photos, tmp_path / "out") == ["a.png", "bad.png", "sub/b.png"]


def test_a_bad_image_is_skipped(photos: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, str]] = []
    done = translate(
        NEGATIVE, plan(photos, tmp_path / "out"), lambda n, note="": steps.append((n, note))
    )
    assert [path.name for path in done.written] == ["a.png", "b.png"]
    assert [item.path.name for item in done.skipped] == ["bad.jpg"]
    assert steps == [(1, "a.png"), (2, "bad.jpg"), (3, "b.bmp")]
    assert np.array_equal(load_image(tmp_path / "out/a.png"), 255 - load_image(photos / "a.png"))


def test_an_output_of_nan_is_skipped(photos: Path, tmp_path: Path) -> None:
    broken = NumpyEngine(lambda x: x * np.float32(np.nan), (8, 8))
    done = translate(broken, plan(photos / "a.png", tmp_path / "out.png"))
    assert "NaN" in done.skipped[0].reason
    assert not (tmp_path / "out.png").exists()


def test_names_that_would_meet_keep_their_suffixes(photos: Path, tmp_path: Path) -> None:
    save_image(photos / "a.webp", np.zeros((8, 8, 3), np.uint8))
    assert destinations(photos, tmp_path / "out") == [
        "a.png.png",
        "a.webp.png",
        "bad.jpg.png",
        "sub/b.bmp.png",
    ]


def test_results_inside_the_source_are_no_sources(photos: Path) -> None:
    translate(NEGATIVE, plan(photos, photos / "out"))
    assert destinations(photos, photos / "out") == ["a.png", "bad.png", "sub/b.png"]


def test_a_destination_around_the_source(photos: Path) -> None:
    assert destinations(photos / "sub", photos) == ["b.png"]


@pytest.mark.parametrize(
    ("output", "expected"),
    [("x.jpg", "x.jpg"), ("x.WEBP", "x.WEBP"), ("new", "new/a.png"), ("set.v1", "set.v1/a.png")],
)
def test_one_image_goes_to_a_file_or_a_folder(photos: Path, output: str, expected: str) -> None:
    (photos / "set.v1").mkdir()
    (job,) = plan(photos / "a.png", photos / output)
    assert job.destination == photos / expected


@pytest.mark.parametrize(
    ("source", "output", "error", "match"),
    [
        ("none.png", "x.png", UsageError, "none.png does not exist"),
        ("a.png", "x.gif", UsageError, "Cannot save an image as x.gif"),
        ("a.png", "a.png", UsageError, "would be overwritten"),
        ("a.png", ".", UsageError, "would be overwritten"),
        (".", ".", UsageError, "would be overwritten"),
        ("a.png", "link.png", UsageError, "would be overwritten"),
        (".", "notes.txt", UsageError, "notes.txt is a file"),
        ("empty", "x", DataError, "has no images; expected files ending in .png"),
    ],
)
def test_requests_that_cannot_be_right(
    photos: Path, source: str, output: str, error: type[EdgeganError], match: str
) -> None:
    (photos / "empty").mkdir()
    os.symlink(photos / "a.png", photos / "link.png")
    with pytest.raises(error, match=match):
        plan(photos / source, photos / output)
