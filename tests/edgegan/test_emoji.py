"""The embedded emoji: sizes, splits, and that training is truly unpaired."""

from __future__ import annotations

import hashlib
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from edgegan.data import Images, UnpairedData, open_unpaired
from edgegan.emoji import read_index


@pytest.fixture(scope="module")
def emoji() -> UnpairedData:
    return open_unpaired("emoji")


def _parts(data: UnpairedData) -> dict[str, Images]:
    return {
        "trainA": data.train_a,
        "trainB": data.train_b,
        "testA": data.test_a,
        "testB": data.test_b,
    }


def test_counts_and_sizes(emoji: UnpairedData) -> None:
    counts = {"trainA": 605, "trainB": 605, "testA": 400, "testB": 400}
    assert {part: len(images) for part, images in _parts(emoji).items()} == counts
    for images in _parts(emoji).values():
        assert len(images.names) == len(images)
        for index in (0, len(images) - 1):
            assert images[index].shape == (64, 64, 3)
            assert images[index].dtype == np.uint8
        with pytest.raises(IndexError):
            images[len(images)]


def test_splits_are_disjoint(emoji: UnpairedData) -> None:
    train_a, train_b, test = map(
        set, (emoji.train_a.names, emoji.train_b.names, emoji.test_a.names)
    )
    assert not train_a & train_b
    assert not test & (train_a | train_b)
    assert len(train_a | train_b | test) == 1610


def test_pairs_have_the_same_names(emoji: UnpairedData) -> None:
    assert emoji.paired_test
    assert emoji.test_a.names == emoji.test_b.names
    assert "1f60e.png" in emoji.train_a.names + emoji.train_b.names + emoji.test_a.names


def test_pairs_show_the_same_thing(emoji: UnpairedData) -> None:
    a = np.stack([emoji.test_a[i] for i in range(400)]).astype(np.float32)
    b = np.stack([emoji.test_b[i] for i in range(400)]).astype(np.float32)
    paired = np.abs(a - b).mean()
    shifted = np.abs(a - np.roll(b, 1, axis=0)).mean()
    assert 5 < paired < 0.7 * shifted


def test_no_picture_comes_twice(emoji: UnpairedData) -> None:
    for images in _parts(emoji).values():
        hashes = {hashlib.sha256(images[i].tobytes()).digest() for i in range(len(images))}
        assert len(hashes) == len(images)
    # The same vendor's pictures are not shared between the training and the test part either.
    for train, test in ((emoji.train_a, emoji.test_a), (emoji.train_b, emoji.test_b)):
        known = {train[i].tobytes() for i in range(len(train))}
        assert not any(test[i].tobytes() in known for i in range(len(test)))


def test_background_is_white_and_pictures_are_not_blank(emoji: UnpairedData) -> None:
    for images in _parts(emoji).values():
        stacked = np.stack([images[i] for i in range(len(images))])
        assert stacked.std(axis=(1, 2, 3)).min() > 1
        corners = stacked[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners == 255).all(axis=(1, 2)).mean() > 0.8


def test_every_category_is_spread_over_the_splits() -> None:
    counts = Counter((emoji.category, emoji.split) for emoji in read_index())
    categories = {category for category, _ in counts}
    assert len(categories) == 8
    assert not {"Flags", "Component"} & categories
    for category in categories:
        assert abs(counts[category, "trainA"] - counts[category, "trainB"]) <= 1
        total = sum(counts[category, split] for split in ("trainA", "trainB", "test"))
        assert counts[category, "test"] == pytest.approx(total * 400 / 1610, abs=1)


def test_no_skin_tones_and_cells_in_order() -> None:
    index = read_index()
    tones = {f"1f3f{digit}" for digit in "bcdef"}
    assert not any(tones & set(emoji.code.split("-")) for emoji in index)
    for split in ("trainA", "trainB", "test"):
        cells = [emoji.cell for emoji in index if emoji.split == split]
        assert cells == list(range(len(cells)))


def test_images_cannot_be_changed_by_accident(emoji: UnpairedData) -> None:
    with pytest.raises(ValueError, match="read-only"):
        emoji.train_a[0][0, 0, 0] = 1


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("NOTO-LICENSE.txt", ("Google", "Apache License", "Version 2.0, January 2004")),
        ("TWEMOJI-LICENSE.txt", ("Twitter, Inc", "CC-BY 4.0", "Section 3 -- License Conditions")),
        ("EMOJI-DATA-LICENSE.txt", ("Cal Henderson", "MIT License")),
    ],
)
def test_licences_lie_beside(name: str, phrases: tuple[str, ...]) -> None:
    text = (files("edgegan.emoji") / name).read_text(encoding="utf-8")
    for phrase in phrases:
        assert phrase in text
