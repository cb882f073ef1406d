"""What a generator is evaluated on: held-out images, and what they are compared with.

An unpaired set gives one direction, a labelled one a direction for each domain: all
held-out images without it, to be translated to it. Everything is resized to the network's
size first, bicubic and antialiased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgegan.contact_sheet import spread
from edgegan.data import Images, UnpairedData, open_unpaired
from edgegan.domains import Domain, encode
from edgegan.errors import DataError, ImageError, UsageError, unknown_name
from edgegan.images import FloatArray, ImageArray, center_crop, resize
from edgegan.labeled_data import LabeledSet, is_labeled, open_labeled

FEWEST = 10  # images of each side; below, intervals mean nothing
MOST_TRAINING = 10_000
EMOJI_STYLES = "emoji-styles"
REFERENCES = ("training", "all")  # images of the target: without, or with the held-out ones

Rows = NDArray[np.int64]
Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Direction:
    """One thing that a generator is asked for. Images are uint8 `[N, H, W, 3]`.

    Attributes:
        name: "A2B", or "to fluent".
        sources: Held-out images to translate.
        targets: Held-out images of the target domain.
        training: Images that the target's domain was learned from, among others.
        reference: The rows of `training` that are of the target domain.
        truths: What the sources are to become, if that is known.
        labels: float32 `[N, c]`, what is asked for; None without labels.
        back: float32 `[N, c]`, what the sources are.
        own: float32 `[M, c]`, what the targets are.
        classes: Of `training`, float32 `[T, k]` of 0 and 1: the target's domain, with those
            of its group if each image has one of them; None without labels.
        wanted: Column of `classes`, the target's.
    """

    name: str
    sources: ImageArray
    targets: ImageArray
    training: ImageArray
    reference: Rows
    truths: ImageArray | None = None
    labels: FloatArray | None = None
    back: FloatArray | None = None
    own: FloatArray | None = None
    classes: FloatArray | None = None
    wanted: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationData:
    """What generators are evaluated on.

    Attributes:
        spec: The data set.
        directions: What they are asked for.
        resize: How images were resized, in words.
        skipped: Those that could not be read, and why.
        reference: What FID and KID compare with, of `REFERENCES`.
    """

    spec: str
    directions: tuple[Direction, ...]
    resize: str
    skipped: tuple[str, ...] = ()
    reference: str = "training"


def open_evaluation(
    spec: str,
    size: Size,
    direction: str,
    domains: Sequence[Domain],
    limit: int | None = None,
    reference: str = "training",
) -> EvaluationData:
    """Open the images to evaluate a generator on.

    Args:
        spec: The data set.
        size: (H, W) of the network.
        direction: Of a generator without domains: "A2B" or "B2A".
        domains: Those that the generator can be asked for; empty if none.
        limit: Use at most so many images to translate, evenly spread.
        reference: What FID and KID compare with, of `REFERENCES`.

    Raises:
        UsageError: the generator has domains and the data no labels, or the other way round;
            or the reference is unknown.
        DataError: there are too few images.
    """
    if reference not in REFERENCES:
        raise unknown_name("reference", reference, REFERENCES)
    reader = _Reader(size, limit, square=bool(domains))
    if domains and not is_labeled(spec):
        raise UsageError(
            f"The generator has the domains {', '.join(d.name for d in domains)}, and {spec} has "
            "no labels. Evaluate it on labelled data: emoji-styles, celeba:PATH, classes:PATH or "
            "csv:PATH."
        )
    if domains:
        found = _labeled(_opened(spec, domains), domains, reader)
    else:
        found = (_unpaired(open_unpaired(spec), direction, reader),)
    return EvaluationData(
        spec=spec,
        directions=found,
        resize=reader.resize,
        skipped=tuple(reader.skipped),
        reference=reference,
    )


def both_directions(data: UnpairedData, size: Size, limit: int) -> tuple[Direction, ...]:
    """Return A2B and B2A of an unpaired set that is open; see `open_evaluation`."""
    return tuple(
        _unpaired(data, name, _Reader(size, limit, square=False)) for name in ("A2B", "B2A")
    )


def domain_directions(
    known: LabeledSet, domains: Sequence[Domain], size: Size, limit: int
) -> tuple[Direction, ...]:
    """Return a direction for each domain of a labelled set; see `open_evaluation`."""
    return _labeled(known, domains, _Reader(size, limit, square=True))


class _Reader:
    """Reads images at one size, and remembers those that cannot be read."""

    def __init__(self, size: Size, limit: int | None, square: bool) -> None:
        self.size, self.limit, self.square = size, limit, square
        self.skipped: list[str] = []

    @property
    def resize(self) -> str:
        """How images come to their size, in words."""
        before = "central square, then " if self.square else ""
        return f"{before}Pillow bicubic, antialiased, to {self.size[0]}x{self.size[1]}"

    def read(self, images: Images, rows: Sequence[int]) -> tuple[list[int], ImageArray]:
        """Return the rows that can be read, and their images."""
        good, found = [], []
        for row in rows:
            try:
                image = images[row]
            except ImageError as error:
                self.skipped.append(str(error))
            else:
                good.append(row)
                found.append(resize(center_crop(image) if self.square else image, self.size))
        return good, np.stack(found) if found else np.empty((0, *self.size, 3), np.uint8)

    def limited(self, rows: Sequence[int]) -> list[int]:
        """Choose at most `limit` rows."""
        return [rows[i] for i in spread(len(rows), self.limit or len(rows))]


def _unpaired(data: UnpairedData, direction: str, reader: _Reader) -> Direction:
    a2b = direction != "B2A"
    test = (data.test_a, data.test_b) if a2b else (data.test_b, data.test_a)
    train = data.train_b if a2b else data.train_a
    rows, sources = reader.read(test[0], reader.limited(range(len(test[0]))))
    if data.paired_test:
        both, truths = reader.read(test[1], rows)
        sources = sources[[rows.index(row) for row in both]]
        targets = truths
    else:
        truths = None
        _, targets = reader.read(test[1], range(len(test[1])))
    _, training = reader.read(train, spread(len(train), MOST_TRAINING))
    parts = ("testA", "testB", "trainB") if a2b else ("testB", "testA", "trainA")
    for part, images in zip(parts, (sources, targets, training), strict=True):
        _check_count(f"{part} of {data.spec}", len(images))
    return Direction(
        name="A2B" if a2b else "B2A",
        sources=sources,
        targets=targets,
        training=training,
        reference=np.arange(len(training)),
        truths=truths,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Labeled:
    """A labelled set, beside the generator's domains.

    Attributes:
        known: The set.
        domains: The generator's.
        columns: Where the set's labels tell those that both have.
        training: The training images.
        classes: Their labels.
    """

    known: LabeledSet
    domains: Sequence[Domain]
    columns: dict[str, int]
    training: ImageArray
    classes: FloatArray

    def labels(self, rows: Sequence[int], wanted: dict[str, bool]) -> FloatArray:
        """Make the generator's labels that leave test images as they are, but for `wanted`."""
        test = self.known.test.labels
        own = (
            {name: bool(test[row, column]) for name, column in self.columns.items()} for row in rows
        )
        return np.stack([encode(self.domains, wanted, one) for one in own])


def _opened(spec: str, domains: Sequence[Domain]) -> LabeledSet:
    names = [domain.name for domain in domains]
    (known,) = open_labeled([spec]).sets
    if not set(names) <= {domain.name for domain in known.domains}:
        (known,) = open_labeled([spec], names).sets  # its default attributes are others
    return known


def _labeled(
    known: LabeledSet, domains: Sequence[Domain], reader: _Reader
) -> tuple[Direction, ...]:
    names = [domain.name for domain in domains]
    rows, training = reader.read(known.train.images, spread(len(known.train.images), MOST_TRAINING))
    labeled = _Labeled(
        known=known,
        domains=domains,
        columns={d.name: column for column, d in enumerate(known.domains) if d.name in names},
        training=training,
        classes=known.train.labels[rows],
    )
    return tuple(_to_domain(labeled, name, reader) for name in labeled.columns)


def _to_domain(labeled: _Labeled, name: str, reader: _Reader) -> Direction:
    known, column = labeled.known, labeled.columns[name]
    test, target = known.test, known.domains[column]
    has = test.labels[:, column] == 1
    without = np.flatnonzero(~has).tolist()
    if known.spec == EMOJI_STYLES:  # each emoji once, drawn in the other styles in turn
        others = len(known.domains) - 1
        without = [without[others * e + e % others] for e in range(len(without) // others)]
    rows, sources = reader.read(test.images, reader.limited(without))
    of, targets = reader.read(test.images, np.flatnonzero(has).tolist())
    reference = np.flatnonzero(labeled.classes[:, column] == 1)
    for what, count in (("test", len(rows)), ("test", len(of)), ("training", len(reference))):
        _check_count(f"{known.spec}, {what} images with or without {name},", count)
    same_group = [i for i, d in enumerate(known.domains) if d.group == target.group]
    members = same_group if target.one_hot else [column]
    return Direction(
        name=f"to {name}",
        sources=sources,
        targets=targets,
        training=labeled.training,
        reference=reference,
        truths=_drawn(known, column, rows, reader) if known.spec == EMOJI_STYLES else None,
        labels=labeled.labels(rows, {name: True}),
        back=labeled.labels(rows, {}),
        own=labeled.labels(of, {}),
        classes=labeled.classes[:, members],
        wanted=members.index(column),
    )


def _drawn(known: LabeledSet, column: int, rows: Sequence[int], reader: _Reader) -> ImageArray:
    """Read the same emoji in the style of `column`; the drawings of one follow each other."""
    count = len(known.domains)
    return reader.read(known.test.images, [row // count * count + column for row in rows])[1]


def _check_count(what: str, count: int) -> None:
    if count < FEWEST:
        raise DataError(
            f"{what} has {count} readable images; an evaluation needs at least {FEWEST} of each "
            "domain, better hundreds: add images, or choose another data set."
        )
