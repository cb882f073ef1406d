"""Calibration: the real images that a static quantization measures activations on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast, get_args

import numpy as np

from edgegan.data import FileImages, Images, open_unpaired, probe_files
from edgegan.errors import DataError, ImageError, UsageError, unknown_name
from edgegan.export.quantization import CalibrationMethod, Feeds
from edgegan.images import FloatArray, ImageArray
from edgegan.labeled_data import is_labeled, open_labeled
from edgegan.manifest import IO
from edgegan.plain_images import plain_images
from edgegan.runtime.image_io import to_network


@dataclass(frozen=True, kw_only=True)
class CalibrationRequest:
    """What to calibrate on, as asked for on the command line.

    Attributes:
        spec: A data spec, of which the training part of the source domain is taken, or a
            folder of images.
        count: How many images at most.
        method: How ranges are told from them.
        seed: Of their choice.
    """

    spec: str
    count: int = 200
    method: CalibrationMethod = "min-max"
    seed: int = 0


def calibration_request(
    spec: str | None, count: int, method: str, seed: int
) -> CalibrationRequest | None:
    """Check what was asked for; None if there is no spec.

    Raises:
        UsageError: the count is below 1, or the method is unknown.
    """
    if spec is None:
        return None
    if count < 1:
        raise UsageError(f"--calib-n is {count}; it must be at least 1.")
    if method not in get_args(CalibrationMethod):
        raise unknown_name("calibration method", method, get_args(CalibrationMethod))
    return CalibrationRequest(
        spec=spec, count=count, method=cast(CalibrationMethod, method), seed=seed
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Chosen images.

    Attributes:
        request: What they were chosen by.
        images: uint8 `[H, W, 3]` each, of their own sizes.
        available: How many there were to choose from.
    """

    request: CalibrationRequest
    images: tuple[ImageArray, ...]
    available: int

    def feeds(self, io: IO, labels: Sequence[FloatArray | None], batch: int = 1) -> Feeds:
        """Make network inputs: each image once, the labels in turn.

        Args:
            io: Of the float generator, which tells the size and the channels.
            labels: Those to cover, float32 `[c]`; [None] if the generator takes none.
            batch: Images a call; the last call is filled from the first images.
        """
        calls = -(-len(self.images) // batch)
        order = [i % len(self.images) for i in range(calls * batch)]
        images = [to_network(self.images[i], io)[0] for i in order]
        feeds: list[tuple[FloatArray, ...]] = []
        for start in range(0, len(order), batch):
            stacked = np.stack(images[start : start + batch])
            chosen = [labels[i % len(labels)] for i in range(start, start + batch)]
            asked = [label for label in chosen if label is not None]
            feeds.append((stacked, np.stack(asked)) if asked else (stacked,))
        return feeds

    def record(self) -> dict[str, Any]:
        """Describe the set for a manifest."""
        return {
            "data": self.request.spec,
            "images": len(self.images),
            "available": self.available,
            "method": self.request.method,
            "seed": self.request.seed,
            "sha256": self.sha256,
        }

    @cached_property  # asked for once an artifact
    def sha256(self) -> str:
        """The hash of the images' shapes and pixels, in their order."""
        digest = hashlib.sha256()
        for image in self.images:
            digest.update(f"{image.shape}".encode())
            digest.update(np.ascontiguousarray(image).tobytes())
        return digest.hexdigest()


def calibration_images(request: CalibrationRequest, direction: str) -> Calibration:
    """Choose images at random, without any twice; unreadable ones are passed over.

    Args:
        request: What to choose.
        direction: "A2B" or "B2A", which tells the source domain of an unpaired set. The
            images of a labelled set are of all domains.

    Raises:
        UsageError: the spec is unknown.
        DataError: the set cannot be used, or none of its images can be read.
    """
    source = _training_images(request.spec, direction)
    order = np.random.default_rng(request.seed).permutation(len(source))
    found: list[ImageArray] = []
    for index in order:
        try:
            found.append(source[int(index)])
        except ImageError:
            continue
        if len(found) == request.count:
            break
    if not found:
        raise DataError(f"None of the images of {request.spec} can be read to calibrate on.")
    return Calibration(request=request, images=tuple(found), available=len(source))


def _training_images(spec: str, direction: str) -> Images:
    plain = plain_images(spec)
    if plain:
        return FileImages(tuple(probe_files(plain.paths)[0]))
    if is_labeled(spec):
        (one,) = open_labeled([spec]).sets
        return one.train.images
    data = open_unpaired(spec)
    return data.train_b if direction == "B2A" else data.train_a
