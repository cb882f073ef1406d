"""The survey of a labelled data set: its figures, its examples and the warnings."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from edgegan.contact_sheet import thumbnail
from edgegan.images import load_image, save_image
from edgegan.labeled_data import open_labeled
from edgegan.labeled_info import LabeledInfo, survey_labeled
from tests.edgegan.labeled_folders import write_classes


def looked(root: Path) -> LabeledInfo:
    return survey_labeled(open_labeled([f"classes:{root}"]).sets[0])


def parts(root: Path) -> Path:
    counts = {"train/happy": 15, "train/sad": 3, "test/happy": 2, "test/sad": 1}
    return write_classes(root, counts)


def test_the_images_of_each_domain_are_counted(tmp_path: Path) -> None:
    found = looked(parts(tmp_path))
    assert [(one.domain.name, one.train, one.test) for one in found.domains] == [
        ("happy", 15, 2),
        ("sad", 3, 1),
    ]
    assert [(part.name, part.images) for part in found.parts] == [("train", 18), ("test", 3)]
    assert (found.train_images, found.test_images) == (18, 3)
    assert found.parts[0].sizes == ((8, 6),) * 18
    assert (found.unreadable, found.train_test) == ((), ())


def test_the_examples_have_their_domain(tmp_path: Path) -> None:
    root = parts(tmp_path)
    happy, sad = looked(root).domains
    assert len(happy.thumbnails) == 12
    assert len(sad.thumbnails) == 3
    files = sorted((root / "train" / "sad").iterdir())
    for shown, file in zip(sad.thumbnails, files, strict=True):
        np.testing.assert_array_equal(shown, thumbnail(load_image(file)))


def test_an_image_of_two_domains_is_an_example_of_both(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(4):
        save_image(tmp_path / f"{number}.png", rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    lines = ["image,a,b,split", "0.png,1,1,train", "1.png,0,1,train", "2.png,0,0,train"]
    (tmp_path / "labels.csv").write_text("\n".join([*lines, "3.png,1,1,test"]))
    found = survey_labeled(open_labeled([str(tmp_path)]).sets[0])
    first, second = found.domains
    assert (len(first.thumbnails), len(second.thumbnails)) == (1, 2)
    np.testing.assert_array_equal(first.thumbnails[0], second.thumbnails[0])


def test_images_of_both_parts(tmp_path: Path) -> None:
    root = parts(tmp_path)
    shutil.copy(root / "train" / "sad" / "001.png", root / "test" / "happy" / "new.png")
    found = looked(root)
    assert found.train_test == (("train/train/sad/001.png", "test/test/happy/new.png"),)
    assert any(text.startswith("1 image(s) of the test part are in") for text in found.warnings)


def test_unreadable_images(tmp_path: Path) -> None:
    root = parts(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    save_image(root / "train" / "sad" / "000.png", noise)
    cut = root / "train" / "sad" / "000.png"
    cut.write_bytes(cut.read_bytes()[:2000])
    (root / "train" / "happy" / "000.png").write_text("text")
    found = looked(root)
    assert [item.path.name for item in found.unreadable] == ["000.png", "000.png"]
    assert "2 image(s) cannot be read; they will be passed over." in found.warnings
    assert len(found.domains[1].thumbnails) == 2


def test_the_warnings_of_the_set_come_first(tmp_path: Path) -> None:
    root = write_classes(tmp_path, {"train/happy": 3, "train/sad": 2, "test/happy": 4})
    found = looked(root)
    assert found.warnings[0] == f"{root}/test has no image of sad."
    assert found.warnings[1].startswith("9 image(s) have a side below 64 pixels")
