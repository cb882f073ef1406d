"""What `edgegan run --tile` tells of seams."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegan.cli.run_request import Opened
    from edgegan.runtime.seams import SeamSummary


def seam_lines(opened: Opened) -> list[str]:
    """Tell how far tiles differ where they overlap; nothing without tiles."""
    tiling, seams = opened.tiling, opened.seams.summary()
    if tiling is None:
        return []
    if seams is None:
        why = "each picture is one tile" if tiling.overlap else "tiles do not overlap"
        return [f"Tiles of {tiling}: no seams to measure, {why}"]
    worst = seams.worst
    return [
        f"Tiles of {tiling}: before blending, neighbours differ by {seams.median:.1f} of 255 in "
        f"the median of {seams.count} seams, at most by {seams.maximum}",
        f"  the worst seam, {worst.mean:.1f}: rows {worst.top} to {worst.top + worst.height - 1}, "
        f"columns {worst.left} to {worst.left + worst.width - 1} of {seams.picture}",
    ]


def seam_advice(opened: Opened) -> list[str]:
    """Warn of seams that are likely to show."""
    from edgegan.runtime.seams import NOTABLE_LSB

    seams = opened.seams.summary()
    if seams is None or not seams.notable:
        return []
    return [
        f"Warning: tiles differ by more than {NOTABLE_LSB:g} of 255 where they overlap, as with "
        "instance norm, which looks at each tile alone. Enlarge --overlap, or export the "
        "generator with a larger --size."
    ]


def tile_json(opened: Opened) -> dict[str, Any] | None:
    """Describe tiles and seams for `--json`; None without tiles."""
    if opened.tiling is None:
        return None
    size, overlap = list(opened.tiling.size), opened.tiling.overlap
    return {"size": size, "overlap": overlap, "seams": _seams_json(opened.seams.summary())}


def _seams_json(seams: SeamSummary | None) -> dict[str, Any] | None:
    if seams is None:
        return None
    return {
        "count": seams.count,
        "median_lsb": seams.median,
        "max_lsb": seams.maximum,
        "worst": {**asdict(seams.worst), "picture": seams.picture},
    }
