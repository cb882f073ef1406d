"""What `edgegan run` tells at its end, alike for all kinds of sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegan.cli.run_request import Opened, RunRequest

if TYPE_CHECKING:
    from edgegan.data import SkippedFile

_LISTED = 20  # of what was skipped; --json has all


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run has made.

    Attributes:
        kind: Of the source.
        written: The files made.
        kept: Files made by an earlier run, which this one would have made alike.
        skipped: What could not be translated, and why.
    """

    kind: str
    written: tuple[Path, ...]
    kept: tuple[Path, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()


def tell(request: RunRequest, opened: Opened, outcome: Outcome, json: bool) -> None:
    """Print what was made on stdout, as text or JSON, and what was not on stderr."""
    from edgegan.console import emit_json, note, result
    from edgegan.data import skipped_summary

    for line in skipped_summary(outcome.skipped, most=_LISTED):
        note(line)
    if json:
        emit_json(_as_json(request, opened, outcome))
        return
    for line in _lines(outcome):
        result(line)


def _as_json(request: RunRequest, opened: Opened, outcome: Outcome) -> dict[str, Any]:
    info = opened.engine.info
    return {
        "artifact": str(request.artifact),
        "backend": info.backend,
        "threads": info.threads,
        "domain": request.domain,
        "source": request.source,
        "kind": outcome.kind,
        "written": [str(path) for path in outcome.written],
        "up_to_date": [str(path) for path in outcome.kept],
        "skipped": [{"file": str(item.path), "reason": item.reason} for item in outcome.skipped],
    }


def _lines(outcome: Outcome) -> list[str]:
    written, kept = outcome.written, outcome.kept
    were = "1 image was" if len(kept) == 1 else f"{len(kept)} images were"
    lines = [f"{were} up to date"] if kept else []
    if len(written) == 1:
        lines.append(f"Wrote {written[0]}")
    elif written:
        lines.append(f"Wrote {len(written)} images, {written[0]} to {written[-1]}")
    return lines
