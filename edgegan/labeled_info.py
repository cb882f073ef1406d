"""What a labelled data set holds: its domains and images, and what will trouble training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from edgegan.console import Report, silent
from edgegan.contact_sheet import spread
from edgegan.data import SkippedFile
from edgegan.domains import Domain
from edgegan.image_survey import Pair, PartInfo, look_at_all, shared_pixels, small_warning
from edgegan.images import ImageArray
from edgegan.labeled_data import LabeledSet


@dataclass(frozen=True, kw_only=True, eq=False)
class DomainInfo:
    """One domain.

    Attributes:
        domain: Its name, group and default.
        train: How many training images have it.
        test: How many test images have it.
        thumbnails: Up to 12 training images that have it: uint8 `[96, 96, 3]`.
    """

    domain: Domain
    train: int
    test: int
    thumbnails: tuple[ImageArray, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabeledInfo:
    """A whole data set. Images are called by part and name, such as "train/1.png".

    Attributes:
        spec: The string that names it.
        parts: train and test.
        domains: Each of its domains.
        unreadable: Images that cannot be read, and why.
        train_test: For each test image whose pixels a training image has too: the
            training image, and the test image.
        warnings: What will trouble training, or falsify measurements.
        train_images: How many have labels, damaged ones included; the next is the same.
    """

    spec: str
    parts: tuple[PartInfo, ...]
    domains: tuple[DomainInfo, ...]
    unreadable: tuple[SkippedFile, ...]
    train_test: tuple[Pair, ...]
    warnings: tuple[str, ...]
    train_images: int
    test_images: int


def survey_labeled(data: LabeledSet, report: Report = silent) -> LabeledInfo:
    """Decode every image of `data` and describe what is there."""
    shown = [_shown(data, column) for column in range(len(data.domains))]
    found = look_at_all(
        {"train": data.train.images, "test": data.test.images},
        data.skipped,
        {"train": frozenset().union(*shown), "test": ()},
        report,
    )
    thumbnails = {image.index: image.thumbnail for image in found.seen["train"]}
    train_test = shared_pixels(found.seen["train"], found.seen["test"])
    return LabeledInfo(
        spec=data.spec,
        parts=found.parts,
        domains=tuple(
            DomainInfo(
                domain=domain,
                train=int(data.train.labels[:, column].sum()),
                test=int(data.test.labels[:, column].sum()),
                thumbnails=_chosen(thumbnails, shown[column]),
            )
            for column, domain in enumerate(data.domains)
        ),
        unreadable=found.unreadable,
        train_test=train_test,
        warnings=(
            *data.warnings,
            *_warnings(len(found.unreadable), len(train_test)),
            *small_warning(found.parts),
        ),
        train_images=len(data.train.images),
        test_images=len(data.test.images),
    )


def _shown(data: LabeledSet, column: int) -> frozenset[int]:
    """Choose up to 12 training images that have a domain, evenly spread."""
    having = np.flatnonzero(data.train.labels[:, column])
    return frozenset(int(having[index]) for index in spread(len(having)))


def _chosen(
    thumbnails: Mapping[int, ImageArray | None], indices: Collection[int]
) -> tuple[ImageArray, ...]:
    found = (thumbnails.get(index) for index in sorted(indices))  # None: unreadable
    return tuple(one for one in found if one is not None)


def _warnings(unreadable: int, repeated: int) -> list[str]:
    lines = []
    if unreadable:
        lines.append(f"{unreadable} image(s) cannot be read; they will be passed over.")
    if repeated:
        lines.append(
            f"{repeated} image(s) of the test part are in training too, pixel for pixel: figures "
            "on the test set will flatter. Remove them from one of the two."
        )
    return lines
