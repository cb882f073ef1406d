"""PyAV, which decodes and encodes video: loaded only where a video is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgegan.optional import needs


def pyav() -> Any:
    """Return the module `av`.

    Raises:
        MissingRequirement: it is not installed.
    """
    with needs("video"):
        import av
    return av


def location(path: Path) -> str:
    """Name a file so that FFmpeg takes it for one: what is before a ":" could be a protocol."""
    return str(path.resolve())
