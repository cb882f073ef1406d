"""Labels in a table: `csv:PATH`, a .csv file or the folder of a labels.csv.

The first line names the columns. The files are in the column called image, file or
filename, else in the first, relative to the folder of the table or to its images/.

- A column of 0 and 1 is a toggle of that name.
- A column of 2 to 20 other values, such as race, is an exclusive group of that name; each
  image belongs to one of its domains: race_asian, race_black, ...
- A column of more values, such as age, is nothing to ask for by name. Bin it.

The test part is, by whichever is there first: the column `split` of train and test; about
a tenth of the images by the column `identity` or `person`, no person in both parts; a
tenth of the images at random.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegan.data import contents
from edgegan.errors import DataError, UsageError
from edgegan.held_out import Mask, hold_out, hold_out_persons
from edgegan.label_columns import label_columns
from edgegan.label_table import LabelTable, domain_names

TABLE = "labels.csv"
_FILES = ("image", "file", "filename")
_SPLIT = "split"
_PERSONS = ("identity", "person")


@dataclass(frozen=True)
class _Row:
    """One line of the table; `cells` has a value for each column."""

    line: int
    cells: tuple[str, ...]


def is_csv(path: Path) -> bool:
    """Tell whether `path` is a table of labels, or the folder of one."""
    return path.suffix.lower() == ".csv" or (path / TABLE).is_file()


def read_csv(path: Path) -> LabelTable:
    """Read the labels of a table, and find its images.

    Raises:
        UsageError: `path` does not exist.
        DataError: a line is malformed, all images are missing, or no column has labels.
    """
    table = path / TABLE if path.is_dir() else path
    if not table.is_file():
        found = f" {path} has {contents(path)}." if path.is_dir() else ""
        raise UsageError(f"{table} does not exist. Expected a table of labels.{found}")
    header, rows = _read_rows(table)
    files = next((name for name in header if name.lower() in _FILES), header[0])
    rows, paths, warnings = _find_images(table, rows, header.index(files))
    columns = {
        name: [row.cells[index] for row in rows]
        for index, name in enumerate(header)
        if name != files
    }
    persons = next((columns.pop(name) for name in header if name.lower() in _PERSONS), None)
    parts = next((columns.pop(name) for name in header if name.lower() == _SPLIT), None)
    lines = [row.line for row in rows]
    labels = label_columns(columns, lines, str(table))
    if not labels.usual:
        raise DataError(
            f"{table} has no column of labels. {' '.join(labels.unusable.values())}".rstrip()
        )
    return LabelTable(
        spec=f"csv:{path}",
        root=table.parent,
        paths=paths,
        domains=labels.domains,
        values=labels.values,
        test=_held_out(table, lines, parts, persons),
        usual=labels.usual,
        unusable=labels.unusable,
        warnings=(*warnings, *_in_both(parts, persons)),
    )


def _read_rows(table: Path) -> tuple[tuple[str, ...], list[_Row]]:
    """Read the names of the columns, fit to name domains, and the lines that are not empty."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            read = [
                _Row(reader.line_num, tuple(cell.strip() for cell in cells))
                for cells in reader
                if cells
            ]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{table} is not a table in UTF-8 with commas ({error}).") from error
    if len(read) < 2 or len(read[0].cells) < 2:
        raise DataError(
            f"{table}: expected the names of at least 2 columns in line 1, such as "
            "image,smiling, and then a line for each image, with commas; line 1 is "
            f"{','.join(read[0].cells)[:60] if read else ''!r} and {max(0, len(read) - 1)} follow."
        )
    header = domain_names(read[0].cells, f"{table}, line 1")
    for row in read[1:]:
        if len(row.cells) != len(header):
            raise DataError(
                f"{table}, line {row.line}: expected {len(header)} values "
                f"({', '.join(header)}), found {len(row.cells)}."
            )
    return header, read[1:]


def _find_images(
    table: Path, rows: Sequence[_Row], column: int
) -> tuple[list[_Row], tuple[Path, ...], list[str]]:
    """Find the files; return the rows that have one, the files, and how many have none."""
    first: dict[str, int] = {}
    there: list[tuple[_Row, Path]] = []
    missing: list[str] = []
    for row in rows:
        name = row.cells[column]
        if not name:
            raise DataError(f"{table}, line {row.line}: the name of the image is empty.")
        if name in first:
            raise DataError(
                f"{table}, line {row.line}: {name} is in line {first[name]} already. Remove one."
            )
        first[name] = row.line
        places = (table.parent / name, table.parent / "images" / name)
        path = next((place for place in places if place.is_file()), None)
        if path:
            there.append((row, path))
        else:
            missing.append(name)
    if not there:
        raise DataError(
            f"None of the {len(rows)} images of {table} is there, such as {missing[0]}. Expected "
            f"them in {table.parent} or its images/; found {contents(table.parent)}."
        )
    warnings = [
        f"{len(missing)} of the {len(rows)} images of {table} are not there, such as {name}; "
        "they are left out."
        for name in missing[:1]
    ]
    return [row for row, _ in there], tuple(path for _, path in there), warnings


def _held_out(
    table: Path, lines: Sequence[int], parts: Sequence[str] | None, persons: Sequence[str] | None
) -> Mask:
    if parts is None:
        return hold_out(len(lines)) if persons is None else hold_out_persons(persons)
    for line, part in zip(lines, parts, strict=True):
        if part.lower() not in ("train", "test"):
            raise DataError(f"{table}, line {line}: the split is {part!r}; expected train or test.")
    return np.array([part.lower() == "test" for part in parts], np.bool_)


def _in_both(parts: Sequence[str] | None, persons: Sequence[str] | None) -> list[str]:
    """Warn if the given split has a person in both parts."""
    if parts is None or persons is None:
        return []
    pairs = {(person, part.lower()) for person, part in zip(persons, parts, strict=True)}
    both = len(pairs) - len({person for person, _ in pairs})
    text = f"{both} person(s) are in both parts of the split: figures on the test will flatter."
    return [text] if both else []
