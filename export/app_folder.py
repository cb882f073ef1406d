"""The folder of an app: made whole from the templates of its platform, over nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from edgegan.atomic import atomic_path, ensure_writable
from edgegan.errors import UsageError
from edgegan.export.app_models import AppModel


def check_folder(folder: Path) -> None:
    """Refuse a folder that has anything in it.

    Raises:
        UsageError: it has, or it is a file.
        EdgeganError: it cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and not empty; choose another folder with -o.")
    ensure_writable(folder.parent)


def templates(platform: str) -> dict[str, bytes]:
    """Read what lies in `export/app_<platform>`, by path from there, with `/`."""
    root = Path(str(files("edgegan.export").joinpath(f"app_{platform}")))
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def published(model: AppModel) -> AppModel:
    """Leave out of the manifest what an app does not need: where the training data lay."""
    manifest = replace(
        model.manifest, parity=None, attempts=(), options={}, calibration=None, tools={}
    )
    return replace(model, manifest=manifest)


def write_folder(folder: Path, content: Mapping[str, bytes]) -> list[Path]:
    """Write an app's files; the folder is whole, or not there.

    Args:
        folder: Where to; it may be there if it is empty.
        content: The files by path, with `/`.

    Returns:
        The files, the largest last.

    Raises:
        UsageError: the folder has something in it.
    """
    check_folder(folder)
    folder = folder.resolve()
    with atomic_path(folder) as made:
        for name, data in content.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(data)
    return sorted((folder / name for name in content), key=lambda path: path.stat().st_size)
