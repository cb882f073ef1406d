"""Labelled data sets: images with the domains that each belongs to.

`emoji-styles` is embedded; `celeba:PATH` has the official layout; `classes:PATH` has one
folder a class, as RaFD; `csv:PATH` has a labels.csv. Several sets, each with labels of its
own, can be opened together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgegan.data import PARTS, Images, SkippedFile
from edgegan.domains import Domain
from edgegan.errors import DataError, UsageError, unknown_name

if TYPE_CHECKING:
    from edgegan.label_table import LabelTable

LABELED = ("emoji-styles", "celeba:PATH", "classes:PATH", "csv:PATH")
_PATH_KINDS = ("celeba", "classes", "csv")

Labels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabeledImages:
    """Images and their labels.

    Attributes:
        images: The images, decoded when asked for.
        labels: float32 `[N, c]` of 0 and 1: a row for each image, a column for each
            domain of its set.
    """

    images: Images
    labels: Labels


@dataclass(frozen=True, kw_only=True, eq=False)
class LabeledSet:
    """One data set, in a training and a test part that share no image and no person.

    Attributes:
        spec: The string that names it.
        domains: The meaning of the columns; `default` is the majority in `train`.
        train: What to learn from.
        test: What is held out.
        skipped: Files that were passed over.
        warnings: What is unusual enough to be told, such as extreme imbalance.
    """

    spec: str
    domains: tuple[Domain, ...]
    train: LabeledImages
    test: LabeledImages
    skipped: tuple[SkippedFile, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class LabeledData:
    """One or more data sets to learn from together."""

    sets: tuple[LabeledSet, ...]

    @property
    def domains(self) -> tuple[Domain, ...]:
        """The domains of all sets, one after the other."""
        return tuple(
            replace(domain, dataset=index)
            for index, one in enumerate(self.sets)
            for domain in one.domains
        )


def open_labeled(specs: Sequence[str], attributes: Sequence[str] = ()) -> LabeledData:
    """Open labelled data sets.

    Args:
        specs: Their specs.
        attributes: The domains to use. A set uses those of them that it has; one that has
            none of them uses its default. Empty: every set uses its default. The name of a
            group, such as a column of labels.csv, stands for all its members.

    Raises:
        UsageError: a spec, its path or an attribute is unknown.
        DataError: a layout is wrong, labels are malformed, there is nothing to learn, or
            two sets have a domain of the same name.
    """
    if not specs:
        raise UsageError(f"No data set is given. Expected one of {', '.join(LABELED)}.")
    sources = [_source(spec) for spec in specs]
    known = {name for source in sources for name in source.names}
    for name in attributes:
        if name not in known:
            raise unknown_name("attribute", name, known)
    sets = [
        source.open([name for name in attributes if name in source.names]) for source in sources
    ]
    _require_unique_names(sets)
    return LabeledData(sets=_with_unique_groups(sets))


def is_labeled(spec: str) -> bool:
    """Tell whether `spec` names a labelled data set; a bare PATH by its layout."""
    return _layout(spec) is not None


@dataclass(frozen=True)
class _Source:
    """A data set: the attributes that it has, and how to open it with some of them."""

    names: Sequence[str]
    open: Callable[[Sequence[str]], LabeledSet]


def _source(spec: str) -> _Source:
    kind, path = _layout(spec) or _expected_layout(spec)
    if kind == "emoji-styles":
        from edgegan.emoji_styles import open_emoji_styles

        styles = open_emoji_styles()
        return _Source([domain.name for domain in styles.domains], partial(_all_styles, styles))
    from edgegan.label_table import choose, labeled_set

    table = _reader(kind)(path)
    return _Source(table.names, lambda attributes: labeled_set(choose(table, attributes)))


def _all_styles(styles: LabeledSet, attributes: Sequence[str]) -> LabeledSet:
    missing = [domain.name for domain in styles.domains if domain.name not in attributes]
    if attributes and missing:
        raise UsageError(f"{styles.spec} is used with all its styles: add {', '.join(missing)}.")
    return styles


def _reader(kind: str) -> Callable[[Path], LabelTable]:
    from edgegan.celeba import read_celeba
    from edgegan.class_folders import read_classes
    from edgegan.csv_labels import read_csv

    return {"celeba": read_celeba, "classes": read_classes, "csv": read_csv}[kind]


def _layout(spec: str) -> tuple[str, Path] | None:
    """Tell the kind and the path of a labelled data set; None if it is none.

    A bare PATH one level above or below CelebA counts as such: its reader says so.
    """
    from edgegan.celeba import celeba_near, is_celeba
    from edgegan.class_folders import has_class_folders
    from edgegan.csv_labels import is_csv

    kind, separator, path = spec.partition(":")
    if spec == "emoji-styles" or (path and kind in _PATH_KINDS):
        return kind, Path(path)
    root = Path(spec)
    if root.is_file():
        return ("csv", root) if is_csv(root) else None
    if separator or not root.is_dir() or any((root / part).is_dir() for part in PARTS):
        return None
    for kind, fits in (("celeba", is_celeba), ("csv", is_csv), ("classes", has_class_folders)):
        if fits(root):
            return kind, root
    return ("celeba", root) if celeba_near(root) else None


def _expected_layout(spec: str) -> tuple[str, Path]:
    """Choose the layout whose reader will say what is wrong with a spec that has none."""
    kind, separator, _ = spec.partition(":")
    root = Path(spec)
    if kind in ("emoji", "folder", "tfds") or any((root / part).is_dir() for part in PARTS):
        raise UsageError(
            f"{spec} has two domains without labels, and labels are expected here: one of "
            f"{', '.join(LABELED)}. To learn from it: edgegan train cyclegan --data {quote(spec)}"
        )
    if not separator and ("/" in spec or root.exists()):
        return "classes", root
    raise unknown_name("data set", kind, LABELED)


def _require_unique_names(sets: Sequence[LabeledSet]) -> None:
    owner: dict[str, str] = {}
    for one in sets:
        for name in (domain.name for domain in one.domains):
            if name in owner:
                raise DataError(
                    f"Both {owner[name]} and {one.spec} have a domain {name}. Choose attributes "
                    "that only one of them has, or rename it in one."
                )
            owner[name] = one.spec


def _with_unique_groups(sets: Sequence[LabeledSet]) -> tuple[LabeledSet, ...]:
    """Rename a group that an earlier set has too: "class", then "class-2"."""
    taken: set[str] = set()
    renamed = []
    for one in sets:
        new = {}
        for group in {domain.group: None for domain in one.domains if domain.group}:
            names = (group, *(f"{group}-{number}" for number in range(2, len(sets) + 1)))
            new[group] = next(name for name in names if name not in taken)
        taken |= set(new.values())
        domains = (replace(d, group=new[d.group] if d.group else None) for d in one.domains)
        renamed.append(replace(one, domains=tuple(domains)))
    return tuple(renamed)
