"""What kind of source a word on the command line names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

Kind = Literal["images", "video", "camera"]
# Of files that are read as video.
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
_CAMERA = re.compile(r"camera(:.+)?|/dev/video\d+")


def source_kind(source: str) -> Kind:
    """Tell what `source` names: a camera, a video file by its suffix, else images.

    `camera` and `camera:0` are cameras, unless a file or a folder is called so; `/dev/video0`
    always is one.
    """
    if _CAMERA.fullmatch(source) and (source.startswith("/dev/") or not Path(source).exists()):
        return "camera"
    path = Path(source)
    return "video" if path.suffix.lower() in VIDEO_SUFFIXES and not path.is_dir() else "images"
