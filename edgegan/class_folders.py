"""One folder of images a class, as in RaFD: `classes:PATH`.

With PATH/train/CLASS and PATH/test/CLASS both parts are given. With PATH/CLASS a tenth of
each class, at least one image, is held out for the test.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgegan.data import contents, require_folder
from edgegan.domains import Domain
from edgegan.errors import DataError
from edgegan.held_out import Mask, hold_out_each
from edgegan.images import SUFFIXES, list_images
from edgegan.label_table import LabelTable, domain_names

GROUP = "class"
_LAYOUT = "a folder of images for each class"

Classes = dict[str, list[Path]]  # the images of each
# The classes, the class and file of each image, which are held out, and warnings.
Found = tuple[list[str], list[tuple[str, Path]], Mask, tuple[str, ...]]


def has_class_folders(root: Path) -> bool:
    """Tell whether `root` has the layout."""
    return _has_parts(root) or any(map(_has_images, _folders(root)))


def read_classes(root: Path) -> LabelTable:
    """Read which image is of which class.

    Raises:
        UsageError: `root` is no folder.
        DataError: there are less than two classes, or one without enough images.
    """
    require_folder(root, _LAYOUT)
    classes, files, held, warnings = _read_parts(root) if _has_parts(root) else _read_whole(root)
    names = domain_names(classes, f"classes:{root}")
    return LabelTable(
        spec=f"classes:{root}",
        root=root,
        paths=tuple(path for _, path in files),
        domains=tuple(Domain(name=name, group=GROUP, one_hot=True) for name in names),
        values=np.array([[name == one for one in classes] for name, _ in files], np.uint8),
        test=held,
        usual=names,
        warnings=warnings,
    )


def _read_whole(root: Path) -> Found:
    """Hold out some images of each class; all in the order of their names."""
    classes = _read_classes(root)
    lone = [name for name, paths in classes.items() if len(paths) < 2]
    if lone:
        raise DataError(
            f"{root / lone[0]} has one image. At least 2 are needed, one of them for the test; "
            "hundreds are better."
        )
    files = _flat(classes)
    return list(classes), files, hold_out_each([name for name, _ in files]), ()


def _read_parts(root: Path) -> Found:
    train = _read_classes(root / "train")
    test = {path.name: list_images(path) for path in _folders(root / "test")}
    foreign = [name for name in test if name not in train]
    if foreign:
        raise DataError(
            f"{root / 'test' / foreign[0]} is a class that {root / 'train'} does not have. "
            f"Expected some of {', '.join(train)}."
        )
    untested = [name for name in train if not test.get(name)]
    warnings = [f"{root / 'test'} has no image of {', '.join(untested)}."] if untested else []
    files = _flat(train) + _flat(test)
    held = np.arange(len(files)) >= len(_flat(train))
    return list(train), files, held, tuple(warnings)


def _flat(classes: Classes) -> list[tuple[str, Path]]:
    return [(name, path) for name, paths in classes.items() for path in paths]


def _read_classes(folder: Path) -> Classes:
    """List the images of each class; there must be two classes, and none may be empty."""
    classes = {path.name: list_images(path) for path in _folders(folder)}
    filled = [name for name, paths in classes.items() if paths]
    if len(filled) < 2:
        raise DataError(_too_few(folder, filled))
    empty = [name for name in classes if name not in filled]
    if empty:
        raise DataError(
            f"The class {empty[0]} is empty: {folder / empty[0]} has {contents(folder / empty[0])}."
            f" Expected files ending in {', '.join(SUFFIXES)}; add some, or remove the folder."
        )
    return classes


def _too_few(folder: Path, filled: list[str]) -> str:
    """Say what is there, and where the class folders may be: one level deeper or higher."""
    deeper = [path for path in _folders(folder) if sum(map(_has_images, _folders(path))) > 1]
    if deeper:
        text = f"The classes are one level deeper. Did you mean classes:{deeper[0]}?"
    elif filled:
        text = f"The only class is {filled[0]}; a generator needs at least 2."
    elif _has_images(folder):
        text = f"Its images are all of one class. Did you mean classes:{folder.resolve().parent}?"
    else:
        text = "There is no image in its folders."
    return f"Expected {_LAYOUT} in {folder}; found {contents(folder)}. {text}"


def _has_parts(root: Path) -> bool:
    return all((root / part).is_dir() and _folders(root / part) for part in ("train", "test"))


def _has_images(folder: Path) -> bool:
    return any(path.suffix.lower() in SUFFIXES for path in folder.iterdir())


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")
