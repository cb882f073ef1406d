"""EdgeGAN: image-to-image GAN generators as small, fast, verified files.

`load` opens any exported artifact. The stages are packages of their own:
`edgegan.train`, `edgegan.export` and `edgegan.runtime`. Importing `edgegan` loads
none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.runtime.engine import Engine

__version__ = "0.1.0"


def load(
    path: str | Path,
    backend: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    trust: bool = False,
) -> Engine:
    """Open an artifact (.tflite, .onnx, .engine, .rtx, .keras) as a callable engine.

    See `edgegan.runtime.engine.load`, which documents the arguments and errors.
    """
    from edgegan.runtime.engine import load as load_engine

    return load_engine(path, backend=backend, device=device, threads=threads, trust=trust)
