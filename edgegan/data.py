"""Data specs: one string that names a data set, everywhere.

`emoji` is embedded; `folder:PATH` has the reference's layout trainA, trainB, testA,
testB; a bare PATH is recognised by its layout; `tfds:NAME` is a TensorFlow data set with
these four splits. Where testA and testB hold the same file names, equal names are taken to
show the same thing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Protocol

from edgegan.errors import DataError, ImageError, UsageError, unknown_name
from edgegan.images import SUFFIXES, ImageArray, list_images, load_image, probe_image
from edgegan.optional import needs

UNPAIRED = ("emoji", "folder:PATH", "tfds:NAME")
PARTS = ("trainA", "trainB", "testA", "testB")
# Named, not imported, since it loads TensorFlow.
_OPEN_TFDS = "edgegan.train.tfds_data:open_tfds"


class Images(Protocol):
    """A sequence of images, decoded when asked for."""

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each image."""

    def __len__(self) -> int:
        """Count the images."""

    def __getitem__(self, index: int) -> ImageArray:
        """Decode image `index`: uint8 `[H, W, 3]`; ImageError if it is damaged."""


@dataclass(frozen=True)
class FileImages:
    """Images in files.

    Attributes:
        paths: The files.
        root: The folder that their names are relative to; None: each file's own.
    """

    paths: tuple[Path, ...]
    root: Path | None = None

    @cached_property  # asked for once an image, and a large set has many
    def names(self) -> tuple[str, ...]:
        """The file names."""
        return tuple(path.relative_to(self.root or path.parent).as_posix() for path in self.paths)

    def __len__(self) -> int:
        """Count the files."""
        return len(self.paths)

    def __getitem__(self, index: int) -> ImageArray:
        """Decode one file; one that has vanished is no better than a damaged one."""
        try:
            return load_image(self.paths[index])
        except UsageError as error:
            raise ImageError(str(error)) from error


@dataclass(frozen=True)
class SkippedFile:
    """A file that is not an image; `reason` is a line that names it and says why."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class UnpairedData:
    """Two domains, each with a training and a test part.

    Attributes:
        spec: The string that names it.
        paired_test: Whether test_a[i] and test_b[i] show the same thing, so that a
            translation can be compared with the truth.
        skipped: Files that were passed over.
    """

    spec: str
    train_a: Images
    train_b: Images
    test_a: Images
    test_b: Images
    paired_test: bool = False
    skipped: tuple[SkippedFile, ...] = ()


def open_unpaired(spec: str) -> UnpairedData:
    """Open the unpaired data set that `spec` names.

    Raises:
        UsageError: the spec or its path is unknown.
        DataError: the folder's layout or the set's splits are wrong, a part has no readable
            image, or a set cannot be prepared.
        MissingRequirement: `tfds:` needs a package that is not installed.
    """
    from edgegan.labeled_data import is_labeled

    kind, separator, path = spec.partition(":")
    if is_labeled(spec):
        raise UsageError(
            f"{spec} is a labelled data set, and an unpaired one is expected here: emoji, "
            f"tfds:NAME, or folder:PATH with {', '.join(PARTS)}. To learn from its labels: "
            f"edgegan train stargan --data {quote(spec)}"
        )
    if spec == "emoji":
        from edgegan.emoji import open_emoji

        return open_emoji()
    if kind == "folder" and path:
        return _open_folder(Path(path))
    if not separator and ("/" in spec or Path(spec).exists()):
        return _open_folder(Path(spec))
    if kind == "tfds" and path:
        return _open_tfds(path)
    raise unknown_name("data set", kind, UNPAIRED)


def skipped_summary(skipped: Sequence[SkippedFile], most: int = 5) -> list[str]:
    """Describe the files passed over: a count, then at most `most` of them."""
    if not skipped:
        return []
    lines = [f"Skipped {len(skipped)} file(s) that are not readable images:"]
    lines += [f"  {item.reason}" for item in skipped[:most]]
    if len(skipped) > most:
        lines.append(f"  and {len(skipped) - most} more")
    return lines


def probe_files(paths: Sequence[Path]) -> tuple[list[Path], list[SkippedFile]]:
    """Split `paths` into files whose header is an image's, and the others."""
    good: list[Path] = []
    skipped: list[SkippedFile] = []
    for path in paths:
        try:
            probe_image(path)
            good.append(path)
        except ImageError as error:
            skipped.append(SkippedFile(path, str(error)))
    return good, skipped


def require_folder(root: Path, content: str) -> None:
    """Raise UsageError if `root` is not a folder; `content` is what it should have."""
    if not root.is_dir():
        state = "is not a folder" if root.exists() else "does not exist"
        raise UsageError(f"The data folder {root} {state}. Expected one with {content}.")


def contents(folder: Path, most: int = 8) -> str:
    """List what is in `folder`, folders with a slash: "images/, labels.csv"."""
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "nothing") + more


def _open_tfds(name: str) -> UnpairedData:
    module, _, function = _OPEN_TFDS.partition(":")
    with needs("tfds"):
        opened: Callable[[str], UnpairedData] = getattr(importlib.import_module(module), function)
    return opened(name)


def _open_folder(root: Path) -> UnpairedData:
    require_folder(root, ", ".join(PARTS))
    missing = [part for part in PARTS if not (root / part).is_dir()]
    if missing:
        raise DataError(
            f"{root} has no folder {', '.join(missing)}. Expected the folders "
            f"{', '.join(PARTS)}; found {contents(root)}."
        )
    skipped: list[SkippedFile] = []
    train_a, train_b, test_a, test_b = (_open_part(root / part, skipped) for part in PARTS)
    return UnpairedData(
        spec=f"folder:{root}",
        train_a=train_a,
        train_b=train_b,
        test_a=test_a,
        test_b=test_b,
        paired_test=test_a.names == test_b.names,
        skipped=tuple(skipped),
    )


def _open_part(folder: Path, skipped: list[SkippedFile]) -> FileImages:
    """List the images of one part, and add its bad files to `skipped`."""
    good, bad = probe_files(list_images(folder))
    if not good:
        raise DataError(
            f"{folder} has no readable image. Expected files ending in {', '.join(SUFFIXES)}; "
            f"found {contents(folder)}" + (f". {bad[0].reason}" if bad else ".")
        )
    skipped += bad
    return FileImages(tuple(good))
