"""`edgegan data`: look into a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.data_info import DataInfo, PartInfo, Size

app = typer.Typer(no_args_is_help=True, help="Look into a data set.")


@app.callback()
def data() -> None:
    """Look into a data set."""


@app.command()
def info(
    spec: Annotated[
        str,
        typer.Argument(
            help="Data set: emoji, tfds:NAME, or folder:PATH with trainA trainB testA testB."
        ),
    ],
    sheet: Annotated[
        Path | None,
        typer.Option(help="Also write a contact sheet, such as data-emoji.png."),
    ] = None,
    json: Json = False,
) -> None:
    """Count and check the images of a data set.

    All are decoded, to find their sizes, unreadable ones, and those
    that are in two parts or twice in one, compared by their pixels.
    """
    from edgegan.console import emit_json, progress
    from edgegan.contact_sheet import contact_sheet
    from edgegan.data import open_unpaired
    from edgegan.data_info import survey
    from edgegan.images import save_image

    images = open_unpaired(spec)
    if sheet:
        _refuse_unwritable(sheet)
    parts = (images.train_a, images.train_b, images.test_a, images.test_b)
    with progress("Reading", sum(len(part) for part in parts)) as report:
        found = survey(images, report)
    if sheet:
        save_image(sheet, contact_sheet({part.name: part.thumbnails for part in found.parts}))
    if json:
        emit_json(_as_json(found, sheet))
    else:
        _tell(found, sheet)


def _refuse_unwritable(sheet: Path) -> None:
    """Fail before the images are read rather than after."""
    from edgegan.atomic import ensure_writable
    from edgegan.errors import UsageError
    from edgegan.images import SUFFIXES

    if sheet.suffix.lower() not in SUFFIXES:
        raise UsageError(f"Cannot save an image as {sheet.name}; use one of {', '.join(SUFFIXES)}.")
    ensure_writable(sheet.parent)


def _tell(found: DataInfo, sheet: Path | None) -> None:
    from shlex import quote

    from edgegan.console import result, table
    from edgegan.data_info import warnings

    table(("", *(part.name for part in found.parts)), _rows(found.parts), title=found.spec)
    pairs = (*found.train_test_a, *found.train_test_b, *found.a_b)
    for line in (
        *_some("Unreadable:", [item.reason for item in found.unreadable]),
        *_some("The same pixels:", [f"{one} = {other}" for one, other in pairs]),
        _paired_line(found.paired_test),
        _training_line(),
        *(f"Warning: {text}" for text in warnings(found)),
        *([f"Wrote {sheet}"] if sheet else []),
    ):
        result(line)
    if all(part.images for part in found.parts):
        result(f"Next: edgegan train cyclegan --data {quote(found.spec)}")


def _rows(parts: Sequence[PartInfo]) -> list[list[str]]:
    return [
        ["readable images", *(str(part.images) for part in parts)],
        ["unreadable", *(str(part.unreadable) for part in parts)],
        ["repeated within", *(str(part.repeated) for part in parts)],
        ["smallest, H x W", *(_size(part.smallest) for part in parts)],
        ["median", *(_size(part.median) for part in parts)],
        ["largest", *(_size(part.largest) for part in parts)],
        ["different sizes", *(str(part.distinct_sizes) for part in parts)],
        ["square", *(_share(part.square, part.images) for part in parts)],
        ["gray", *(_share(part.gray, part.images) for part in parts)],
    ]


def _size(size: Size | None) -> str:
    return f"{size[0]}x{size[1]}" if size else "-"


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}".replace(".0%", "%") if total else "-"


def _some(title: str, lines: Sequence[str], most: int = 5) -> list[str]:
    """Indent at most `most` of `lines` below a title; nothing if there are none."""
    if not lines:
        return []
    more = [f"  and {len(lines) - most} more"] if len(lines) > most else []
    return [title, *(f"  {line}" for line in lines[:most]), *more]


def _paired_line(paired: bool) -> str:
    if paired:
        return "Test set: paired; testA and testB show the same things (by their names)."
    return "Test set: not paired; testA and testB have different names."


def _training_line() -> str:
    from edgegan.train.config import load_config

    settings = load_config(None)  # its data.preprocess is "resize_and_crop"
    load, crop = settings.load_size, settings.crop_size
    return (
        f"Training resizes to {load}x{load}, aspect ignored, and crops {crop}x{crop}; "
        "--config or --set data.KEY=VALUE change that."
    )


def _as_json(found: DataInfo, sheet: Path | None) -> dict[str, Any]:
    from edgegan.data_info import warnings
    from edgegan.train.config import load_config

    settings = load_config(None).data
    return {
        "spec": found.spec,
        "paired_test": found.paired_test,
        "parts": [_part_json(part) for part in found.parts],
        "unreadable": [
            {"file": str(item.path), "reason": item.reason} for item in found.unreadable
        ],
        "same_pixels": {
            "train_test_a": found.train_test_a,
            "train_test_b": found.train_test_b,
            "a_b": found.a_b,
        },
        "training_default": {
            "preprocess": settings.preprocess,
            "load_size": settings.load_size,
            "crop_size": settings.crop_size,
        },
        "warnings": warnings(found),
        "sheet": str(sheet) if sheet else None,
    }


def _part_json(part: PartInfo) -> dict[str, Any]:
    return {
        "name": part.name,
        "images": part.images,
        "unreadable": part.unreadable,
        "repeated": part.repeated,
        "smallest": part.smallest,
        "median": part.median,
        "largest": part.largest,
        "distinct_sizes": part.distinct_sizes,
        "square": part.square,
        "gray": part.gray,
        "small": part.small,
    }
