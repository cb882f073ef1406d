"""From the labels that a data set has to those that a generator learns.

Each layout is read into a `LabelTable`; here the domains are chosen from it, the images
probed, and what nobody can learn from is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgegan.data import FileImages, SkippedFile, probe_files
from edgegan.domains import ALL, Domain
from edgegan.errors import DataError, UsageError
from edgegan.held_out import Mask
from edgegan.labeled_data import LabeledImages, LabeledSet, Labels

# Larger sets are not probed: 200,000 headers take minutes on a slow disk, and training
# passes over a damaged image as well.
_MOST_PROBED = 20_000
_RARE = 0.02  # of the training images


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelTable:
    """What a data set says of its images.

    Attributes:
        spec: The string that names it.
        root: The folder that the names of its images are relative to.
        paths: The files, N of them.
        domains: All its domains, c of them, without their defaults.
        values: uint8 `[N, c]` of 0 and 1.
        test: bool `[N]`: which images are held out.
        usual: The names that are used unless others are asked for.
        unusable: By name, why an attribute cannot be used.
        warnings: What reading it has found.
    """

    spec: str
    root: Path
    paths: tuple[Path, ...]
    domains: tuple[Domain, ...]
    values: NDArray[np.uint8]
    test: Mask
    usual: tuple[str, ...]
    unusable: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What can be asked for: domains, and groups, which stand for all their members."""
        groups = (domain.group for domain in self.domains if domain.group)
        return tuple(
            dict.fromkeys([*(domain.name for domain in self.domains), *groups, *self.unusable])
        )


def domain_names(texts: Iterable[str], where: str) -> tuple[str, ...]:
    """Make of `texts` names that `--domain NAME=1` can carry: letters, digits, _ . + -.

    Args:
        texts: Such as the names of classes.
        where: What to call their place in errors.

    Raises:
        DataError: nothing is left of one, it is "all", which means every domain, or two
            become the same.
    """
    found: dict[str, str] = {}
    for text in texts:
        name = re.sub(r"[^\w.+-]+", "_", text.strip())
        if not name.strip("_") or name == ALL:
            raise DataError(f"{where}: {text!r} cannot name a domain. Rename it.")
        if name in found:
            raise DataError(f"{where}: {found[name]!r} and {text!r} have the same name {name}.")
        found[name] = text
    return tuple(found)


def choose(table: LabelTable, attributes: Sequence[str]) -> LabelTable:
    """Keep the domains that `attributes` name, in that order.

    If only some members of a one-hot group are kept, so are only their images.

    Args:
        table: All that the data set has.
        attributes: Names of its domains or groups; empty: the usual ones.

    Raises:
        DataError: an attribute is unusable, one member of a one-hot group is left, or no
            attribute at all.
    """
    wanted = attributes or table.usual
    for name in wanted:
        if name in table.unusable:
            raise DataError(f"{table.spec}: {table.unusable[name]}")
    columns = list(
        dict.fromkeys(
            index
            for name in wanted
            for index, domain in enumerate(table.domains)
            if name in (domain.name, domain.group)
        )
    )
    if not columns:
        raise DataError(
            f"{table.spec} has none of its usual attributes. Choose from its own: "
            f"{', '.join(table.names)}."
        )
    domains, values = [table.domains[index] for index in columns], table.values[:, columns]
    rows = _rows_of_members(domains, values)
    return replace(
        table,
        paths=tuple(path for path, row in zip(table.paths, rows, strict=True) if row),
        domains=_without_lone_groups(domains),
        values=values[rows],
        test=table.test[rows],
    )


def labeled_set(table: LabelTable) -> LabeledSet:
    """Probe the images and check that there is something to learn.

    Raises:
        DataError: a part has no readable image, or a domain has none or all of the
            training images.
    """
    rows = np.ones(len(table.paths), np.bool_)
    skipped: list[SkippedFile] = []
    if len(table.paths) <= _MOST_PROBED:
        _, skipped = probe_files(table.paths)
        bad = {item.path for item in skipped}
        rows = np.array([path not in bad for path in table.paths], np.bool_)
    train, test = (_part(table, rows & held) for held in (~table.test, table.test))
    for part, images in (("training", train), ("test", test)):
        if not len(images.images):
            raise DataError(
                f"{table.spec} has no readable {part} image"
                + (f". {skipped[0].reason}" if skipped else "; it needs at least one.")
            )
    _require_two_sides(table, train.labels)
    return LabeledSet(
        spec=table.spec,
        domains=_with_defaults(table.domains, train.labels),
        train=train,
        test=test,
        skipped=tuple(skipped),
        warnings=(*table.warnings, *_imbalance(table.domains, train.labels)),
    )


def _rows_of_members(domains: Sequence[Domain], values: NDArray[np.uint8]) -> Mask:
    """Find the images that have a member of each one-hot group."""
    rows = np.ones(len(values), np.bool_)
    for group in {domain.group: None for domain in domains if domain.one_hot}:
        members = [index for index, domain in enumerate(domains) if domain.group == group]
        if len(members) < 2:
            raise UsageError(
                f"{domains[members[0]].name} is the only {group} asked for. Ask for at least 2, "
                f"or for all by the name {group}."
            )
        rows &= values[:, members].any(axis=1)
    return rows


def _without_lone_groups(domains: Sequence[Domain]) -> tuple[Domain, ...]:
    """Make the only member of an exclusive group a toggle: there is nothing to exclude."""
    groups = [domain.group for domain in domains]
    return tuple(
        domain if groups.count(domain.group) > 1 else replace(domain, group=None)
        for domain in domains
    )


def _part(table: LabelTable, rows: Mask) -> LabeledImages:
    paths = tuple(path for path, row in zip(table.paths, rows, strict=True) if row)
    return LabeledImages(
        images=FileImages(paths, root=table.root), labels=table.values[rows].astype(np.float32)
    )


def _require_two_sides(table: LabelTable, labels: Labels) -> None:
    for domain, count in zip(table.domains, labels.sum(axis=0).astype(int), strict=True):
        if count in (0, len(labels)):
            which = "No training image" if count == 0 else f"Each of the {count} training images"
            raise DataError(
                f"{which} of {table.spec} has {domain.name}, so there is nothing to learn. "
                "Add images, or choose other attributes."
            )


def _with_defaults(domains: Sequence[Domain], labels: Labels) -> tuple[Domain, ...]:
    """Set each default to what most training images have."""
    share = labels.mean(axis=0)
    on = {index for index, domain in enumerate(domains) if not domain.group and share[index] > 0.5}
    for group in {domain.group: None for domain in domains if domain.group}:
        members = [index for index, domain in enumerate(domains) if domain.group == group]
        best = max(members, key=lambda index: share[index])
        having_none = 1.0 - labels[:, members].any(axis=1).mean()
        if share[best] >= having_none:  # of a one-hot group nobody has none
            on.add(best)
    return tuple(
        replace(domain, default=float(index in on)) for index, domain in enumerate(domains)
    )


def _imbalance(domains: Sequence[Domain], labels: Labels) -> list[str]:
    lines = []
    total = len(labels)
    for domain, count in zip(domains, labels.sum(axis=0).astype(int), strict=True):
        rest = total - count
        if min(count, rest) < _RARE * total:
            have = (
                f"{count} of {total} training images have"
                if count < rest
                else (f"{rest} of {total} training images do not have")
            )
            lines.append(
                f"Extreme imbalance: only {have} {domain.name} ({min(count, rest) / total:.1%}); "
                "it will hardly be learned."
            )
    return lines
