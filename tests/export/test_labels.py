from __future__ import annotations

import numpy as np
import pytest

from edgegan.domains import every_domain
from edgegan.errors import UsageError
from edgegan.export.labels import canonical_choice, choice_label, gate_labels
from tests.export.generators import DOMAINS, STARGAN, generator


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


def test_the_gate_covers_what_the_file_can_do() -> None:
    plain, multi = generator(), generator(STARGAN)
    assert gate_labels(plain, (), None) == [None]
    every = gate_labels(multi, DOMAINS, None)
    np.testing.assert_array_equal(np.array(every), [label for _, label in every_domain(DOMAINS)])
    np.testing.assert_array_equal(np.array(gate_labels(multi, (), None)), np.eye(3))
    np.testing.assert_array_equal(np.array(gate_labels(multi, DOMAINS, "Male=0")), [[1, 0, 0]])
