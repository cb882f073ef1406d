"""The images that an artifact and its reference are compared on."""

from __future__ import annotations

from dataclasses import dataclass

from edgegan.data import Images, open_unpaired
from edgegan.errors import DataError, EdgeganError, ImageError
from edgegan.images import ImageArray, resize
from edgegan.labeled_data import is_labeled, open_labeled

COUNT = 16
FALLBACK = "emoji"


@dataclass(frozen=True, kw_only=True)
class ParityImages:
    """Images and where they come from.

    Attributes:
        images: uint8 `[H, W, 3]` each, of their own sizes.
        source: Says which they are, for the manifest.
    """

    images: tuple[ImageArray, ...]
    source: str

    def at_size(self, size: tuple[int, int]) -> tuple[ImageArray, ...]:
        """Return the images resized to (H, W)."""
        return tuple(resize(image, size) for image in self.images)


def parity_images(spec: str | None, direction: str, required: bool = False) -> ParityImages:
    """Take the first readable held-out images of the domain that `direction` starts from.

    Args:
        spec: A data spec; None gives the embedded emoji. The images of a labelled data set
            are of all domains.
        direction: "A2B" or "B2A".
        required: Whether a `spec` that cannot be opened is an error; otherwise (a run's
            data that has moved since) the emoji take its place, and `source` says so.
    """
    try:
        test, name = _held_out(spec or FALLBACK, direction)
    except EdgeganError:
        if required:
            raise
        test, name = _held_out(FALLBACK, direction)
    return ParityImages(images=_first(test), source=f"{name}, reference Keras")


def _held_out(spec: str, direction: str) -> tuple[Images, str]:
    if is_labeled(spec):
        (one,) = open_labeled([spec]).sets
        return one.test.images, f"{one.spec} test"
    data = open_unpaired(spec)
    test, part = (data.test_b, "testB") if direction == "B2A" else (data.test_a, "testA")
    return test, f"{data.spec} {part}"


def _first(images: Images) -> tuple[ImageArray, ...]:
    found: list[ImageArray] = []
    for index in range(len(images)):
        try:
            found.append(images[index])
        except ImageError:
            continue
        if len(found) == COUNT:
            break
    if not found:
        raise DataError("None of the parity images can be read.")
    return tuple(found)
