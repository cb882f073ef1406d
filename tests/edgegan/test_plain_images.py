from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.images import save_image
from edgegan.plain_images import plain_images


def save(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        save_image(path, np.zeros((4, 4, 3), np.uint8))


def test_an_image_and_a_folder_of_images_are_plain(tmp_path: Path) -> None:
    save(tmp_path / "b.png", tmp_path / "a.png", tmp_path / "inner" / "c.png")
    (tmp_path / "notes.txt").write_text("no image")
    folder, one = plain_images(str(tmp_path)), plain_images(str(tmp_path / "b.png"))
    assert folder is not None
    assert folder.names == ("a.png", "b.png")
    assert one is not None
    assert one.names == ("b.png",)


@pytest.mark.parametrize("sign", ["trainA", "testB", "labels.csv"])
def test_images_of_a_data_set_are_not(tmp_path: Path, sign: str) -> None:
    save(tmp_path / "a.png")
    (tmp_path / sign).mkdir() if "." not in sign else (tmp_path / sign).write_text("file,Male\n")
    assert plain_images(str(tmp_path)) is None


def test_neither_is_anything_else(tmp_path: Path) -> None:
    save(tmp_path / "classes" / "c.png")
    (tmp_path / "notes.txt").write_text("no image")
    for spec in ("emoji", str(tmp_path), str(tmp_path / "notes.txt"), f"folder:{tmp_path}"):
        assert plain_images(spec) is None
