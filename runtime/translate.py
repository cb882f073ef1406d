"""Translate image files: one, or a folder with all that lies in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.console import Report, silent
from edgegan.data import SkippedFile
from edgegan.errors import DataError, ImageError, UsageError
from edgegan.images import SUFFIXES, ImageArray, load_image, save_image


@dataclass(frozen=True, kw_only=True)
class Job:
    """A source image, and the file its translation goes to."""

    source: Path
    destination: Path


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The files written, and the sources that could not be translated."""

    written: tuple[Path, ...]
    skipped: tuple[SkippedFile, ...]


def plan(source: Path, destination: Path) -> list[Job]:
    """Decide what is read and where it is written, before any work.

    Args:
        source: An image, or a folder; its sub-folders belong to it.
        destination: For one image, a file ending in an image suffix, or else a folder.
            For a folder, a folder: names and sub-folders are kept, files become PNG
            (a.jpg -> a.png; a.jpg.png where that would not be unique).

    Raises:
        UsageError: `source` does not exist, a destination is no image file, or a source
            would be overwritten.
        DataError: the folder has no images.
    """
    if source.is_dir():
        jobs = _folder_jobs(source, destination)
    elif source.exists():
        jobs = [Job(source=source, destination=_file_destination(source, destination))]
    else:
        raise UsageError(f"The source {source} does not exist.")
    _refuse_overwriting(jobs)
    return jobs


def translate(
    engine: Callable[[ImageArray], ImageArray], jobs: Sequence[Job], report: Report = silent
) -> Translation:
    """Translate each job's image; the results have the size that `engine` gives them.

    Sources that are no readable image, or whose translation is none, are skipped.

    Args:
        engine: What translates: an engine, or any function of uint8 `[H, W, 3]` to the same.
        jobs: What is read, and where it goes.
        report: Told of each.

    Raises:
        EdgeganError: a result cannot be written.
    """
    written: list[Path] = []
    skipped: list[SkippedFile] = []
    for done, job in enumerate(jobs, start=1):
        try:
            image = engine(load_image(job.source))
        except ImageError as error:
            skipped.append(SkippedFile(job.source, str(error)))
        else:
            save_image(job.destination, image)
            written.append(job.destination)
        report(done, job.source.name)
    return Translation(written=tuple(written), skipped=tuple(skipped))


def _file_destination(source: Path, destination: Path) -> Path:
    if destination.is_dir() or not destination.suffix:
        return destination / f"{source.stem}.png"
    if destination.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise UsageError(f"Cannot save an image as {destination.name}; use one of {known}.")
    return destination


def _folder_jobs(source: Path, destination: Path) -> list[Job]:
    if destination.exists() and not destination.is_dir():
        raise UsageError(f"{source} is a folder, so -o must be one too; {destination} is a file.")
    images = _images_below(source, without=destination)
    if not images:
        raise DataError(f"{source} has no images; expected files ending in {', '.join(SUFFIXES)}.")
    names = [path.relative_to(source) for path in images]
    plain = [name.with_suffix(".png") for name in names]
    if len(set(plain)) < len(names):  # a.jpg and a.webp: keep the suffixes apart
        plain = [name.with_name(f"{name.name}.png") for name in names]
    return [
        Job(source=path, destination=destination / name)
        for path, name in zip(images, plain, strict=True)
    ]


def _images_below(folder: Path, without: Path) -> list[Path]:
    """List all images in `folder`; results of an earlier run, in `without`, are none."""
    results = without.resolve()
    nested = folder.resolve() in results.parents
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and path.is_file()
        and not (nested and results in path.resolve().parents)
    )


def _refuse_overwriting(jobs: Sequence[Job]) -> None:
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if job.destination.resolve() in sources:
            raise UsageError(
                f"{job.destination} is a source image and would be overwritten; "
                "choose another destination with -o."
            )
