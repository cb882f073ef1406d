from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.sysfs import matching, read_int, read_text, read_words


def test_outer_blanks_and_nuls_are_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b" NVIDIA Jetson\0\n")
    assert read_text(file) == "NVIDIA Jetson"


def test_words_of_a_device_tree(tmp_path: Path) -> None:
    file = tmp_path / "compatible"
    file.write_bytes(b"nvidia,p3768\0nvidia,tegra234\0")
    assert read_words(file) == ("nvidia,p3768", "nvidia,tegra234")


@pytest.mark.parametrize(("text", "number"), [("42\n", 42), ("-256000", -256000), (" 0 ", 0)])
def test_numbers(tmp_path: Path, text: str, number: int) -> None:
    file = tmp_path / "temp"
    file.write_text(text)
    assert read_int(file) == number


@pytest.mark.parametrize("content", [b"", b"N/A", b"1.5", b"\xff\xfe", b"1 2"])
def test_garbage_is_no_number(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "temp"
    file.write_bytes(content)
    assert read_int(file) is None


def test_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path, tmp_path / "absent" / "deeper"):
        assert read_text(path) is None
        assert read_int(path) is None
        assert read_words(path) == ()
        assert matching(path, "a*/b*") == []


def test_numbers_in_names_are_ordered_as_numbers(tmp_path: Path) -> None:
    for name in ("hwmon10", "hwmon9", "hwmon1"):
        (tmp_path / name).mkdir()
    assert [p.name for p in matching(tmp_path, "hwmon*")] == ["hwmon1", "hwmon9", "hwmon10"]
