"""One folder a class: given or made parts, and the mistakes that are made with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import DataError, UsageError
from edgegan.labeled_data import LabeledSet, open_labeled
from tests.edgegan.labeled_folders import write_classes, write_images

COUNTS = {"happy": 20, "sad": 5, "angry": 10}


def opened(root: Path, *attributes: str) -> LabeledSet:
    return open_labeled([f"classes:{root}"], attributes).sets[0]


def refused(root: Path, *attributes: str) -> str:
    with pytest.raises(DataError) as caught:
        opened(root, *attributes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_tenth_of_each_class_is_held_out(tmp_path: Path) -> None:
    data = opened(write_classes(tmp_path, COUNTS))
    assert [domain.name for domain in data.domains] == ["angry", "happy", "sad"]
    assert {(domain.group, domain.one_hot) for domain in data.domains} == {("class", True)}
    assert data.train.labels.sum(axis=0).tolist() == [9, 18, 4]
    assert data.test.labels.sum(axis=0).tolist() == [1, 2, 1]
    assert [domain.default for domain in data.domains] == [0, 1, 0]


def test_each_image_has_the_class_of_its_folder(tmp_path: Path) -> None:
    data = opened(write_classes(tmp_path, COUNTS))
    names = [domain.name for domain in data.domains]
    for part in (data.train, data.test):
        for name, label in zip(part.images.names, part.labels, strict=True):
            assert label.tolist() == [float(one == name.split("/")[0]) for one in names]
    assert len({*data.train.images.names, *data.test.images.names}) == 35


def test_given_parts(tmp_path: Path) -> None:
    counts = {"train/happy": 3, "train/sad": 2, "test/happy": 4, "test/sad": 1}
    data = opened(write_classes(tmp_path, counts))
    assert data.train.labels.sum(axis=0).tolist() == [3, 2]
    assert data.test.labels.sum(axis=0).tolist() == [4, 1]
    assert all(name.startswith("train/") for name in data.train.images.names)
    assert all(name.startswith("test/") for name in data.test.images.names)
    assert data.warnings == ()


def test_a_class_without_test_images_is_told(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"train/happy": 3, "train/sad": 2, "test/happy": 4})
    assert opened(root).warnings == (f"{root}/test has no image of sad.",)


def test_a_class_that_only_the_test_part_has(tmp_path: Path) -> None:
    counts = {"train/happy": 3, "train/sad": 2, "test/happy": 4, "test/anger": 1}
    root = write_classes(tmp_path, counts)
    assert f"{root}/test/anger is a class that {root}/train does not have." in refused(root)


def test_classes_called_train_and_test(tmp_path: Path) -> None:
    data = opened(write_classes(tmp_path, {"train": 3, "test": 3, "bus": 3}))
    assert [domain.name for domain in data.domains] == ["bus", "test", "train"]


def test_some_classes(tmp_path: Path) -> None:
    data = opened(write_classes(tmp_path, COUNTS), "sad", "happy")
    assert [domain.name for domain in data.domains] == ["sad", "happy"]
    assert data.train.labels.sum(axis=0).tolist() == [4, 18]
    assert len(data.train.images) == 22


def test_all_classes_by_the_group(tmp_path: Path) -> None:
    assert len(opened(write_classes(tmp_path, COUNTS), "class").domains) == 3


def test_one_class_asked_for(tmp_path: Path) -> None:
    root = write_classes(tmp_path, COUNTS)
    with pytest.raises(UsageError, match="happy is the only class asked for"):
        opened(root, "happy")


def test_hidden_folders_and_other_files_are_no_classes(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"happy": 2, "sad": 2, ".cache": 1})
    (root / "notes.txt").touch()
    assert len(opened(root).domains) == 2


def test_names_are_made_fit_for_the_command_line(tmp_path: Path) -> None:
    data = opened(write_classes(tmp_path, {"very happy": 2, "sad, a=b": 2, "C++": 2, "été": 2}))
    assert {domain.name for domain in data.domains} == {"very_happy", "sad_a_b", "C++", "été"}


def test_two_classes_of_one_name(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"very happy": 2, "very_happy": 2})
    assert "'very happy' and 'very_happy' have the same name very_happy." in refused(root)


def test_a_class_called_all(tmp_path: Path) -> None:
    assert "'all' cannot name a domain" in refused(write_classes(tmp_path, {"all": 2, "one": 2}))


def test_one_class_only(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"happy": 4})
    assert refused(root) == (
        f"Expected a folder of images for each class in {root}; found happy/. The only class is "
        "happy; a generator needs at least 2."
    )


def test_one_level_too_high(tmp_path: Path) -> None:
    write_classes(tmp_path / "faces", COUNTS)
    text = refused(tmp_path)
    assert f"The classes are one level deeper. Did you mean classes:{tmp_path}/faces?" in text


def test_one_level_too_high_beside_a_folder_of_images(tmp_path: Path) -> None:
    write_classes(tmp_path, {"faces/happy": 2, "faces/sad": 2, "preview": 3})
    assert f"Did you mean classes:{tmp_path}/faces?" in refused(tmp_path)


def test_a_training_part_alone_is_one_level_too_high(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"train/happy": 3, "train/sad": 2})
    assert f"Did you mean classes:{root}/train?" in refused(root)


def test_one_level_too_low(tmp_path: Path) -> None:
    root = write_classes(tmp_path, COUNTS)
    text = refused(root / "happy")
    assert f"Its images are all of one class. Did you mean classes:{root}?" in text


def test_no_image_at_all(tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    assert refused(tmp_path).endswith("found happy/. There is no image in its folders.")


def test_an_empty_class(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"happy": 2, "sad": 2, "angry": 0})
    (root / "angry" / "a.tif").touch()
    assert f"The class angry is empty: {root}/angry has a.tif. Expected files" in refused(root)


def test_a_class_of_one_image(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"happy": 2, "sad": 1})
    assert f"{root}/sad has one image. At least 2 are needed" in refused(root)


def test_a_class_of_unreadable_images(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"happy": 4, "sad": 4, "angry": 3})
    for path in (root / "angry").iterdir():
        path.write_text("text")
    assert f"No training image of classes:{root} has angry" in refused(root)


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    write_images(tmp_path, ["a.png"])
    with pytest.raises(UsageError, match=r"a\.png is not a folder\. Expected one with a folder"):
        opened(tmp_path / "a.png")
