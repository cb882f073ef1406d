"""The images that an artifact and its reference are compared on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from edgegan.data import Images, SkippedFile, open_unpaired
from edgegan.errors import DataError, EdgeganError, ImageError
from edgegan.images import ImageArray, resize
from edgegan.labeled_data import is_labeled, open_labeled
from edgegan.plain_images import plain_images

COUNT = 16
FALLBACK = "emoji"


@dataclass(frozen=True, kw_only=True)
class ParityImages:
    """Images and where they come from.

    Attributes:
        images: uint8 `[H, W, 3]` each, of their own sizes.
        source: Says which they are, for the manifest.
        names: A name for each; without them they are numbered.
        skipped: Files that were passed over, since they are no readable images.
    """

    images: tuple[ImageArray, ...]
    source: str
    names: tuple[str, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()

    def at_size(self, size: tuple[int, int]) -> tuple[ImageArray, ...]:
        """Return the images resized to (H, W)."""
        return tuple(resize(image, size) for image in self.images)

    def name(self, index: int) -> str:
        """Name image `index`."""
        return self.names[index] if self.names else f"image {index + 1}"


def parity_images(
    spec: str | None, direction: str, required: bool = False, count: int = COUNT
) -> ParityImages:
    """Take images for the gate of an export, whose reference is Keras.

    Args:
        spec: As in `open_parity_images`.
        direction: As there.
        required: Whether a `spec` that cannot be opened is an error; otherwise (a run's
            data that has moved since) the emoji take its place, and `source` says so.
        count: How many at most.
    """
    try:
        found = open_parity_images(spec, direction, count)
    except EdgeganError:
        if required:
            raise
        found = open_parity_images(None, direction, count)
    return replace(found, source=f"{found.source}, reference Keras")


def open_parity_images(spec: str | None, direction: str, count: int = COUNT) -> ParityImages:
    """Take the first readable held-out images of the domain that `direction` starts from.

    Args:
        spec: A data spec, a folder of images, or an image; None gives the embedded emoji.
            The images of a labelled data set are of all domains.
        direction: "A2B" or "B2A".
        count: How many at most.

    Raises:
        UsageError: `spec` is unknown.
        DataError: it cannot be used, or has no readable image.
    """
    images, name, skipped = _held_out(spec or FALLBACK, direction)
    found: list[tuple[str, ImageArray]] = []
    damaged: list[SkippedFile] = []
    for index, title in enumerate(images.names):
        try:
            found.append((title, images[index]))
        except ImageError as error:
            damaged.append(SkippedFile(Path(title), str(error)))
        if len(found) == count:
            break
    if not found:
        raise DataError(f"None of the images of {name} can be read to compare on.")
    return ParityImages(
        images=tuple(image for _, image in found),
        source=name,
        names=tuple(title for title, _ in found),
        skipped=(*skipped, *damaged),
    )


def _held_out(spec: str, direction: str) -> tuple[Images, str, tuple[SkippedFile, ...]]:
    plain = plain_images(spec)
    if plain:
        return plain, spec, ()
    if is_labeled(spec):
        (one,) = open_labeled([spec]).sets
        return one.test.images, f"{one.spec} test", one.skipped
    data = open_unpaired(spec)
    test, part = (data.test_b, "testB") if direction == "B2A" else (data.test_a, "testA")
    return test, f"{data.spec} {part}", data.skipped
