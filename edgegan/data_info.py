"""What an unpaired data set holds, and what will trouble training on it."""

from __future__ import annotations

from dataclasses import dataclass

from edgegan.console import Report, silent
from edgegan.data import PARTS, SkippedFile, UnpairedData
from edgegan.image_survey import Pair, PartInfo, look_at_all, shared_pixels, small_warning


@dataclass(frozen=True, kw_only=True, eq=False)
class DataInfo:
    """A whole data set. Images are called by part and name, such as "trainA/1.png".

    Attributes:
        spec: The string that names it.
        paired_test: Whether testA and testB show the same things, in the same order.
        parts: trainA, trainB, testA and testB.
        unreadable: Images that cannot be decoded, and why.
        train_test_a: For each image of testA whose pixels trainA has too: the image of
            trainA, and that of testA.
        train_test_b: The same of domain B.
        a_b: The same of all images of A, and of B.
    """

    spec: str
    paired_test: bool
    parts: tuple[PartInfo, ...]
    unreadable: tuple[SkippedFile, ...]
    train_test_a: tuple[Pair, ...]
    train_test_b: tuple[Pair, ...]
    a_b: tuple[Pair, ...]


def survey(data: UnpairedData, report: Report = silent) -> DataInfo:
    """Decode every image of `data` and describe what is there."""
    images = (data.train_a, data.train_b, data.test_a, data.test_b)
    found = look_at_all(dict(zip(PARTS, images, strict=True)), data.skipped, report=report)
    train_a, train_b, test_a, test_b = (found.seen[part] for part in PARTS)
    return DataInfo(
        spec=data.spec,
        paired_test=data.paired_test,
        parts=found.parts,
        unreadable=found.unreadable,
        train_test_a=shared_pixels(train_a, test_a),
        train_test_b=shared_pixels(train_b, test_b),
        a_b=shared_pixels([*train_a, *test_a], [*train_b, *test_b]),
    )


def warnings(info: DataInfo) -> list[str]:
    """Say in words what will trouble training, or falsify measurements."""
    lines = [
        f"{part.name} has {part.images} readable image(s): at least 2 are needed, and "
        "hundreds are better."
        for part in info.parts
        if part.images < 2
    ]
    if info.unreadable:
        lines.append(f"{len(info.unreadable)} image(s) cannot be read; they will be passed over.")
    for domain, pairs in (("A", info.train_test_a), ("B", info.train_test_b)):
        if pairs:
            lines.append(
                f"{len(pairs)} image(s) of test{domain} are in train{domain} too, pixel for "
                "pixel: figures on the test set will flatter. Remove them from one of the two."
            )
    if info.a_b:
        lines.append(
            f"{len(info.a_b)} image(s) of B are in A too, pixel for pixel: the domains should "
            "differ. Was a folder copied?"
        )
    return lines + small_warning(info.parts)
