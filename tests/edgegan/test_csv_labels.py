"""Labels in a table: the files, the split, and malformed lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import DataError, UsageError
from edgegan.labeled_data import LabeledSet, open_labeled
from tests.edgegan.labeled_folders import write_csv, write_images

LINES = [
    "image,smiling,race,age",
    *(f"{n:02}.png,{n % 2},{('asian', 'black', 'white', 'white')[n % 4]},{n}" for n in range(40)),
]


def opened(path: Path, *attributes: str) -> LabeledSet:
    return open_labeled([f"csv:{path}"], attributes).sets[0]


def refused(path: Path, *attributes: str) -> str:
    with pytest.raises(DataError) as caught:
        opened(path, *attributes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_toggles_and_groups(tmp_path: Path) -> None:
    data = opened(write_csv(tmp_path, LINES))
    assert [(domain.name, domain.group, domain.one_hot) for domain in data.domains] == [
        ("smiling", None, False),
        ("race_asian", "race", True),
        ("race_black", "race", True),
        ("race_white", "race", True),
    ]
    assert (len(data.train.images), len(data.test.images)) == (36, 4)
    for part in (data.train, data.test):
        for name, label in zip(part.images.names, part.labels, strict=True):
            number = int(name.removeprefix("images/")[:2])
            kind = (0, 1, 2, 2)[number % 4]
            assert label.tolist() == [number % 2, kind == 0, kind == 1, kind == 2]


def test_the_file_itself_or_its_folder(tmp_path: Path) -> None:
    root = write_csv(tmp_path, LINES)
    (root / "labels.csv").rename(root / "faces.csv")
    data = opened(root / "faces.csv")
    assert data.spec == f"csv:{root}/faces.csv"
    assert len(data.train.images) == 36
    with pytest.raises(UsageError, match=r"labels\.csv does not exist\..* has faces\.csv, images"):
        opened(root)


def test_files_beside_the_table(tmp_path: Path) -> None:
    data = opened(write_csv(tmp_path, LINES, images="."))
    assert data.train.images.names[0] == "00.png"


def test_the_column_of_files_by_its_name(tmp_path: Path) -> None:
    lines = [",".join(reversed(line.split(","))) for line in LINES]
    lines[0] = lines[0].replace("image", "FileName")
    root = write_csv(tmp_path, ["x"])
    write_images(root / "images", [line.split(",")[-1] for line in lines[1:]])
    (root / "labels.csv").write_text("\n".join(lines))
    assert {domain.name for domain in opened(root).domains} > {"smiling", "race_white"}


def test_a_spreadsheets_file(tmp_path: Path) -> None:
    root = write_csv(tmp_path, LINES)
    lines = [" , ".join(reversed(line.split(",")[:3])) for line in LINES]
    text = "\ufeff" + "\r\n".join(lines) + "\r\n\r\n"
    (root / "labels.csv").write_bytes(text.encode())
    names = [domain.name for domain in opened(root).domains]
    assert names == ["race_asian", "race_black", "race_white", "smiling"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (["race"], ["race_asian", "race_black", "race_white"]),
        (["smiling"], ["smiling"]),
        (["race_white", "race_asian"], ["race_white", "race_asian"]),
    ],
)
def test_columns_asked_for(tmp_path: Path, asked: list[str], names: list[str]) -> None:
    data = opened(write_csv(tmp_path, LINES), *asked)
    assert [domain.name for domain in data.domains] == names
    if asked[0] == "race_white":  # black faces are left out
        assert data.train.labels.sum() == len(data.train.images)
        assert len(data.train.images) + len(data.test.images) == 30


def test_one_value_of_a_column(tmp_path: Path) -> None:
    root = write_csv(tmp_path, LINES)
    with pytest.raises(UsageError, match=r"race_asian is the only race asked for.*the name race"):
        opened(root, "race_asian")


def test_a_given_split(tmp_path: Path) -> None:
    lines = [LINES[0] + ",split", *(f"{line},Train" for line in LINES[1:])]
    for index in (3, 9):
        lines[index] = lines[index].replace("Train", "Test")
    data = opened(write_csv(tmp_path, lines))
    assert data.test.images.names == ("images/02.png", "images/08.png")
    assert "split" not in {domain.name for domain in data.domains}


def test_a_part_that_is_neither(tmp_path: Path) -> None:
    lines = [LINES[0] + ",split", *(f"{line},train" for line in LINES[1:])]
    lines[4] = lines[4].replace("train", "val")
    assert "labels.csv, line 5: the split is 'val'; expected train or test." in refused(
        write_csv(tmp_path, lines)
    )


def test_a_split_without_a_test_part(tmp_path: Path) -> None:
    lines = [LINES[0] + ",split", *(f"{line},train" for line in LINES[1:])]
    assert "has no readable test image" in refused(write_csv(tmp_path, lines))


@pytest.mark.parametrize("column", ["identity", "Person"])
def test_no_person_is_in_both_parts(tmp_path: Path, column: str) -> None:
    lines = [
        f"{LINES[0]},{column}",
        *(f"{line},p{row // 2}" for row, line in enumerate(LINES[1:])),
    ]
    data = opened(write_csv(tmp_path, lines))
    train, test = (
        {int(name.removeprefix("images/")[:2]) // 2 for name in part.images.names}
        for part in (data.train, data.test)
    )
    assert not train & test
    assert len(data.test.images) == 4


def test_a_given_split_with_a_person_in_both_parts(tmp_path: Path) -> None:
    lines = [
        f"{LINES[0]},split,person",
        *(
            f"{line},{'test' if row % 10 == 0 else 'train'},p{row // 15}"
            for row, line in enumerate(LINES[1:])
        ),
    ]
    assert opened(write_csv(tmp_path, lines)).warnings == (
        "3 person(s) are in both parts of the split: figures on the test will flatter.",
    )


def test_missing_images_are_counted_once(tmp_path: Path) -> None:
    root = write_csv(tmp_path, LINES)
    for number in (5, 6):
        (root / "images" / f"{number:02}.png").unlink()
    data = opened(root)
    assert len(data.train.images) + len(data.test.images) == 38
    assert data.warnings == (
        f"2 of the 40 images of {root}/labels.csv are not there, such as 05.png; they are left out."
        "",
    )


def test_all_images_missing(tmp_path: Path) -> None:
    root = write_csv(tmp_path, LINES)
    (root / "images").rename(root / "photos")
    assert refused(root) == (
        f"None of the 40 images of {root}/labels.csv is there, such as 00.png. Expected them in "
        f"{root} or its images/; found labels.csv, photos/."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("03.png,1,asian", r"line 5: expected 4 values \(image, smiling, race, age\), found 3\."),
        ("03.png,1,asian,3,4", r"line 5: expected 4 values .*, found 5\."),
        ("01.png,1,asian,3", r"line 5: 01\.png is in line 3 already\. Remove one\."),
        (",1,asian,3", r"line 5: the name of the image is empty\."),
        ('03.png,1,"asian,3', r"not a table in UTF-8 with commas \(unexpected end"),
    ],
)
def test_a_malformed_line(tmp_path: Path, line: str, message: str) -> None:
    root = write_csv(tmp_path, LINES)
    (root / "labels.csv").write_text("\n".join([*LINES[:4], line, *LINES[5:]]))
    with pytest.raises(DataError, match=message):
        opened(root)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "line 1 is '' and 0 follow"),
        ("image,smiling\n", "line 1 is 'image,smiling' and 0 follow"),
        ("image;smiling\n1.png;1\n", "line 1 is 'image;smiling' and 1 follow"),
    ],
)
def test_no_table(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    assert found in refused(tmp_path)


def test_other_encodings(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes("image,été\n1.png,1\n".encode("latin-1"))
    assert "is not a table in UTF-8" in refused(tmp_path)


def test_a_table_without_labels(tmp_path: Path) -> None:
    lines = ["image,age", *(f"{n:02}.png,{n}" for n in range(40))]
    assert "has no column of labels. The column age has 40 different values" in refused(
        write_csv(tmp_path, lines)
    )


def test_columns_of_one_name(tmp_path: Path) -> None:
    lines = ["image,a b,a_b", "1.png,0,1", "2.png,1,0"]
    assert "labels.csv, line 1: 'a b' and 'a_b' have the same name a_b." in refused(
        write_csv(tmp_path, lines)
    )


def test_the_real_sample(shared_data: Path) -> None:
    data = open_labeled([str(shared_data / "utkface1500")], ["male", "race"]).sets[0]
    both = np.concatenate([data.train.labels, data.test.labels]).sum(axis=0)
    assert [domain.name for domain in data.domains][:3] == ["male", "race_asian", "race_black"]
    assert both.tolist() == [742, 190, 250, 186, 93, 781]
    assert len(data.test.images) == 150
