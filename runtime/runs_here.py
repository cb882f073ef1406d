"""Would an artifact run on this machine, by which backend, and if not, why?"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import EdgeganError
from edgegan.optional import installed_versions
from edgegan.runtime.engine import SUFFIX_BACKENDS, load
from edgegan.runtime.health import require_selftest


@dataclass(frozen=True, kw_only=True)
class RunsHere:
    """The answer for one backend.

    Attributes:
        backend: A key of `edgegan.runtime.engine.BACKENDS`.
        runs: Whether it would run the artifact.
        because: How that is known, or what stands in the way.
    """

    backend: str
    runs: bool
    because: str


def runs_here(path: Path) -> tuple[RunsHere, ...]:
    """Ask every backend that takes the suffix of `path`.

    A .keras file is not opened, since that takes TensorFlow seconds. Any other is, and its
    self-test is run if it has one.

    Raises:
        UsageError: there is no such file.
    """
    return tuple(
        _keras(path) if backend == "keras" else _opened(path, backend)
        for backend in SUFFIX_BACKENDS[path.suffix]
    )


def _opened(path: Path, backend: str) -> RunsHere:
    try:
        engine = load(path, backend)
        require_selftest(engine)
    except EdgeganError as error:
        return RunsHere(backend=backend, runs=False, because=str(error))
    tested = engine.manifest is not None and engine.manifest.selftest is not None
    how = "its self-test passed" if tested else "it was opened; no manifest has a self-test"
    version = engine.info.version
    engine.close()
    return RunsHere(backend=backend, runs=True, because=f"{how} (version {version})")


def _keras(path: Path) -> RunsHere:
    found = installed_versions(("tensorflow", "tf-keras"))
    if len(found) < 2:
        reason = "TensorFlow and tf-keras are needed. Install: pip install 'edgegan[train]'."
    elif not zipfile.is_zipfile(path):
        reason = f"{path} is not a .keras file, or is damaged."
    else:
        reason = f"TensorFlow {found['tensorflow']} is installed; the file was not opened"
        return RunsHere(backend="keras", runs=True, because=reason)
    return RunsHere(backend="keras", runs=False, because=reason)
