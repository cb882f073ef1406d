"""What `edgegan run` tells at its end, alike for all kinds of sources."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from edgegan.cli.run_outcome import FrameFigures, Outcome
from edgegan.cli.run_request import Opened, RunRequest
from edgegan.cli.run_seams import seam_advice, seam_lines, tile_json

_LISTED = 20  # of what was skipped; --json has all
_AS_ASKED = ("stop", "time")  # ends of a recording, see `edgegan.runtime.live.Recording`


def tell(request: RunRequest, opened: Opened, outcome: Outcome, json: bool) -> None:
    """Print what was made on stdout, as text or JSON, and what was not on stderr."""
    from edgegan.console import emit_json, note, result

    for line in [*_passed_over(outcome), *early_end(outcome.frames)]:
        note(line)
    for line in seam_advice(opened):
        note(line)
    if json:
        emit_json(_as_json(request, opened, outcome))
        return
    for line in [*_lines(outcome), *seam_lines(opened)]:
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
        "tile": tile_json(opened),
        "frames": asdict(outcome.frames) if outcome.frames else None,
    }


def _lines(outcome: Outcome) -> list[str]:
    written, kept = outcome.written, outcome.kept
    were = "1 image was" if len(kept) == 1 else f"{len(kept)} images were"
    lines = [f"{were} up to date"] if kept else []
    if outcome.frames:
        return [f"Wrote {written[0]}: {_figures(outcome.frames)}"]
    if len(written) == 1:
        lines.append(f"Wrote {written[0]}")
    elif written:
        lines.append(f"Wrote {len(written)} images, {written[0]} to {written[-1]}")
    return lines


def _figures(frames: FrameFigures) -> str:
    parts = [
        f"{frames.count} frames in {frames.seconds:.1f} s, {frames.per_s:.1f} frames/s "
        f"(the source has {frames.source_per_s:.4g})"
    ]
    if frames.dropped is not None:
        parts.append(f"{frames.dropped} dropped for newer ones")
    if frames.failed:
        parts.append(f"{frames.failed} that were no picture")
    if frames.latency_p50_ms is not None:
        parts.append(f"latency p50 {frames.latency_p50_ms:.1f} ms")
    parts.append(
        frames.encoder if frames.sound == "none" else f"{frames.encoder}, sound {frames.sound}"
    )
    return ", ".join(parts)


def early_end(frames: FrameFigures | None) -> list[str]:
    """Say why a video or a camera ended before what was asked for, if it did."""
    if frames is None or frames.ended in (None, *_AS_ASKED):
        return []
    why = "the camera gave no more frames" if frames.ended == "camera" else frames.ended
    return [f"Warning: the source ended early: {why}."]


def _passed_over(outcome: Outcome) -> list[str]:
    from edgegan.data import skipped_summary

    lines = skipped_summary(outcome.skipped, most=_LISTED)
    if lines and outcome.kind == "video":
        lines[0] = f"Skipped {len(outcome.skipped)} frame(s); the one before is shown the longer:"
    return lines
