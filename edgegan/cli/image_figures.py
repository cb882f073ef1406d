"""How `edgegan data info` shows the figures of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.data import SkippedFile
    from edgegan.image_survey import PartInfo, Size


def part_rows(parts: Sequence[PartInfo]) -> list[list[str]]:
    """Make a table: a row for each figure, a column for each part."""
    return [
        ["readable images", *(str(part.images) for part in parts)],
        ["unreadable", *(str(part.unreadable) for part in parts)],
        ["repeated within", *(str(part.repeated) for part in parts)],
        ["smallest, H x W", *(_size(part.smallest) for part in parts)],
        ["median", *(_size(part.median) for part in parts)],
        ["largest", *(_size(part.largest) for part in parts)],
        ["different sizes", *(str(part.distinct_sizes) for part in parts)],
        ["square", *(share(part.square, part.images) for part in parts)],
        ["gray", *(share(part.gray, part.images) for part in parts)],
    ]


def _size(size: Size | None) -> str:
    return f"{size[0]}x{size[1]}" if size else "-"


def share(count: int, total: int) -> str:
    """Write a share in percent, such as 33.3% or 25%."""
    return f"{count / total:.1%}".replace(".0%", "%") if total else "-"


def some(title: str, lines: Sequence[str], most: int = 5) -> list[str]:
    """Indent at most `most` of `lines` below a title; nothing if there are none."""
    if not lines:
        return []
    more = [f"  and {len(lines) - most} more"] if len(lines) > most else []
    return [title, *(f"  {line}" for line in lines[:most]), *more]


def part_json(part: PartInfo) -> dict[str, Any]:
    """Make the JSON of a part."""
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


def unreadable_json(unreadable: Sequence[SkippedFile]) -> list[dict[str, str]]:
    """Make the JSON of the images that cannot be read."""
    return [{"file": str(item.path), "reason": item.reason} for item in unreadable]


def refuse_unwritable(sheet: Path) -> None:
    """Fail before the images are read rather than after."""
    from edgegan.atomic import ensure_writable
    from edgegan.errors import UsageError
    from edgegan.images import SUFFIXES

    if sheet.suffix.lower() not in SUFFIXES:
        raise UsageError(f"Cannot save an image as {sheet.name}; use one of {', '.join(SUFFIXES)}.")
    ensure_writable(sheet.parent)
