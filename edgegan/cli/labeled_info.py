"""`edgegan data info` of a labelled data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.domains import Domain
    from edgegan.labeled_info import LabeledInfo


def show_labeled(spec: str, sheet: Path | None, json: bool) -> None:
    """Open the data set that `spec` names, look at all its images, and show what is there."""
    from edgegan.cli.image_figures import refuse_unwritable
    from edgegan.console import emit_json, progress
    from edgegan.contact_sheet import contact_sheet
    from edgegan.images import save_image
    from edgegan.labeled_data import open_labeled
    from edgegan.labeled_info import survey_labeled

    data = open_labeled([spec]).sets[0]
    if sheet:
        refuse_unwritable(sheet)
    with progress("Reading", len(data.train.images) + len(data.test.images)) as report:
        found = survey_labeled(data, report)
    if sheet:
        rows = {domain.domain.name: domain.thumbnails for domain in found.domains}
        save_image(sheet, contact_sheet(rows))
    if json:
        emit_json(_as_json(found, sheet))
    else:
        _tell(found, sheet)


def _tell(found: LabeledInfo, sheet: Path | None) -> None:
    from shlex import quote

    from edgegan.cli.image_figures import part_rows, some
    from edgegan.console import result, table

    # Not by part: files of which the header is damaged were left out before the split.
    rows = [row for row in part_rows(found.parts) if row[0] != "unreadable"]
    table(("", *(part.name for part in found.parts)), rows, title=found.spec)
    result("")
    table(("domain", "kind", "default", "train", "", "test", ""), _domain_rows(found))
    for line in (
        *some("Unreadable:", [item.reason for item in found.unreadable]),
        *some("The same pixels:", [f"{one} = {other}" for one, other in found.train_test]),
        *(f"Warning: {text}" for text in found.warnings),
        *([f"Wrote {sheet}"] if sheet else []),
    ):
        result(line)
    if all(part.images for part in found.parts):
        result(f"Next: edgegan train stargan --data {quote(found.spec)}")


def _domain_rows(found: LabeledInfo) -> list[list[str]]:
    from edgegan.cli.image_figures import share

    return [
        [
            info.domain.name,
            _kind(info.domain),
            f"{info.domain.default:.0f}",
            str(info.train),
            share(info.train, found.train_images),
            str(info.test),
            share(info.test, found.test_images),
        ]
        for info in found.domains
    ]


def _kind(domain: Domain) -> str:
    return f"one of {domain.group}" if domain.group else "toggle"


def _as_json(found: LabeledInfo, sheet: Path | None) -> dict[str, Any]:
    from edgegan.cli.image_figures import part_json, unreadable_json

    return {
        "spec": found.spec,
        "parts": [part_json(part) for part in found.parts],
        "domains": [
            {
                "name": info.domain.name,
                "group": info.domain.group,
                "one_hot": info.domain.one_hot,
                "default": info.domain.default,
                "train": info.train,
                "test": info.test,
            }
            for info in found.domains
        ],
        "unreadable": unreadable_json(found.unreadable),
        "same_pixels": {"train_test": found.train_test},
        "warnings": list(found.warnings),
        "sheet": str(sheet) if sheet else None,
    }
