from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import open_unpaired
from edgegan.errors import DataError, UsageError
from edgegan.export.parity_images import COUNT, open_parity_images, parity_images
from edgegan.images import save_image


def folder_data(root: Path, level: int) -> str:
    for index, part in enumerate(("trainA", "trainB", "testA", "testB")):
        image = np.full((8, 8, 3), level + index, np.uint8)
        (root / part).mkdir(parents=True)
        save_image(root / part / "one.png", image)
    # A JPEG that is cut off: its header is fine, its pixels are not.
    save_image(root / "whole.jpg", np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    (root / "testA" / "broken.jpg").write_bytes((root / "whole.jpg").read_bytes()[:900])
    return f"folder:{root}"


@pytest.mark.parametrize(("direction", "part"), [("A2B", "testA"), ("B2A", "testB")])
def test_the_direction_chooses_the_domain(direction: str, part: str) -> None:
    found = parity_images("emoji", direction)
    emoji = open_unpaired("emoji")
    images = emoji.test_a if part == "testA" else emoji.test_b
    assert len(found.images) == COUNT
    assert (found.images[3] == images[3]).all()
    assert found.source == f"emoji {part}, reference Keras"


def test_a_labelled_set_gives_images_of_all_its_domains() -> None:
    found = parity_images("emoji-styles", "G")
    assert (len(found.images), found.source) == (COUNT, "emoji-styles test, reference Keras")
    with pytest.raises(UsageError, match="gone"):
        parity_images("classes:gone", "G", required=True)
    assert parity_images("classes:gone", "G").source.startswith("emoji testA")


def test_unreadable_images_are_passed_over(tmp_path: Path) -> None:
    found = parity_images(folder_data(tmp_path / "d", 10), "A2B")
    assert [int(image[0, 0, 0]) for image in found.images] == [12]
    assert found.at_size((4, 6))[0].shape == (4, 6, 3)
    assert [item.path.name for item in found.skipped] == ["broken.jpg"]


def test_a_folder_of_images_or_one_image_will_do(tmp_path: Path) -> None:
    for index, name in enumerate(("b.png", "a.png", "c.png")):
        save_image(tmp_path / name, np.full((4, 4, 3), index, np.uint8))
    (tmp_path / "aa.jpg").write_text("text")
    found = open_parity_images(str(tmp_path), "A2B")
    assert (found.names, found.source) == (("a.png", "b.png", "c.png"), str(tmp_path))
    assert [int(image[0, 0, 0]) for image in found.images] == [1, 0, 2]
    assert [item.path.name for item in found.skipped] == ["aa.jpg"]
    assert open_parity_images(str(tmp_path), "A2B", count=2).names == ("a.png", "b.png")
    assert open_parity_images(str(tmp_path / "c.png"), "A2B").names == ("c.png",)
    with pytest.raises(DataError, match="None of the images"):
        open_parity_images(str(tmp_path / "aa.jpg"), "A2B")


def test_images_have_names_or_numbers() -> None:
    found = parity_images("emoji", "A2B")
    assert found.name(2) == open_unpaired("emoji").test_a.names[2]
    assert replace(found, names=()).name(2) == "image 3"


def test_data_that_moved_falls_back_to_emoji_unless_it_was_asked_for(tmp_path: Path) -> None:
    gone = f"folder:{tmp_path / 'gone'}"
    assert parity_images(gone, "A2B").source.startswith("emoji")
    assert parity_images(None, "A2B").source.startswith("emoji")
    with pytest.raises(UsageError, match="does not exist"):
        parity_images(gone, "A2B", required=True)
