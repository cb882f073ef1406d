"""How the export of one artifact ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import EdgeganError
from edgegan.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What became of one artifact.

    Attributes:
        path: Its final name.
        manifest: What was made; None if it failed before it could be checked.
        seconds: What it took.
        error: Why it was not written; None if it was.
        note: Why it is unverified, if it is; or what else is to be said.
        unchanged: Whether it was there already.
    """

    path: Path
    manifest: Manifest | None
    seconds: float
    error: EdgeganError | None = None
    note: str = ""
    unchanged: bool = False

    @property
    def status(self) -> str:
        """Return "verified", "unverified" or "failed"."""
        return "failed" if self.error or not self.manifest else self.manifest.status
