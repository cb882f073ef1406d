"""The official layout of CelebA, and the mistakes that are made with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import DataError, UsageError
from edgegan.labeled_data import LabeledSet, open_labeled
from tests.edgegan.labeled_folders import write_celeba

VALUES = {
    "Bald": "-------------------+",
    "Black_Hair": "++++++++------------",
    "Blond_Hair": "--------++++--------",
    "Brown_Hair": "------------+++-----",
    "Gray_Hair": "---------------++---",
    "Male": "+-+-+-+-+-+-+-+-+-+-",
    "Young": "++-++-++-++-++-++-++",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_celeba(tmp_path / "celeba", VALUES)


def opened(root: Path, *attributes: str) -> LabeledSet:
    return open_labeled([f"celeba:{root}"], attributes).sets[0]


def refused(root: Path, *attributes: str) -> str:
    with pytest.raises(DataError) as caught:
        opened(root, *attributes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def listing(root: Path) -> Path:
    return root / "list_attr_celeba.txt"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_five_attributes_of_the_reference(root: Path) -> None:
    data = opened(root)
    assert [domain.name for domain in data.domains] == [
        "Black_Hair",
        "Blond_Hair",
        "Brown_Hair",
        "Male",
        "Young",
    ]
    assert [domain.group for domain in data.domains] == ["hair", "hair", "hair", None, None]
    assert not any(domain.one_hot for domain in data.domains)
    assert (len(data.train.images), len(data.test.images)) == (18, 2)
    assert data.spec == f"celeba:{root}"
    assert (data.skipped, data.warnings) == ((), ())


def test_each_image_has_its_own_labels(root: Path) -> None:
    data = opened(root)
    for part in (data.train, data.test):
        assert part.labels.dtype == np.float32
        for name, label in zip(part.images.names, part.labels, strict=True):
            row = int(name[:6]) - 1
            expected = [VALUES[domain.name][row] == "+" for domain in data.domains]
            assert label.tolist() == expected
    assert data.train.images[0].shape == (8, 6, 3)
    assert {*data.train.images.names, *data.test.images.names} == {
        f"{number:06}.jpg" for number in range(1, 21)
    }


def test_any_attributes_in_the_order_asked_for(root: Path) -> None:
    data = opened(root, "Young", "Gray_Hair", "Male", "Black_Hair")
    assert [domain.name for domain in data.domains] == ["Young", "Gray_Hair", "Male", "Black_Hair"]
    assert [domain.group for domain in data.domains] == [None, "hair", None, "hair"]


def test_a_hair_colour_by_itself_is_a_toggle(root: Path) -> None:
    assert opened(root, "Blond_Hair").domains[0].group is None


def test_the_group_stands_for_its_members(root: Path) -> None:
    assert [domain.name for domain in opened(root, "hair").domains] == [
        "Black_Hair",
        "Blond_Hair",
        "Brown_Hair",
        "Gray_Hair",
    ]


@pytest.mark.parametrize("folder", ["images", "Img/img_align_celeba"])
def test_other_places_of_the_images(tmp_path: Path, folder: str) -> None:
    assert len(opened(write_celeba(tmp_path, VALUES, folder)).train.images) == 18


def test_the_folders_of_the_authors_drive(root: Path) -> None:
    for name, folder, content in (
        ("list_attr_celeba.txt", "Anno", listing(root).read_text()),
        ("list_eval_partition.txt", "Eval", partition("0" * 15 + "22222")),
    ):
        (root / folder).mkdir()
        (root / folder / name).write_text(content)
    listing(root).unlink()
    assert len(opened(root).test.images) == 5


def test_no_person_is_in_both_parts(root: Path) -> None:
    persons = {f"{number:06}.jpg": str(2000 + number // 2) for number in range(1, 21)}
    lines = [f"{name} {person}" for name, person in persons.items()]
    (root / "identity_CelebA.txt").write_text("\n".join(lines))
    (root / "list_eval_partition.txt").write_text(partition("2" * 10 + "0" * 10))
    data = opened(root)
    train = {persons[name] for name in data.train.images.names}
    test = {persons[name] for name in data.test.images.names}
    assert not train & test
    assert 1 <= len(data.test.images) <= 2


def partition(parts: str) -> str:
    return "\n".join(f"{number:06}.jpg {part}" for number, part in enumerate(parts, start=1))


def test_the_given_partition(root: Path) -> None:
    (root / "list_eval_partition.txt").write_text(partition("000000000000001112020"))
    data = opened(root)
    assert data.test.images.names == ("000018.jpg", "000020.jpg")
    assert data.train.images.names == (*(f"{n:06}.jpg" for n in range(1, 15)), "000019.jpg")


def test_a_partition_without_a_test_part(root: Path) -> None:
    (root / "list_eval_partition.txt").write_text(partition("0" * 20))
    assert "has 20 of the images here for training (0) and 0 for the test (2)" in refused(root)


def test_a_partition_that_lacks_images(root: Path) -> None:
    (root / "list_eval_partition.txt").write_text(partition("0" * 15))
    assert "list_eval_partition.txt lacks 5 of the images, such as 000016.jpg." in refused(root)


def test_a_malformed_identity(root: Path) -> None:
    (root / "identity_CelebA.txt").write_text("000001.jpg 1\n000002.jpg\n")
    assert "identity_CelebA.txt, line 2: expected a file name and a number" in refused(root)


def test_missing_images_are_counted_once(root: Path) -> None:
    for number in (3, 7, 20):
        (root / "img_align_celeba" / f"{number:06}.jpg").unlink()
    data = opened(root)
    assert len(data.train.images) + len(data.test.images) == 17
    assert len(data.warnings) == 1
    assert data.warnings[0].startswith("3 of the 20 images in list_attr_celeba.txt are not in ")
    assert "such as 000003.jpg" in data.warnings[0]


def test_all_images_missing(root: Path) -> None:
    (root / "img_align_celeba").rename(root / "pictures")
    assert "None of the 20 images" in refused(root)
    assert "Expected them directly in img_align_celeba or images" in refused(root)
    assert "has list_attr_celeba.txt, pictures/." in refused(root)


def test_images_one_level_deeper(root: Path) -> None:
    (root / "img_align_celeba").rename(root / "deeper")
    (root / "img_align_celeba").mkdir()
    (root / "deeper").rename(root / "img_align_celeba" / "img_align_celeba")
    assert f"{root}/img_align_celeba has img_align_celeba/." in refused(root)


def test_one_level_too_high(root: Path) -> None:
    text = refused(root.parent)
    assert "has no list_attr_celeba.txt; found celeba/." in text
    assert f"Did you mean celeba:{root}?" in text


def test_one_level_too_low(root: Path) -> None:
    assert f"Did you mean celeba:{root}?" in refused(root / "img_align_celeba")


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none does not exist\. .*list_attr_celeba\.txt"):
        opened(tmp_path / "none")


def test_unreadable_images_are_passed_over(root: Path) -> None:
    (root / "img_align_celeba" / "000004.jpg").write_text("text")
    data = opened(root)
    assert [item.path.name for item in data.skipped] == ["000004.jpg"]
    names = (*data.train.images.names, *data.test.images.names)
    assert len(names) == 19
    assert "000004.jpg" not in names


def test_labels_of_0_and_1(root: Path) -> None:
    edit(listing(root), "000003.jpg -1", "000003.jpg 0")
    assert "list_attr_celeba.txt, line 5: expected the values 1 and -1, found '0'." in refused(root)


def test_a_short_line(root: Path) -> None:
    edit(listing(root), "000003.jpg -1", "000003.jpg")
    assert "line 5: expected a file name and 7 values, found 7 fields." in refused(root)


def test_an_image_listed_twice(root: Path) -> None:
    edit(listing(root), "000003.jpg", "000002.jpg")
    assert "line 5: 000002.jpg is listed a second time." in refused(root)


def test_a_missing_count(root: Path) -> None:
    edit(listing(root), "20\n", "")
    assert "expected the number of images in line 1" in refused(root)
    assert "line 1 is 'Bald Black_Hair" in refused(root)


def test_an_empty_listing(root: Path) -> None:
    listing(root).write_text("")
    assert "line 1 is ''." in refused(root)


def test_a_count_that_disagrees(root: Path) -> None:
    edit(listing(root), "20\n", "202599\n")
    (warning,) = opened(root).warnings
    assert warning.endswith("announces 202599 images but lists 20: is it cut short?")


def test_an_attribute_listed_twice(root: Path) -> None:
    edit(listing(root), "Young", "Male")
    assert "line 2: 'Male' and 'Male' have the same name Male." in refused(root)


def test_without_the_usual_attributes(tmp_path: Path) -> None:
    root = write_celeba(tmp_path, {"Bald": VALUES["Male"], "Smiling": VALUES["Young"]})
    assert "has none of its usual attributes. Choose from its own: Bald, Smiling." in refused(root)
    assert len(opened(root, "Smiling").domains) == 1


def test_an_attribute_that_no_image_has(root: Path) -> None:
    listing(root).write_text(listing(root).read_text().replace("000020.jpg  1", "000020.jpg -1"))
    assert f"No training image of celeba:{root} has Bald" in refused(root, "Bald", "Male")


def test_the_real_sample(shared_data: Path) -> None:
    data = open_labeled([str(shared_data / "celeba4k")]).sets[0]
    assert (len(data.train.images), len(data.test.images)) == (3600, 400)
    assert (data.warnings, data.skipped) == ((), ())
    assert [domain.default for domain in data.domains] == [0, 0, 0, 0, 1]
    # Counted with awk in list_attr_celeba.txt.
    both = data.train.labels.sum(axis=0) + data.test.labels.sum(axis=0)
    assert both.tolist() == [980, 588, 812, 1664, 3124]
