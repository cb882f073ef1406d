"""Domains: what a multi-domain generator can be asked for, by name.

A domain is an attribute ("Male") or a class ("happy"). The label beside the image is a
vector of 0 and 1 with an entry for each domain and, if the generator learned from several
data sets with different labels, one more for each set: the mask vector that says whose
labels count (Choi et al. 2018, Sec. 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgegan.errors import UsageError, unknown_name
from edgegan.images import FloatArray

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One entry of the label.

    Attributes:
        name: Such as "Blond_Hair"; unique among the domains of a generator.
        group: Names the exclusive group it belongs to, such as "hair": at most one member
            is 1. None for a toggle, which is 0 or 1 by itself.
        one_hot: Whether exactly one member of the group is always 1, as with classes.
        default: What it is unless asked for otherwise, 0 or 1: the majority in training.
        dataset: Which data set of the training knows it, from 0.
    """

    name: str
    group: str | None = None
    one_hot: bool = False
    default: float = 0.0
    dataset: int = 0


@dataclass(frozen=True, kw_only=True)
class LabelGroup:
    """Entries of the label that are learned together.

    Attributes:
        columns: Where they are.
        one_hot: Whether exactly one of them is 1; otherwise each is 0 or 1.
        dataset: The data set that knows them.
    """

    columns: tuple[int, ...]
    one_hot: bool
    dataset: int


def label_groups(domains: Sequence[Domain]) -> list[LabelGroup]:
    """Gather the entries by data set, and the one-hot ones by group."""
    columns: dict[tuple[int, str | None], list[int]] = {}
    for column, domain in enumerate(domains):
        key = (domain.dataset, domain.group if domain.one_hot else None)
        columns.setdefault(key, []).append(column)
    return [
        LabelGroup(columns=tuple(found), one_hot=group is not None, dataset=dataset)
        for (dataset, group), found in columns.items()
    ]


def label_length(domains: Sequence[Domain]) -> int:
    """Count the entries of the label: the domains, and the mask if there are several sets."""
    sets = _dataset_count(domains)
    return len(domains) + (sets if sets > 1 else 0)


def encode(
    domains: Sequence[Domain],
    wanted: Mapping[str, bool],
    source: Mapping[str, bool] | None = None,
) -> FloatArray:
    """Make the label that asks for `wanted`.

    Args:
        domains: Those of the generator, in order.
        wanted: The domains asked for; switching on a member of an exclusive group
            switches off the others.
        source: What is known of the image; what neither tells is the default.

    Returns:
        float32 `[label_length(domains)]`, of 0 and 1.

    Raises:
        UsageError: a name is unknown, two members of a group are asked for, none of a
            one-hot group is left, or the names belong to different data sets.
    """
    values = {domain.name: bool(domain.default) for domain in domains}
    for changes in (source or {}, wanted):
        _apply(domains, values, changes)
    dataset = _dataset(domains, wanted or source or {})
    _check_one_hot(domains, values, dataset)
    return _vector(domains, values, dataset)


def every_domain(
    domains: Sequence[Domain], source: Mapping[str, bool] | None = None
) -> list[tuple[str, FloatArray]]:
    """List every change that a generator knows: each group's members, each toggle flipped.

    So does the reference (create_labels in solver.py of yunjey/stargan).

    Args:
        domains: Those of the generator.
        source: What is known of the image; else the defaults.

    Returns:
        For each domain what to call it, such as "Blond_Hair" or "Male=0", and its label.
    """
    found = []
    for domain in domains:
        start = {d.name: bool(d.default) for d in domains}
        _apply(domains, start, source or {})
        value = True if domain.group else not start[domain.name]
        title = domain.name if value else f"{domain.name}=0"
        found.append((title, encode(domains, {domain.name: value}, source)))
    return found


def parse_domains(text: str, domains: Sequence[Domain]) -> dict[str, bool]:
    """Read `Blond_Hair=1,Male=0`; a name alone means 1.

    Raises:
        UsageError: a name is unknown, given twice, or its value is neither 0 nor 1.
    """
    found: dict[str, bool] = {}
    for item in text.split(","):
        name, separator, value = (part.strip() for part in item.partition("="))
        known(domains, name)
        if (value if separator else "1") not in ("0", "1"):
            raise UsageError(f"The domain {name} is asked to be {value!r}; it can be 0 or 1.")
        if name in found:
            raise UsageError(f"The domain {name} is given twice.")
        found[name] = value != "0"
    return found


def declare_domains(text: str) -> tuple[Domain, ...]:
    """Read what the entries of a label stand for, in order, such as `hair:Blond,hair:Black,Male`.

    `Male` is a toggle; `hair:Blond` a member of the group hair, of which at most one is 1;
    `class::cat` one of the group class, of which exactly one is 1. `Male=1` sets a default;
    a group of the last kind without one takes its first member. A semicolon begins the
    domains of another data set, whose mask vector then follows.

    Raises:
        UsageError: a name is missing or given twice, or a default is neither 0 nor 1.
    """
    found: list[Domain] = []
    for dataset, part in enumerate(text.split(";")):
        found += [_declared(item.strip(), dataset, text) for item in part.split(",")]
    names = [domain.name for domain in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"The domain {twice} is given twice.")
    defaulted = {(d.dataset, d.group) for d in found if d.default}
    for index, domain in enumerate(found):
        if domain.one_hot and (domain.dataset, domain.group) not in defaulted:
            defaulted.add((domain.dataset, domain.group))
            found[index] = replace(domain, default=1.0)
    return tuple(found)


def _declared(item: str, dataset: int, text: str) -> Domain:
    declared, separator, value = (part.strip() for part in item.partition("="))
    group, colons, name = (part.strip() for part in declared.rpartition(":"))
    one_hot = group.endswith(":")
    group = group.removesuffix(":").strip()
    if not name or (colons and not group):
        raise UsageError(
            f"{text!r} names no domain at {item!r}; expected such as hair:Blond,Male=1."
        )
    if (value if separator else "0") not in ("0", "1"):
        raise UsageError(f"The default of the domain {name} is {value!r}; it can be 0 or 1.")
    return Domain(
        name=name,
        group=group or None,
        one_hot=one_hot,
        default=float(value or 0),
        dataset=dataset,
    )


def known(domains: Sequence[Domain], name: str) -> Domain:
    """Find a domain by name.

    Raises:
        UsageError: it is unknown; the known ones are listed, the nearest is suggested.
    """
    for domain in domains:
        if domain.name == name:
            return domain
    raise unknown_name("domain", name, [domain.name for domain in domains])


def _apply(domains: Sequence[Domain], values: dict[str, bool], changes: Mapping[str, bool]) -> None:
    """Take over `changes`, clearing the other members of each group that is set."""
    taken: dict[str, str] = {}
    for name in (name for name, value in changes.items() if value):
        group = known(domains, name).group
        if group is None:
            continue
        if group in taken:
            raise UsageError(
                f"{taken[group]} and {name} exclude each other (group {group}); choose one."
            )
        taken[group] = name
        values.update({d.name: False for d in domains if d.group == group})
    for name, value in changes.items():
        values[known(domains, name).name] = value


def _dataset(domains: Sequence[Domain], asked: Mapping[str, bool]) -> int:
    """Tell whose labels count: the set that knows all names of `asked`."""
    of_set = {known(domains, name).dataset: name for name in asked}
    if len(of_set) > 1:
        raise UsageError(
            f"{' and '.join(of_set.values())} come from different data sets, of which the "
            "generator follows one at a time. Translate twice."
        )
    return next(iter(of_set), 0)


def _check_one_hot(domains: Sequence[Domain], values: Mapping[str, bool], dataset: int) -> None:
    groups: dict[str, list[str]] = {}
    for domain in domains:
        if domain.one_hot and domain.group and domain.dataset == dataset:
            groups.setdefault(domain.group, []).append(domain.name)
    for names in groups.values():
        if not any(values[name] for name in names):
            raise UsageError(f"One of {', '.join(names)} must be asked for, such as {names[0]}=1.")


def _vector(domains: Sequence[Domain], values: Mapping[str, bool], dataset: int) -> FloatArray:
    label = [float(values[d.name]) if d.dataset == dataset else 0.0 for d in domains]
    sets = _dataset_count(domains)
    mask = [float(index == dataset) for index in range(sets)] if sets > 1 else []
    return np.array(label + mask, np.float32)


def _dataset_count(domains: Sequence[Domain]) -> int:
    return 1 + max((domain.dataset for domain in domains), default=0)
