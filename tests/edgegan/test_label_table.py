"""Choosing domains, their defaults, and what nobody can learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan import label_table
from edgegan.domains import Domain
from edgegan.errors import DataError
from edgegan.label_table import LabelTable, choose, labeled_set
from tests.edgegan.labeled_folders import write_images

TOGGLES = (Domain(name="Male"), Domain(name="Young"))
HAIR = tuple(Domain(name=name, group="hair") for name in ("Black", "Blond"))
RACE = tuple(Domain(name=name, group="race", one_hot=True) for name in ("a", "b", "c"))


def table(root: Path, domains: tuple[Domain, ...], columns: list[str]) -> LabelTable:
    """Make a table of real files; the last one is the test part."""
    values = np.array([[int(one) for one in column] for column in columns], np.uint8).T
    names = [f"{number}.png" for number in range(len(values))]
    write_images(root, names)
    return LabelTable(
        spec="here",
        root=root,
        paths=tuple(root / name for name in names),
        domains=domains,
        values=values,
        test=np.arange(len(values)) == len(values) - 1,
        usual=tuple(domain.name for domain in domains),
    )


def defaults(root: Path, domains: tuple[Domain, ...], columns: list[str]) -> list[float]:
    return [domain.default for domain in labeled_set(table(root, domains, columns)).domains]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["11100", "10000"], [1, 0]),
        (["11000", "11101"], [0, 1]),  # a half is no majority
        (["00011", "01111"], [0, 1]),  # the test part does not count
    ],
)
def test_a_toggle_defaults_to_its_majority(
    tmp_path: Path, columns: list[str], expected: list[float]
) -> None:
    assert defaults(tmp_path, TOGGLES, columns) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["1110000", "0001000"], [1, 0]),  # 3 black, 1 blond, 2 of neither
        (["1000000", "0110000"], [0, 0]),  # 3 of neither
        (["1000000", "0111000"], [0, 1]),
        (["1000000", "1110000"], [0, 1]),  # both at once
    ],
)
def test_an_exclusive_group_defaults_to_its_commonest_member_or_none(
    tmp_path: Path, columns: list[str], expected: list[float]
) -> None:
    assert defaults(tmp_path, HAIR, columns) == expected


def test_a_one_hot_group_defaults_to_one_member(tmp_path: Path) -> None:
    columns = ["1000100", "0101010", "0010001"]
    assert defaults(tmp_path, RACE, columns) == [0, 1, 0]


@pytest.mark.parametrize("test", "01")
@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("0000", "No training image of here has Young, so there is nothing to learn"),
        ("1111", "Each of the 4 training images of here has Young, so there is nothing to learn"),
    ],
)
def test_a_domain_of_no_or_all_training_images(
    tmp_path: Path, column: str, message: str, test: str
) -> None:
    with pytest.raises(DataError, match=message):
        labeled_set(table(tmp_path, TOGGLES, ["10101", column + test]))


@pytest.mark.parametrize(
    ("having", "warning"),
    [
        (1, "Extreme imbalance: only 1 of 100 training images have Young (1.0%)"),
        (2, None),
        (98, None),
        (99, "Extreme imbalance: only 1 of 100 training images do not have Young (1.0%)"),
    ],
)
def test_extreme_imbalance_is_told_with_counts(
    tmp_path: Path, having: int, warning: str | None
) -> None:
    young = "1" * having + "0" * (101 - having)
    found = labeled_set(table(tmp_path, TOGGLES, ["1" * 50 + "0" * 51, young])).warnings
    assert [text.partition(";")[0] for text in found] == ([warning] if warning else [])


def test_unreadable_images_leave_with_their_labels(tmp_path: Path) -> None:
    read = table(tmp_path, TOGGLES, ["1010110", "0110010"])
    (tmp_path / "2.png").write_text("text")
    data = labeled_set(read)
    assert data.train.images.names == ("0.png", "1.png", "3.png", "4.png", "5.png")
    assert data.train.labels.tolist() == [[1, 0], [0, 1], [0, 0], [1, 0], [1, 1]]
    assert [item.path.name for item in data.skipped] == ["2.png"]


def test_large_sets_are_not_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_table, "_MOST_PROBED", 4)
    read = table(tmp_path, TOGGLES, ["10101", "01100"])
    (tmp_path / "2.png").write_text("text")
    data = labeled_set(read)
    assert (len(data.train.images), data.skipped) == (4, ())


def test_a_test_part_without_a_readable_image(tmp_path: Path) -> None:
    read = table(tmp_path, TOGGLES, ["10101", "01100"])
    (tmp_path / "4.png").write_text("text")
    with pytest.raises(DataError, match=r"here has no readable test image\. .*4\.png is not"):
        labeled_set(read)


def test_asked_twice_is_asked_once(tmp_path: Path) -> None:
    read = table(tmp_path, (*HAIR, *TOGGLES), ["10000", "01000", "10101", "01100"])
    assert [one.name for one in choose(read, ["Blond", "hair", "Blond", "Male"]).domains] == [
        "Blond",
        "Black",
        "Male",
    ]
    assert read.names == ("Black", "Blond", "Male", "Young", "hair")
