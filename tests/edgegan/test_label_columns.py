"""What a column means, and values that have to be put right."""

from __future__ import annotations

import pytest

from edgegan.errors import DataError
from edgegan.label_columns import LabelColumns, label_columns


def read(**columns: list[str]) -> LabelColumns:
    rows = len(next(iter(columns.values())))
    return label_columns(columns, list(range(2, 2 + rows)), "t.csv")


def test_0_and_1_are_a_toggle() -> None:
    found = read(smiling=["0", "1", "1"])
    assert [(one.name, one.group) for one in found.domains] == [("smiling", None)]
    assert found.values.tolist() == [[0], [1], [1]]
    assert (found.usual, dict(found.unusable)) == (("smiling",), {})


def test_other_values_are_a_group() -> None:
    found = read(race=["b", "a", "b"], level=["1", "2", "3"])
    assert [one.name for one in found.domains] == [
        "race_a",
        "race_b",
        "level_1",
        "level_2",
        "level_3",
    ]
    assert {(one.group, one.one_hot) for one in found.domains} == {("race", True), ("level", True)}
    assert found.values.tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 1]]


@pytest.mark.parametrize(("count", "usable"), [(20, True), (21, False)])
def test_at_most_20_values(count: int, usable: bool) -> None:
    found = read(
        age=[str(5 + number) for number in range(count)],
        male=["0", "1"] * (count // 2) + ["0"] * (count % 2),
    )
    assert ("age" in found.usual) is usable
    assert len(found.domains) == 1 + 20 * usable
    if not usable:
        assert found.unusable["age"] == (
            "The column age has 21 different values, and at most 20 can be domains. Bin it: add "
            "a column such as age_bin."
        )


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["-1", "1", "1"], "-1 and 1"),
        (["-1", "-1", "-1"], "-1"),
        (["-1", "0", "1"], "-1 and 0 and 1"),
        (["0.0", "1.0", "1.0"], "0.0 and 1.0"),
        (["True", "False", "True"], "False and True"),
        (["yes", "no", "no"], "no and yes"),
    ],
)
def test_two_states_written_otherwise_are_refused(cells: list[str], values: str) -> None:
    found = read(smiling=cells)
    assert found.unusable["smiling"] == (
        f"The column smiling has the values {values}; expected 0 and 1. Replace them."
    )
    assert found.usual == ("smiling",)  # so that opening the set tells
    assert found.values.size == 0


def test_an_empty_cell() -> None:
    assert read(smiling=["0", "1", ""]).unusable["smiling"] == (
        "The column smiling is empty in line 4. Fill it in, or remove the line."
    )


def test_one_value_only() -> None:
    assert "'asian' in each line" in read(race=["asian", "asian"]).unusable["race"]


def test_values_are_made_fit_for_the_command_line() -> None:
    found = read(hair=["dark blond", "red=1", "red=1"])
    assert [one.name for one in found.domains] == ["hair_dark_blond", "hair_red_1"]
    with pytest.raises(DataError, match=r"t\.csv: 'hair_a b' and 'hair_a_b' have the same name"):
        read(hair=["a b", "a_b"])
