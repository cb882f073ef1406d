"""What a column of a table of labels means: a toggle, an exclusive group, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgegan.domains import Domain
from edgegan.label_table import domain_names

MOST_VALUES = 20  # of an exclusive group
_BINARY = {"0", "1"}
_SIGNED = {"-1", "0", "1"}
_WORDS = {"true", "false", "yes", "no"}


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelColumns:
    """The domains in a table.

    Attributes:
        domains: c of them.
        values: uint8 `[N, c]` of 0 and 1.
        usual: The columns that are used unless others are asked for. They include those
            with values to put right, so that nobody trains without them unknowingly.
        unusable: By column, why it cannot be used.
    """

    domains: tuple[Domain, ...]
    values: NDArray[np.uint8]
    usual: tuple[str, ...]
    unusable: Mapping[str, str]


def label_columns(
    columns: Mapping[str, Sequence[str]], lines: Sequence[int], where: str
) -> LabelColumns:
    """Tell what each column means.

    Args:
        columns: The values of each, N of them.
        lines: The line of the file that each row is in.
        where: What to call the table in errors.

    Raises:
        DataError: a value cannot name a domain, or two make the same name.
    """
    wrong = {name: why for name, cells in columns.items() if (why := _wrong(name, cells, lines))}
    free = {
        name: f"The column {name} has {len(set(cells))} different values, and at most "
        f"{MOST_VALUES} can be domains. Bin it: add a column such as {name}_bin."
        for name, cells in columns.items()
        if name not in wrong and len(set(cells)) > MOST_VALUES
    }
    domains: list[Domain] = []
    values: list[NDArray[np.bool_]] = []
    for name, cells in columns.items():
        if name not in wrong and name not in free:
            added, ones = _domains(name, np.array(cells), where)
            domains += added
            values += ones
    return LabelColumns(
        domains=tuple(domains),
        values=np.array(values, np.uint8).T,
        usual=tuple(name for name in columns if name not in free),
        unusable={**wrong, **free},
    )


def _domains(
    name: str, cells: NDArray[np.str_], where: str
) -> tuple[list[Domain], list[NDArray[np.bool_]]]:
    """Make a toggle of 0 and 1, and a group of anything else."""
    found = sorted(set(cells.tolist()))
    if set(found) <= _BINARY:
        return [Domain(name=name)], [cells == "1"]
    names = domain_names([f"{name}_{value}" for value in found], where)
    domains = [Domain(name=one, group=name, one_hot=True) for one in names]
    return domains, [cells == value for value in found]


def _wrong(name: str, cells: Sequence[str], lines: Sequence[int]) -> str:
    """Say what has to be put right in a column; "" if it can be used as it is."""
    found = set(cells)
    if "" in found:
        return (
            f"The column {name} is empty in line {lines[list(cells).index('')]}. Fill it in, or "
            "remove the line."
        )
    if _is_odd_binary(found):
        return (
            f"The column {name} has the values {' and '.join(sorted(found))}; expected 0 and 1. "
            "Replace them."
        )
    if len(found) == 1 and not found <= _BINARY:
        return f"The column {name} is {cells[0]!r} in each line, so there is nothing to learn."
    return ""


def _is_odd_binary(found: set[str]) -> bool:
    """Tell whether these are two states, but not written as 0 and 1."""
    if found <= _BINARY or len(found) > len(_SIGNED):
        return False
    if {value.lower() for value in found} <= _WORDS:
        return True
    try:
        return {float(value) for value in found} <= {float(value) for value in _SIGNED}
    except ValueError:
        return False
