"""Which image files are read, and where their translations go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import DataError, UsageError, unknown_name
from edgegan.images import SUFFIXES

FORMATS = {"png": ".png", "jpg": ".jpg", "webp": ".webp"}
_DEFAULT_FORMAT = "png"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A source image, and the file its translation goes to."""

    source: Path
    destination: Path


def plan(
    source: Path,
    destination: Path,
    recursive: bool = True,
    image_format: str | None = None,
    made: Mapping[str, str] | None = None,
) -> list[Job]:
    """Decide what is read and where it is written, before any work.

    Args:
        source: An image, or a folder.
        destination: For one image, a file ending in an image suffix, or else a folder.
            For a folder, a folder: names and sub-folders are kept, the suffix is that of
            the format (a.jpg -> a.png; a.jpg.png where that would not be unique).
            It is not the source itself, whose images would be mixed with their results.
        recursive: Whether the sub-folders of a folder belong to it.
        image_format: One of `FORMATS`; None takes the suffix of a `destination` that is a
            file, else PNG.
        made: By result in the folder `destination`, the name of its source: these keep their
            names, whatever other sources there are now.

    Raises:
        UsageError: `source` does not exist, a destination is no image file or has another
            format, or a source would be overwritten.
        DataError: the folder has no images.
    """
    if image_format is not None and image_format not in FORMATS:
        raise unknown_name("format", image_format, FORMATS)
    if source.is_dir():
        suffix = FORMATS[image_format or _DEFAULT_FORMAT]
        jobs = _folder_jobs(source, destination, recursive, suffix, made or {})
    elif source.exists():
        target = _file_destination(source, destination, image_format)
        jobs = [Job(source=source, destination=target)]
    else:
        raise UsageError(f"The source {source} does not exist.")
    _refuse_overwriting(jobs)
    return jobs


def _file_destination(source: Path, destination: Path, image_format: str | None) -> Path:
    if destination.is_dir() or not destination.suffix:
        return destination / f"{source.stem}{FORMATS[image_format or _DEFAULT_FORMAT]}"
    suffix = destination.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise UsageError(f"Cannot save an image as {destination.name}; use one of {known}.")
    if image_format and suffix.replace(".jpeg", ".jpg") != FORMATS[image_format]:
        raise UsageError(
            f"The suffix of {destination.name} chooses the format, and --format {image_format} "
            "differs. Leave out --format, or give a folder with -o."
        )
    return destination


def _folder_jobs(
    source: Path, destination: Path, recursive: bool, suffix: str, made: Mapping[str, str]
) -> list[Job]:
    if destination.exists() and not destination.is_dir():
        raise UsageError(f"{source} is a folder, so -o must be one too; {destination} is a file.")
    if destination.resolve() == source.resolve():
        raise UsageError(
            f"The results would lie among the source images of {source}, and the next run would "
            "translate them too; choose another folder with -o."
        )
    images = _images_below(source, recursive, without=destination)
    if not images:
        where = source if recursive else f"{source} (without its sub-folders)"
        raise DataError(f"{where} has no images; expected files ending in {', '.join(SUFFIXES)}.")
    names = [path.relative_to(source) for path in images]
    return [
        Job(source=path, destination=destination / name)
        for path, name in zip(images, _results(names, suffix, made), strict=True)
    ]


def _results(names: Sequence[Path], suffix: str, made: Mapping[str, str]) -> list[Path]:
    """Name the result of each source, alike whatever else is there, as far as that goes."""
    plain = [name.with_suffix(suffix) for name in names]
    long = [name.with_name(f"{name.name}{suffix}") for name in names]  # never meet
    kept = {
        name: candidate
        for name, *candidates in zip(names, long, plain, strict=True)
        for candidate in candidates
        if made.get(candidate.as_posix()) == name.name
    }
    count = Counter([*plain, *kept.values()])
    chosen = [
        kept.get(name) or (short if count[short] == 1 else full)
        for name, short, full in zip(names, plain, long, strict=True)
    ]
    return chosen if len(set(chosen)) == len(chosen) else long


def _images_below(folder: Path, recursive: bool, without: Path) -> list[Path]:
    """List all images in `folder`; results of an earlier run, in `without`, are none."""
    results = without.resolve()
    nested = folder.resolve() in results.parents
    return sorted(
        path
        for path in (folder.rglob("*") if recursive else folder.iterdir())
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
