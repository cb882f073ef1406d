"""`edgegan data info` of an unpaired data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.data_info import DataInfo


def show_unpaired(spec: str, sheet: Path | None, json: bool) -> None:
    """Open the data set that `spec` names, look at all its images, and show what is there."""
    from edgegan.cli.image_figures import refuse_unwritable
    from edgegan.console import emit_json, progress
    from edgegan.contact_sheet import contact_sheet
    from edgegan.data import open_unpaired
    from edgegan.data_info import survey
    from edgegan.images import save_image

    images = open_unpaired(spec)
    if sheet:
        refuse_unwritable(sheet)
    parts = (images.train_a, images.train_b, images.test_a, images.test_b)
    with progress("Reading", sum(len(part) for part in parts)) as report:
        found = survey(images, report)
    if sheet:
        save_image(sheet, contact_sheet({part.name: part.thumbnails for part in found.parts}))
    if json:
        emit_json(_as_json(found, sheet))
    else:
        _tell(found, sheet)


def _tell(found: DataInfo, sheet: Path | None) -> None:
    from shlex import quote

    from edgegan.cli.image_figures import part_rows, some
    from edgegan.console import result, table
    from edgegan.data_info import warnings

    table(("", *(part.name for part in found.parts)), part_rows(found.parts), title=found.spec)
    pairs = (*found.train_test_a, *found.train_test_b, *found.a_b)
    for line in (
        *some("Unreadable:", [item.reason for item in found.unreadable]),
        *some("The same pixels:", [f"{one} = {other}" for one, other in pairs]),
        _paired_line(found.paired_test),
        _training_line(),
        *(f"Warning: {text}" for text in warnings(found)),
        *([f"Wrote {sheet}"] if sheet else []),
    ):
        result(line)
    if all(part.images for part in found.parts):
        result(f"Next: edgegan train cyclegan --data {quote(found.spec)}")


def _paired_line(paired: bool) -> str:
    if paired:
        return "Test set: paired; testA and testB show the same things (by their names)."
    return "Test set: not paired; testA and testB have different names."


def _training_line() -> str:
    from edgegan.train.cyclegan_config import CycleGANConfig

    settings = CycleGANConfig().data  # its preprocess is "resize_and_crop"
    load, crop = settings.load_size, settings.crop_size
    return (
        f"Training resizes to {load}x{load}, aspect ignored, and crops {crop}x{crop}; "
        "--config or --set data.KEY=VALUE change that."
    )


def _as_json(found: DataInfo, sheet: Path | None) -> dict[str, Any]:
    from edgegan.cli.image_figures import part_json, unreadable_json
    from edgegan.data_info import warnings
    from edgegan.train.cyclegan_config import CycleGANConfig

    settings = CycleGANConfig().data
    return {
        "spec": found.spec,
        "paired_test": found.paired_test,
        "parts": [part_json(part) for part in found.parts],
        "unreadable": unreadable_json(found.unreadable),
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
