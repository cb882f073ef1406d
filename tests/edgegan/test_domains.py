"""Labels by name: exclusive groups, toggles, defaults, what is known of the image, the mask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from edgegan.domains import (
    Domain,
    declare_domains,
    encode,
    every_domain,
    known,
    label_length,
    parse_domains,
)
from edgegan.errors import UsageError

CELEBA = (
    Domain(name="Black_Hair", group="hair", default=1.0),
    Domain(name="Blond_Hair", group="hair"),
    Domain(name="Brown_Hair", group="hair"),
    Domain(name="Male"),
    Domain(name="Young", default=1.0),
)
FEELINGS = (
    Domain(name="happy", group="class", one_hot=True, dataset=1),
    Domain(name="sad", group="class", one_hot=True, default=1.0, dataset=1),
)
BOTH = CELEBA + FEELINGS


def coded(
    wanted: Mapping[str, bool],
    source: Mapping[str, bool] | None = None,
    domains: tuple[Domain, ...] = CELEBA,
) -> list[int]:
    label = encode(domains, wanted, source)
    assert label.dtype == np.float32
    assert label.shape == (label_length(domains),)
    return [int(value) for value in label]


def test_the_length_has_the_mask_if_there_are_several_sets() -> None:
    assert label_length(CELEBA) == 5
    assert label_length(BOTH) == 9
    assert label_length(()) == 0


@pytest.mark.parametrize(
    ("wanted", "label"),
    [
        ({}, [1, 0, 0, 0, 1]),
        ({"Blond_Hair": True}, [0, 1, 0, 0, 1]),
        ({"Black_Hair": True}, [1, 0, 0, 0, 1]),
        ({"Black_Hair": False}, [0, 0, 0, 0, 1]),
        ({"Blond_Hair": False}, [1, 0, 0, 0, 1]),
        ({"Male": True}, [1, 0, 0, 1, 1]),
        ({"Young": False}, [1, 0, 0, 0, 0]),
        ({"Young": False, "Brown_Hair": True, "Male": True}, [0, 0, 1, 1, 0]),
        ({"Blond_Hair": True, "Black_Hair": False}, [0, 1, 0, 0, 1]),
        ({"Black_Hair": False, "Blond_Hair": True}, [0, 1, 0, 0, 1]),
    ],
)
def test_what_is_not_asked_for_is_the_default(wanted: dict[str, bool], label: list[int]) -> None:
    assert coded(wanted) == label


@pytest.mark.parametrize(
    ("source", "wanted", "label"),
    [
        ({"Male": True}, {}, [1, 0, 0, 1, 1]),
        ({"Male": True}, {"Male": False}, [1, 0, 0, 0, 1]),
        ({"Brown_Hair": True, "Young": False}, {"Male": True}, [0, 0, 1, 1, 0]),
        ({"Brown_Hair": True}, {"Blond_Hair": True}, [0, 1, 0, 0, 1]),
        ({"Brown_Hair": True}, {"Brown_Hair": False}, [0, 0, 0, 0, 1]),
        ({"Black_Hair": False}, {}, [0, 0, 0, 0, 1]),
    ],
)
def test_what_is_known_of_the_image_comes_before_the_default(
    source: dict[str, bool], wanted: dict[str, bool], label: list[int]
) -> None:
    assert coded(wanted, source) == label


@pytest.mark.parametrize("source", [True, False])
def test_two_of_an_exclusive_group(source: bool) -> None:
    both = {"Brown_Hair": True, "Blond_Hair": True}
    with pytest.raises(UsageError, match=r"Brown_Hair and Blond_Hair exclude each other .*hair"):
        encode(CELEBA, {} if source else both, both if source else None)


@pytest.mark.parametrize(
    ("wanted", "source", "label"),
    [
        ({}, None, [1, 0, 0, 0, 1, 0, 0, 1, 0]),
        ({"Male": True}, None, [1, 0, 0, 1, 1, 0, 0, 1, 0]),
        ({"happy": True}, None, [0, 0, 0, 0, 0, 1, 0, 0, 1]),
        ({}, {"happy": True}, [0, 0, 0, 0, 0, 1, 0, 0, 1]),
        ({"sad": True}, {"Male": True}, [0, 0, 0, 0, 0, 0, 1, 0, 1]),
        ({"Male": True}, {"happy": True}, [1, 0, 0, 1, 1, 0, 0, 1, 0]),
    ],
)
def test_the_mask_tells_whose_labels_count(
    wanted: dict[str, bool], source: dict[str, bool] | None, label: list[int]
) -> None:
    assert coded(wanted, source, BOTH) == label


def test_names_of_two_sets_at_once() -> None:
    with pytest.raises(UsageError, match=r"Male and sad come from different data sets"):
        encode(BOTH, {"Male": True, "sad": True})


def test_a_one_hot_group_keeps_a_member() -> None:
    assert coded({"happy": False}, None, BOTH)[5:7] == [0, 1]
    with pytest.raises(UsageError, match="One of happy, sad must be asked for, such as happy=1"):
        encode(BOTH, {"sad": False})
    with pytest.raises(UsageError, match="One of happy, sad"):
        encode(BOTH, {"happy": False}, {"happy": True})


@pytest.mark.parametrize("source", [True, False])
@pytest.mark.parametrize("value", [True, False])
def test_unknown_names_list_the_known_ones(value: bool, source: bool) -> None:
    names = {"Blonde_Hair": value}
    with pytest.raises(UsageError, match=r"Did you mean 'Blond_Hair'\? Known: Black_Hair, .*Young"):
        encode(CELEBA, {} if source else names, names if source else None)


def test_every_domain_is_the_reference_order() -> None:
    # create_labels in solver.py of yunjey/stargan, for a source of black hair, female, young.
    assert [(title, label.tolist()) for title, label in every_domain(CELEBA)] == [
        ("Black_Hair", [1, 0, 0, 0, 1]),
        ("Blond_Hair", [0, 1, 0, 0, 1]),
        ("Brown_Hair", [0, 0, 1, 0, 1]),
        ("Male", [1, 0, 0, 1, 1]),
        ("Young=0", [1, 0, 0, 0, 0]),
    ]


def test_every_domain_flips_what_is_known_of_the_image() -> None:
    found = every_domain(CELEBA, {"Male": True, "Young": False, "Brown_Hair": True})
    assert [(title, label.tolist()) for title, label in found] == [
        ("Black_Hair", [1, 0, 0, 1, 0]),
        ("Blond_Hair", [0, 1, 0, 1, 0]),
        ("Brown_Hair", [0, 0, 1, 1, 0]),
        ("Male=0", [0, 0, 1, 0, 0]),
        ("Young", [0, 0, 1, 1, 1]),
    ]


def test_every_domain_of_two_sets() -> None:
    found = every_domain(BOTH, {"Male": True})
    assert [title for title, _ in found][3:] == ["Male=0", "Young=0", "happy", "sad"]
    assert found[5][1].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 1]
    assert all(label[-2:].tolist() == [1, 0] for _, label in found[:5])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Blond_Hair=1,Male=0", {"Blond_Hair": True, "Male": False}),
        ("Blond_Hair", {"Blond_Hair": True}),
        (" Male = 1 , Young ", {"Male": True, "Young": True}),
    ],
)
def test_parsing(text: str, found: dict[str, bool]) -> None:
    assert parse_domains(text, CELEBA) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Mole=1", "Unknown domain 'Mole'. Did you mean 'Male'"),
        ("Male=yes", "The domain Male is asked to be 'yes'; it can be 0 or 1."),
        ("Male=-1", "asked to be '-1'"),
        ("Male=", "asked to be ''"),
        ("Male=1,Male=0", "The domain Male is given twice."),
        ("Male,", "Unknown domain ''."),
        ("", "Unknown domain ''."),
    ],
)
def test_parsing_refuses(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_domains(text, CELEBA)
    assert message in str(caught.value)


def test_known() -> None:
    assert known(BOTH, "sad") is FEELINGS[1]


def test_domains_are_declared_in_order() -> None:
    assert declare_domains("hair:Blond, hair:Black=1,Male") == (
        Domain(name="Blond", group="hair"),
        Domain(name="Black", group="hair", default=1.0),
        Domain(name="Male"),
    )
    assert declare_domains("a=0") == (Domain(name="a"),)


def test_a_class_is_always_set_and_sets_are_told_apart() -> None:
    assert declare_domains("Male;class::cat,class::dog;is::up,is::down=1") == (
        Domain(name="Male"),
        Domain(name="cat", group="class", one_hot=True, default=1.0, dataset=1),
        Domain(name="dog", group="class", one_hot=True, dataset=1),
        Domain(name="up", group="is", one_hot=True, dataset=2),
        Domain(name="down", group="is", one_hot=True, default=1.0, dataset=2),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,,b", "names no domain at ''"),
        ("hair:", "names no domain at 'hair:'"),
        (":a", "names no domain at ':a'"),
        ("::a", "names no domain at '::a'"),
        ("a;", "names no domain at ''"),
        ("a=2", "The default of the domain a is '2'"),
        ("a=", "The default of the domain a is ''"),
        ("a;a", "a is given twice"),
    ],
)
def test_declarations_that_cannot_be_right(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        declare_domains(text)
