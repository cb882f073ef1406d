"""Optional packages: a missing one names the extra that brings it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from edgegan.errors import MissingRequirement


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Turn a missing import in the block into the command that installs `extra`.

    Imports stay ordinary statements, so that type checkers see them::

        with needs("onnx"):
            import onnxruntime

    Raises:
        MissingRequirement: a module imported in the block is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] == "edgegan":
            raise
        raise MissingRequirement(
            f"This step needs the package {error.name!r}, which is not installed. "
            f"Install it with: pip install 'edgegan[{extra}]' "
            f"(from a checkout: pip install -e '.[{extra}]')."
        ) from error


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those `packages` (distribution names) that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
