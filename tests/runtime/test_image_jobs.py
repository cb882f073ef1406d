from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import DataError, EdgeganError, UsageError
from edgegan.images import save_image
from edgegan.runtime.image_jobs import plan
from edgegan.runtime.translate import translate


def destinations(
    source: Path, destination: Path, recursive: bool = True, image_format: str | None = None
) -> list[str]:
    jobs = plan(source, destination, recursive, image_format)
    return [job.destination.relative_to(destination).as_posix() for job in jobs]


def test_a_folder_keeps_its_names(photos: Path, tmp_path: Path) -> None:
    assert destinations(photos, tmp_path / "out") == ["a.png", "bad.png", "sub/b.png"]


def test_sub_folders_may_be_left_out(photos: Path, tmp_path: Path) -> None:
    assert destinations(photos, tmp_path / "out", recursive=False) == ["a.png", "bad.png"]
    (photos / "sub" / "deeper").mkdir()
    with pytest.raises(DataError, match=r"without its sub-folders\) has no images"):
        plan(photos / "sub" / "deeper", tmp_path / "out", recursive=False)


def test_the_format_gives_the_suffix(photos: Path, tmp_path: Path) -> None:
    assert destinations(photos, tmp_path, image_format="webp") == [
        "a.webp",
        "bad.webp",
        "sub/b.webp",
    ]
    assert destinations(photos / "a.png", tmp_path, image_format="jpg") == ["a.jpg"]
    (job,) = plan(photos / "a.png", tmp_path / "x.JPEG", image_format="jpg")
    assert job.destination.name == "x.JPEG"
    with pytest.raises(UsageError, match=r"x\.webp chooses the format, and --format png differs"):
        plan(photos / "a.png", tmp_path / "x.webp", image_format="png")
    with pytest.raises(UsageError, match=r"Unknown format 'jpgg'\. Did you mean 'jpg'"):
        plan(photos, tmp_path, image_format="jpgg")


def test_names_that_would_meet_keep_their_suffixes(photos: Path, tmp_path: Path) -> None:
    save_image(photos / "a.webp", np.zeros((8, 8, 3), np.uint8))
    assert destinations(photos, tmp_path / "out") == [
        "a.png.png",
        "a.webp.png",
        "bad.png",
        "sub/b.png",
    ]
    save_image(photos / "a.png.bmp", np.zeros((8, 8, 3), np.uint8))  # a.png.png as well
    assert destinations(photos, tmp_path / "out") == [
        "a.png.png",
        "a.png.bmp.png",
        "a.webp.png",
        "bad.jpg.png",
        "sub/b.bmp.png",
    ]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"a.png": "a.png"}, ["a.png", "a.webp.png"]),
        ({"a.png": "a.webp"}, ["a.png.png", "a.png"]),
        ({"a.png": "a.png", "a.webp.png": "a.webp"}, ["a.png", "a.webp.png"]),
        ({"a.png": "gone.jpg"}, ["a.png.png", "a.webp.png"]),
    ],
)
def test_results_keep_their_names(
    photos: Path, tmp_path: Path, made: dict[str, str], expected: list[str]
) -> None:
    save_image(photos / "a.webp", np.zeros((8, 8, 3), np.uint8))
    jobs = plan(photos, tmp_path, recursive=False, made=made)
    assert [job.destination.name for job in jobs] == [*expected, "bad.png"]
    (photos / "a.webp").unlink()
    (job, _) = plan(photos, tmp_path, recursive=False, made={"a.png.png": "a.png"})
    assert job.destination.name == "a.png.png"
    save_image(photos / "a.png.bmp", np.zeros((8, 8, 3), np.uint8))
    jobs = plan(photos, tmp_path, recursive=False, made={"a.png.png": "a.png"})
    assert [job.destination.name for job in jobs] == ["a.png.png", "a.png.bmp.png", "bad.png"]


def test_results_inside_the_source_are_no_sources(photos: Path) -> None:
    translate(lambda image: 255 - image, plan(photos, photos / "out"))
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
        (".", ".", UsageError, "would lie among the source images"),
        ("sub", "sub/../sub", UsageError, "would lie among the source images"),
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
