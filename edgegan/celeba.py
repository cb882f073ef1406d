"""CelebA, as its authors publish it: `celeba:PATH`.

PATH has list_attr_celeba.txt (how many images; the names of the attributes; for each image
its file and 1 or -1 for each attribute) and the images in img_align_celeba/ or images/.
identity_CelebA.txt and list_eval_partition.txt may be there. The folders Anno/, Eval/ and
Img/ of the authors' drive are looked into as well.

The test part is chosen by the first of these that is possible:

1. identity_CelebA.txt: about a tenth of the images, at most 1999, no person in both parts;
2. list_eval_partition.txt: 0 is for training, 2 for the test, 1 is not used;
3. the rule of the reference (preprocess in data_loader.py of yunjey/stargan): the lines
   are shuffled with the seed 1234, and the first 1999, at most a tenth, are the test.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgegan.data import contents, require_folder
from edgegan.domains import Domain
from edgegan.errors import DataError
from edgegan.held_out import Mask, hold_out, hold_out_persons
from edgegan.label_table import LabelTable, domain_names

ATTRIBUTES = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")  # of the reference
HAIR = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")
LISTING = "list_attr_celeba.txt"
_IDENTITIES = "identity_CelebA.txt"
_PARTITION = "list_eval_partition.txt"
_IMAGE_FOLDERS = ("img_align_celeba", "images", "Img/img_align_celeba")
_TRAIN, _TEST = "0", "2"

Rows = dict[str, NDArray[np.uint8]]


def is_celeba(root: Path) -> bool:
    """Tell whether `root` has the layout."""
    return _find(root, LISTING) is not None


def celeba_near(root: Path) -> Path | None:
    """Find a folder of the layout one level above or below `root`."""
    if not root.is_dir():
        return None
    near = [root.resolve().parent, *sorted(path for path in root.iterdir() if path.is_dir())]
    return next((path for path in near if is_celeba(path)), None)


def read_celeba(root: Path) -> LabelTable:
    """Read the labels of CelebA, and find its images.

    Raises:
        UsageError: `root` is no folder.
        DataError: the layout is wrong, a line is malformed, or all images are missing.
    """
    require_folder(root, LISTING)
    listing = _find(root, LISTING)
    if listing is None:
        raise _not_here(root)
    attributes, rows, warnings = _read_listing(listing)
    folder, present = _image_folder(root, rows)
    names = [name for name in rows if name in present]
    if len(names) < len(rows):
        missing = next(name for name in rows if name not in present)
        warnings.append(
            f"{len(rows) - len(names)} of the {len(rows)} images in {listing.name} are not in "
            f"{folder}, such as {missing}; they are left out."
        )
    names, test = _split(root, names)
    return LabelTable(
        spec=f"celeba:{root}",
        root=folder,
        paths=tuple(folder / name for name in names),
        domains=tuple(
            Domain(name=name, group="hair" if name in HAIR else None) for name in attributes
        ),
        values=np.stack([rows[name] for name in names]),
        test=test,
        usual=tuple(name for name in ATTRIBUTES if name in attributes),
        warnings=tuple(warnings),
    )


def _find(root: Path, name: str) -> Path | None:
    """Find one of the text files, in `root` or where the authors' drive has it."""
    places = (root / name, root / "Anno" / name, root / "Eval" / name)
    return next((place for place in places if place.is_file()), None)


def _not_here(root: Path) -> DataError:
    near = celeba_near(root)
    hint = f" Did you mean celeba:{near}?" if near else ""
    return DataError(f"{root} has no {LISTING}; found {contents(root)}.{hint}")


def _read_listing(listing: Path) -> tuple[tuple[str, ...], Rows, list[str]]:
    """Read the attributes' names, their values by file, and what is odd but harmless."""
    lines = listing.read_text(encoding="utf-8").splitlines()
    if len(lines) < 3 or not lines[0].strip().isdigit():
        raise DataError(
            f"{listing}: expected the number of images in line 1, the names of the attributes "
            f"in line 2, then a line for each image; line 1 is {lines[0][:60] if lines else ''!r}."
        )
    attributes = domain_names(lines[1].split(), f"{listing}, line 2")
    rows: Rows = {}
    for number, line in enumerate(lines[2:], start=3):
        fields = line.split()
        if not fields:
            continue
        _check_fields(f"{listing}, line {number}", fields, len(attributes))
        if fields[0] in rows:
            raise DataError(f"{listing}, line {number}: {fields[0]} is listed a second time.")
        rows[fields[0]] = np.array([field == "1" for field in fields[1:]], np.uint8)
    if len(rows) == int(lines[0]):
        return attributes, rows, []
    text = f"{listing} announces {int(lines[0])} images but lists {len(rows)}: is it cut short?"
    return attributes, rows, [text]


def _check_fields(where: str, fields: Sequence[str], attributes: int) -> None:
    if len(fields) != attributes + 1:
        raise DataError(
            f"{where}: expected a file name and {attributes} values, found {len(fields)} fields."
        )
    odd = set(fields[1:]) - {"1", "-1"}
    if odd:
        raise DataError(f"{where}: expected the values 1 and -1, found {min(odd)!r}.")


def _image_folder(root: Path, rows: Rows) -> tuple[Path, set[str]]:
    """Find the folder that has listed images, and the names of all its files."""
    folders = [root / name for name in _IMAGE_FOLDERS if (root / name).is_dir()]
    for folder in folders:
        present = set(os.listdir(folder))
        if not present.isdisjoint(rows):
            return folder, present
    found = "; ".join(f"{folder} has {contents(folder)}" for folder in folders)
    raise DataError(
        f"None of the {len(rows)} images listed for celeba:{root} is there, such as "
        f"{next(iter(rows))}. Expected them directly in {' or '.join(_IMAGE_FOLDERS[:2])}; "
        f"{found or f'{root} has {contents(root)}'}."
    )


def _split(root: Path, names: list[str]) -> tuple[list[str], Mask]:
    """Choose the test part; return the images that are used, and which of them are in it."""
    identities, partition = _find(root, _IDENTITIES), _find(root, _PARTITION)
    if identities:
        return names, hold_out_persons(_read_pairs(identities, names))
    if partition is None:
        return names, hold_out(len(names))
    parts = dict(zip(names, _read_pairs(partition, names), strict=True))
    used = [name for name in names if parts[name] in (_TRAIN, _TEST)]
    test = np.array([parts[name] == _TEST for name in used], np.bool_)
    if test.all() or not test.any():
        raise DataError(
            f"{partition} has {len(used) - test.sum()} of the images here for training (0) and "
            f"{test.sum()} for the test (2); some of both are needed. Remove it to split at random."
        )
    return used, test


def _read_pairs(path: Path, names: Sequence[str]) -> list[str]:
    """Read the second word of each line, for the images in the order of `names`."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fields = line.split()
        if len(fields) == 2:
            found[fields[0]] = fields[1]
        elif fields:
            raise DataError(f"{path}, line {number}: expected a file name and a number: {line!r}.")
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"{path} lacks {len(missing)} of the images, such as {missing[0]}.")
    return [found[name] for name in names]
