"""One finding of `edgegan doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "note", "missing"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked for, and what is there.

    Attributes:
        name: What was looked for.
        status: "ok"; "note" for what works but could be better, or is only sometimes
            needed; "missing" for what is needed and is not there.
        found: What is there.
        needed: What should be, and what its lack costs.
        fix: The command, or the words, that mend it; empty if nothing needs to be.
    """

    name: str
    status: Status
    found: str
    needed: str
    fix: str = ""


def install(extra: str) -> str:
    """Give the command that installs an extra."""
    return f"pip install 'edgegan[{extra}]'"
