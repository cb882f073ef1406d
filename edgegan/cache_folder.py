"""Where EdgeGAN keeps what it can make again: one folder for each kind of thing."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "EDGEGAN_CACHE"


def cache_folder(kind: str) -> Path:
    """Name the folder of one kind, such as "features"; it may not be there yet.

    It is below the folder that the environment variable EDGEGAN_CACHE names, else below
    `edgegan` in the user's cache (XDG_CACHE_HOME, usually ~/.cache).
    """
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen) / kind
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "edgegan" / kind
