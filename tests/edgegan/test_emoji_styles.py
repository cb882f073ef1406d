"""The embedded emoji styles: sizes, labels, splits, and that the paired truth is one."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from edgegan import emoji_styles
from edgegan.emoji import read_index as read_emoji
from edgegan.emoji_styles import STYLES, open_emoji_styles, read_index
from edgegan.images import ImageArray
from edgegan.labeled_data import LabeledImages, LabeledSet

GENDER_SIGNS = {"200d", "2640", "2642", "fe0f"}


@pytest.fixture(scope="module")
def styles() -> LabeledSet:
    return open_emoji_styles()


@pytest.fixture(scope="module")
def truth() -> dict[str, ImageArray]:
    return emoji_styles.held_out_drawings()


def _codes(part: LabeledImages) -> set[str]:
    return {name.split("/")[1] for name in part.images.names}


def test_counts_and_sizes(styles: LabeledSet) -> None:
    assert styles.spec == "emoji-styles"
    assert styles.train.labels.sum(axis=0).tolist() == [1316, 1316, 1316]
    assert styles.test.labels.sum(axis=0).tolist() == [200, 200, 200]
    assert len(_codes(styles.train)) == 1316
    for part in (styles.train, styles.test):
        assert len(part.images) == len(part.images.names) == len(set(part.images.names))
        for index in (0, len(part.images) - 1):
            assert part.images[index].shape == (64, 64, 3)
            assert part.images[index].dtype == np.uint8
        with pytest.raises(IndexError):
            part.images[len(part.images)]


def test_labels_are_one_hot_and_agree_with_the_names(styles: LabeledSet) -> None:
    for part in (styles.train, styles.test):
        assert part.labels.dtype == np.float32
        assert part.labels.shape == (len(part.images), len(STYLES))
        assert set(part.labels.sum(axis=1).tolist()) == {1.0}
        named = [name.split("/")[0] for name in part.images.names]
        assert [STYLES[column] for column in part.labels.argmax(axis=1)] == named


def test_domains(styles: LabeledSet) -> None:
    assert STYLES == ("twemoji", "openmoji", "fluent")
    assert tuple(domain.name for domain in styles.domains) == STYLES
    assert {(d.group, d.one_hot, d.dataset) for d in styles.domains} == {("style", True, 0)}
    # No majority: the first.
    assert [domain.default for domain in styles.domains] == [1.0, 0.0, 0.0]


def test_splits_are_disjoint(styles: LabeledSet) -> None:
    assert len(_codes(styles.test)) == 200
    assert not _codes(styles.train) & _codes(styles.test)


def test_genders_of_an_emoji_are_in_one_split() -> None:
    splits: dict[tuple[str, ...], set[str]] = {}
    for one in read_index():
        points = [point for point in one.code.split("-") if point not in GENDER_SIGNS]
        anyone = tuple("1f9d1" if point in ("1f468", "1f469") else point for point in points)
        splits.setdefault(anyone, set()).add(one.split)
    assert all(len(found) == 1 for found in splits.values())
    assert len(splits) < len(read_index())


def test_no_picture_comes_twice(styles: LabeledSet) -> None:
    parts = (styles.train.images, styles.test.images)
    pictures = [images[i].tobytes() for images in parts for i in range(len(images))]
    assert len(set(pictures)) == len(pictures)


def test_emoji_holds_the_held_out_ones_out_too() -> None:
    part = {one.code: one.split for one in read_emoji()}
    tested = [part[one.code] for one in read_index() if one.split == "test"]
    assert set(tested) == {"test"}


def test_the_styles_are_what_they_are_called(truth: dict[str, ImageArray]) -> None:
    spread = {s: np.ptp(images.astype(int), axis=3).mean() for s, images in truth.items()}
    assert spread["fluent"] < 0.5 < 30 < min(spread["twemoji"], spread["openmoji"])
    black = {style: (images.max(axis=3) < 32).mean() for style, images in truth.items()}
    assert black["twemoji"] < 0.5 * black["openmoji"] < 0.5 * black["fluent"]


def test_the_truth_holds_the_test_images(styles: LabeledSet, truth: dict[str, ImageArray]) -> None:
    assert tuple(truth) == STYLES
    codes = [one.code for one in read_index() if one.split == "test"]
    for style, images in truth.items():
        assert images.shape == (200, 64, 64, 3)
        assert images.dtype == np.uint8
        for index, code in enumerate(codes):
            place = styles.test.images.names.index(f"{style}/{code}.png")
            np.testing.assert_array_equal(images[index], styles.test.images[place])


@pytest.mark.parametrize(("one", "other"), combinations(STYLES, 2))
def test_styles_show_the_same_thing_differently(
    truth: dict[str, ImageArray], one: str, other: str
) -> None:
    a, b = truth[one].astype(np.float32), truth[other].astype(np.float32)
    distances = np.abs(a - b).mean(axis=(1, 2, 3))
    shifted = np.abs(a - np.roll(b, 1, axis=0)).mean(axis=(1, 2, 3))
    assert 5 < distances.mean() < 0.9 * shifted.mean()
    assert distances.min() > 0


def test_background_is_white_and_pictures_are_not_blank(truth: dict[str, ImageArray]) -> None:
    for images in truth.values():
        assert images.std(axis=(1, 2, 3)).min() > 1
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners == 255).all(axis=(1, 2)).mean() > 0.8


def test_all_are_drawn_in_the_same_size_and_place(truth: dict[str, ImageArray]) -> None:
    for images in truth.values():
        inked = [np.argwhere(one.min(axis=2) < 250) for one in images]
        extents = [np.ptp(where, axis=0).max() + 1 for where in inked]
        assert (min(extents), max(extents)) == (60, 60)
        middles = [(where.min(axis=0) + where.max(axis=0)) / 2 for where in inked]
        assert np.abs(np.array(middles) - 31.5).max() <= 1


def test_categories_are_spread_and_nobody_has_a_skin_tone() -> None:
    index = read_index()
    tones = {f"1f3f{digit}" for digit in "bcdef"}
    assert not any(tones & set(emoji.code.split("-")) for emoji in index)
    counts = Counter((emoji.category, emoji.split) for emoji in index)
    categories = {category for category, _ in counts}
    assert len(categories) == 8
    for category in categories:
        assert counts[category, "test"] >= 10
        assert counts[category, "train"] > 4 * counts[category, "test"]


def test_every_training_emoji_is_drawn_in_every_style(styles: LabeledSet) -> None:
    drawn = Counter(name.split("/")[1] for name in styles.train.images.names)
    assert set(drawn.values()) == {len(STYLES)}


def test_images_cannot_be_changed_by_accident(styles: LabeledSet) -> None:
    with pytest.raises(ValueError, match="read-only"):
        styles.train.images[0][0, 0, 0] = 1


@pytest.mark.parametrize(
    ("file", "phrases"),
    [
        ("FLUENT-LICENSE.txt", ("Microsoft Corporation", "MIT License", "WITHOUT WARRANTY")),
        ("OPENMOJI-LICENSE.txt", ("OpenMoji", "Attribution-ShareAlike 4.0 International")),
    ],
)
def test_the_licences_lie_beside(file: str, phrases: tuple[str, ...]) -> None:
    text = (files("edgegan.emoji_styles") / file).read_text(encoding="utf-8")
    for phrase in phrases:
        assert phrase in text
