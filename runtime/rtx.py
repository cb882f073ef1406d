"""TensorRT-RTX engines (.rtx): their header, and what opening one needs.

Engines are built ahead of time, without a GPU. This version does not run them yet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from edgegan.errors import ArtifactError, MissingRequirement
from edgegan.manifest import Manifest
from edgegan.optional import needs
from edgegan.runtime.nvidia import require_device

# The header's layout is not documented. It was read off engines built by
# tensorrt-rtx 1.7.1.116 for one compute capability after the other.
_HEADER = struct.Struct("<4s12xQ4B4sI28x")
_MAGIC = b"vtrt"
_CAPABILITIES = ("7.5", "8.0", "8.6", "8.9", "12.0", "12.1")  # bit 0, bit 1, ...


@dataclass(frozen=True, kw_only=True)
class RtxHeader:
    """What the first 64 bytes of an engine tell.

    Attributes:
        version: The TensorRT-RTX release that built it, and the only one that runs it.
        compute_capabilities: The GPU generations it was built for.
    """

    version: str
    compute_capabilities: tuple[str, ...]


def open_rtx(
    path: Path, *, manifest: Manifest | None, device: str, threads: int | None
) -> NoReturn:
    """Tell why `path` cannot be run here; see `edgegan.runtime.engine.load`.

    Raises:
        ArtifactError: the file is damaged.
        MissingRequirement: the package is absent or of another version than built the file,
            or the NVIDIA driver or a device is absent; or all are there, but this version has
            no engine for .rtx yet.
    """
    del manifest, device, threads
    header = read_header(path)
    with needs("tensorrt-rtx"):
        import tensorrt_rtx
    if header and header.version != tensorrt_rtx.__version__:
        raise MissingRequirement(
            f"{path} was built by TensorRT-RTX {header.version}, which alone runs it; "
            f"{tensorrt_rtx.__version__} is installed. "
            f"Install it with: pip install tensorrt-rtx=={header.version}, or export again."
        )
    require_device()
    raise MissingRequirement(
        f"This version builds .rtx engines but does not run them yet: {path} was not run. "
        "A later release will; until then run the .onnx of the same generator."
    )


def read_header(path: Path) -> RtxHeader | None:
    """Read an engine's header; None if it has a layout that this version does not know.

    Raises:
        ArtifactError: the file is cut off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_HEADER.size)
    if len(start) < _HEADER.size:
        raise ArtifactError(f"{path} is damaged: {size} bytes are too few for an engine.")
    magic, stated, *version, magic_again, mask = _HEADER.unpack(start)
    if (magic, magic_again) != (_MAGIC, _MAGIC):
        return None
    if stated != size:
        raise ArtifactError(
            f"{path} is damaged: its header tells {stated} bytes, the file has {size}. "
            "Export or copy it again."
        )
    known = enumerate(_CAPABILITIES)
    return RtxHeader(
        version=".".join(map(str, version)),
        compute_capabilities=tuple(name for bit, name in known if mask >> bit & 1),
    )
