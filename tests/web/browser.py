"""A headless browser that is told what to do, and a plain static host."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.images import ImageArray

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PLAYWRIGHT = os.environ.get("PLAYWRIGHT", "")
_DRIVER = Path(__file__).with_name("drive.mjs")


def drive(*steps: tuple[str, Any], **how: Any) -> dict[str, Any]:
    """Let a browser do `steps`; nothing but what they find may go wrong."""
    command = ["node", str(_DRIVER), str(CHROMIUM), json.dumps({"steps": steps, **how})]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert "failure" not in found, found
    return found


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as a plain static host does: without any header of isolation."""
    handler = partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def shown(canvas: dict[str, Any]) -> ImageArray:
    return np.array(canvas["rgb"], np.uint8).reshape(canvas["height"], canvas["width"], 3)


def difference(one: ImageArray, other: ImageArray) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())
