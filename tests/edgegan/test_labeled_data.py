"""Specs of labelled data, and several sets together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.data import PARTS, open_unpaired
from edgegan.domains import encode
from edgegan.errors import DataError, EdgeganError, UsageError
from edgegan.labeled_data import is_labeled, open_labeled
from tests.edgegan.labeled_folders import write_celeba, write_classes, write_csv

CELEBA = {
    "Black_Hair": "+-+-----+-",
    "Blond_Hair": "-+-+----+-",
    "Brown_Hair": "----++---+",
    "Male": "+-+-+-+-+-",
    "Young": "++-++-++-+",
}
LINES = ["image,Male,race", *(f"{n}.png,{n // 5},{'ab'[n % 2]}" for n in range(10))]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a set of each layout."""
    write_celeba(tmp_path / "celeba", CELEBA)
    write_classes(tmp_path / "classes", {"happy": 3, "sad": 4})
    write_classes(tmp_path / "more", {"red": 3, "green": 4})
    write_csv(tmp_path / "csv", LINES)
    write_classes(tmp_path / "folder", dict.fromkeys(PARTS, 2))
    return tmp_path


def refused(*specs: str, attributes: tuple[str, ...] = ()) -> EdgeganError:
    with pytest.raises(EdgeganError) as caught:
        open_labeled(specs, attributes)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", ["celeba", "classes", "csv"])
def test_a_bare_path_is_recognised(root: Path, kind: str) -> None:
    data = open_labeled([f"{root}/{kind}"])
    assert data.sets[0].spec == f"{kind}:{root}/{kind}"
    assert is_labeled(f"{root}/{kind}")


def test_a_bare_table(root: Path) -> None:
    assert open_labeled([f"{root}/csv/labels.csv"]).sets[0].spec == f"csv:{root}/csv/labels.csv"


def test_what_is_labelled(root: Path) -> None:
    for spec in ("emoji-styles", "celeba:x", "classes:x", "csv:x"):
        assert is_labeled(spec)
    for spec in ("emoji", "folder:x", "tfds:x", "celeba:", "none", "no/such", f"{root}/folder"):
        assert not is_labeled(spec)
    assert is_labeled(f"{root}/celeba/img_align_celeba")  # one level too low
    assert not is_labeled(f"{root}/classes/sad/000.png")


def test_a_celeba_near_a_bare_path(root: Path) -> None:
    assert f"Did you mean celeba:{root}/celeba?" in str(refused(f"{root}"))


def test_a_bare_path_without_a_layout(root: Path) -> None:
    (root / "empty").mkdir()
    assert "Expected a folder of images for each class" in str(refused(f"{root}/empty"))
    assert "none does not exist" in str(refused(f"{root}/none"))


@pytest.mark.parametrize("spec", ["emoji", "folder:x", "tfds:x", "{root}/folder"])
def test_unpaired_sets_name_the_labelled_kinds(root: Path, spec: str) -> None:
    error = refused(spec.format(root=root))
    assert isinstance(error, UsageError)
    assert "one of emoji-styles, celeba:PATH, classes:PATH, csv:PATH." in str(error)
    assert "edgegan train cyclegan --data" in str(error)


@pytest.mark.parametrize("kind", ["celeba", "classes", "csv"])
@pytest.mark.parametrize("bare", [True, False])
def test_labelled_sets_point_an_unpaired_user_to_stargan(root: Path, kind: str, bare: bool) -> None:
    spec = f"{root}/{kind}" if bare else f"{kind}:{root}/{kind}"
    with pytest.raises(UsageError, match=f"edgegan train stargan --data {spec}$"):
        open_unpaired(spec)


def test_unknown_kinds() -> None:
    assert "Did you mean 'celeba:PATH'" in str(refused("celeb:x"))
    assert "Unknown data set 'celeba'." in str(refused("celeba:"))
    assert "No data set is given." in str(refused())


def test_two_sets(root: Path) -> None:
    data = open_labeled([f"celeba:{root}/celeba", f"classes:{root}/classes"])
    assert [(domain.name, domain.dataset) for domain in data.domains] == [
        *((name, 0) for name in CELEBA),
        ("happy", 1),
        ("sad", 1),
    ]
    assert [one.train.labels.shape for one in data.sets] == [(9, 5), (5, 2)]
    label = encode(data.domains, {"happy": True})
    np.testing.assert_array_equal(label, [0, 0, 0, 0, 0, 1, 0, 0, 1])


def test_a_set_uses_its_own_of_the_attributes(root: Path) -> None:
    specs = [f"celeba:{root}/celeba", f"csv:{root}/csv", f"classes:{root}/classes"]
    data = open_labeled(specs, ["Young", "race"])
    assert [domain.name for domain in data.domains] == [
        "Young",
        "race_a",
        "race_b",
        "happy",
        "sad",
    ]


def test_an_attribute_that_no_set_has(root: Path) -> None:
    error = refused(f"celeba:{root}/celeba", f"csv:{root}/csv", attributes=("Yung", "race"))
    assert isinstance(error, UsageError)
    assert "Unknown attribute 'Yung'. Did you mean 'Young'? Known: Black_Hair, " in str(error)
    assert "race_a" in str(error)


def test_domains_of_one_name(root: Path) -> None:
    error = refused(f"celeba:{root}/celeba", f"csv:{root}/csv")
    assert isinstance(error, DataError)
    assert f"Both celeba:{root}/celeba and csv:{root}/csv have a domain Male." in str(error)


def test_groups_of_one_name(root: Path) -> None:
    data = open_labeled([f"classes:{root}/classes", f"classes:{root}/more"])
    assert [(domain.name, domain.group) for domain in data.domains] == [
        ("happy", "class"),
        ("sad", "class"),
        ("green", "class-2"),
        ("red", "class-2"),
    ]


def test_real_sets_together(shared_data: Path) -> None:
    specs = [f"celeba:{shared_data}/celeba4k", f"csv:{shared_data}/utkface1500"]
    data = open_labeled(specs, ["race"])
    assert len(data.domains) == 10
    assert len(encode(data.domains, {"race_asian": True})) == 12
    for one in data.sets:
        names = {*one.train.images.names}
        assert names.isdisjoint(one.test.images.names)
