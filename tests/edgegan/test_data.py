"""Data specs: folders good and bad."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import PARTS, SkippedFile, open_unpaired, skipped_summary
from edgegan.errors import DataError, ImageError, MissingRequirement, UsageError
from edgegan.images import save_image


def _image(value: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((8, 6, 3), value, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set with two images a part, of different formats and cases."""
    root = tmp_path / "set"
    for value, part in enumerate(PARTS):
        save_image(root / part / f"{part}-2.png", _image(value))
        save_image(root / part / f"{part}-1.BMP", _image(10 + value))
    return root


def test_parts_in_order_of_names(folder: Path) -> None:
    data = open_unpaired(f"folder:{folder}")
    for value, (part, images) in enumerate(
        zip(PARTS, (data.train_a, data.train_b, data.test_a, data.test_b), strict=True)
    ):
        assert images.names == (f"{part}-1.BMP", f"{part}-2.png")
        assert len(images) == 2
        np.testing.assert_array_equal(images[0], _image(10 + value))
        np.testing.assert_array_equal(images[1], _image(value))
    assert data.skipped == ()
    assert not data.paired_test


def test_a_bare_path_is_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_unpaired(str(folder)) == open_unpaired(f"folder:{folder}")
    monkeypatch.chdir(folder.parent)
    assert open_unpaired("set").spec == "folder:set"
    assert open_unpaired("./set/").spec == "folder:set"


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".png", ".webp", ".WebP"])
def test_suffixes_of_any_case(folder: Path, suffix: str) -> None:
    save_image(folder / "trainA" / f"x{suffix}", _image(200))
    data = open_unpaired(f"folder:{folder}")
    assert f"x{suffix}" in data.train_a.names
    assert np.abs(data.train_a[2].astype(int) - 200).max() <= 2


def test_equal_test_names_are_pairs(folder: Path) -> None:
    for part in ("testA", "testB"):
        for path in (folder / part).iterdir():
            path.rename(path.with_name(path.name.removeprefix(part)))
    assert open_unpaired(f"folder:{folder}").paired_test


def test_bad_files_are_skipped_and_listed(folder: Path) -> None:
    (folder / "trainB" / "text.jpg").write_text("not a picture")
    (folder / "testA" / "empty.png").touch()
    (folder / "trainA" / "notes.txt").write_text("not meant to be one")
    (folder / "trainA" / "._trainA-2.png").write_text("left by a file manager")
    data = open_unpaired(f"folder:{folder}")
    assert [item.path.name for item in data.skipped] == ["text.jpg", "empty.png"]
    assert len(data.train_a) == len(data.train_b) == len(data.test_a) == 2
    lines = skipped_summary(data.skipped)
    assert lines[0] == "Skipped 2 file(s) that are not readable images:"
    assert lines[1].count(str(folder / "trainB" / "text.jpg")) == 1
    assert "no known image format" in lines[1]


def test_a_truncated_file_fails_on_access(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = folder / "trainA" / "cut.jpg"
    save_image(path, noise)
    path.write_bytes(path.read_bytes()[:2000])
    data = open_unpaired(f"folder:{folder}")
    assert data.train_a.names[0] == "cut.jpg"
    with pytest.raises(ImageError, match=r"cut\.jpg.*truncated"):
        data.train_a[0]


def test_long_lists_are_cut() -> None:
    skipped = [SkippedFile(Path(f"{i}.png"), f"{i}.png is bad") for i in range(7)]
    lines = skipped_summary(skipped, most=2)
    assert lines[1:] == ["  0.png is bad", "  1.png is bad", "  and 5 more"]
    assert skipped_summary([]) == []


def test_a_missing_part_tells_what_was_found(folder: Path) -> None:
    (folder / "trainB").rename(folder / "train_b")
    (folder / "notes.txt").touch()
    with pytest.raises(DataError) as caught:
        open_unpaired(f"folder:{folder}")
    text = str(caught.value)
    assert "has no folder trainB." in text
    assert "found notes.txt, testA/, testB/, trainA/, train_b/." in text
    assert caught.value.exit_code == 1


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"trainA, trainB, testA, testB; found nothing\."):
        open_unpaired(f"folder:{tmp_path}")


def test_an_empty_part(folder: Path) -> None:
    for path in (folder / "testB").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"testB has no readable image.*\.png.*found nothing\."):
        open_unpaired(f"folder:{folder}")


def test_a_part_of_bad_files_only(folder: Path) -> None:
    for path in (folder / "testB").iterdir():
        path.write_text("text")
    with pytest.raises(DataError, match=r"found testB-1\.BMP, testB-2\.png\. .*no known image"):
        open_unpaired(f"folder:{folder}")


def test_a_part_of_other_formats_lists_some(folder: Path) -> None:
    for path in (folder / "trainA").iterdir():
        path.unlink()
    for number in range(20):
        (folder / "trainA" / f"{number:02}.tif").touch()
    with pytest.raises(DataError, match=r"found 00\.tif, .*07\.tif and 12 more\."):
        open_unpaired(f"folder:{folder}")


@pytest.mark.parametrize("prefix", ["folder:", ""])
def test_a_missing_folder(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(UsageError, match="none does not exist") as caught:
        open_unpaired(f"{prefix}{tmp_path}/none")
    assert caught.value.exit_code == 2


def test_a_file_is_not_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is not a folder"):
        open_unpaired(f"folder:{tmp_path / 'file'}")


@pytest.mark.parametrize(
    ("spec", "suggestion"),
    [
        ("emojis", "'emoji'"),
        ("foldr:/x", "'folder:PATH'"),
        ("folder:", "'folder:PATH'"),
        ("tfds_NAME", "'tfds:NAME'"),
    ],
)
def test_an_unknown_spec_gets_a_suggestion(spec: str, suggestion: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean {suggestion}"):
        open_unpaired(spec)


def test_nothing_close_lists_what_is_known() -> None:
    with pytest.raises(UsageError, match=r"set 'zebras'\. Known: emoji, folder:PATH, tfds:NAME"):
        open_unpaired("zebras")


def test_a_tfds_spec_without_its_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    monkeypatch.delitem(sys.modules, "edgegan.train.tfds_data", raising=False)
    with pytest.raises(MissingRequirement, match=r"'tensorflow_datasets'.*'edgegan\[tfds\]'"):
        open_unpaired("tfds:cycle_gan/horse2zebra")
