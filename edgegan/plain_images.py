"""Images that belong to no data set: one file, or those that lie directly in a folder."""

from __future__ import annotations

from pathlib import Path

from edgegan.csv_labels import is_csv
from edgegan.data import PARTS, FileImages
from edgegan.images import SUFFIXES, list_images


def plain_images(spec: str) -> FileImages | None:
    """Take an image, or the images of a folder; None if `spec` is anything else.

    Images beside trainA, ... or labels.csv belong to a data set, which has parts to train on
    and to hold out. Other folders beside images are no classes.
    """
    path = Path(spec)
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return FileImages((path,))
    if not path.is_dir() or is_csv(path) or any((path / part).exists() for part in PARTS):
        return None
    files = list_images(path)
    return FileImages(tuple(files)) if files else None
