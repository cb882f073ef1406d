from __future__ import annotations

import numpy as np
import pytest

from edgegan.domains import every_domain
from edgegan.errors import UsageError
from edgegan.export.labels import canonical_choice, choice_label, label_choices
from tests.export.generators import DOMAINS


def test_a_choice_has_one_way_to_be_written() -> None:
    assert canonical_choice("Blond_Hair", DOMAINS) == "Blond_Hair=1"
    assert canonical_choice(" Blond_Hair = 1 , Male=0", DOMAINS) == "Blond_Hair=1,Male=0"
    assert choice_label("Blond_Hair=1,Male=0", DOMAINS).tolist() == [0, 1, 0]
    assert choice_label("Male=0", DOMAINS).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Blond", "Did you mean 'Blond_Hair'"),
        ("Black_Hair,Blond_Hair", "exclude each other"),
        ("Male=2", "can be 0 or 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        canonical_choice(text, DOMAINS)


def test_every_domain_has_a_label_and_unknown_ones_are_numbered() -> None:
    assert label_choices(0, ()) == [("", None)]
    known = label_choices(3, DOMAINS)
    assert [name for name, _ in known] == ["Black_Hair", "Blond_Hair", "Male=0"]
    for (_, label), (_, expected) in zip(known, every_domain(DOMAINS), strict=True):
        assert label is not None
        np.testing.assert_array_equal(label, expected)
    unknown = label_choices(3, ())
    assert [name for name, _ in unknown] == ["entry 0", "entry 1", "entry 2"]
    np.testing.assert_array_equal(
        [label for _, label in unknown if label is not None], np.eye(3, dtype=np.float32)
    )


def test_a_baked_choice_is_the_only_one() -> None:
    ((name, label),) = label_choices(3, DOMAINS, "Male=0")
    assert label is not None
    assert (name, label.tolist()) == ("Male=0", [1, 0, 0])
