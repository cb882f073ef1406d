"""TensorRT-RTX engines (.rtx): their header, which can be read without TensorRT-RTX or a GPU."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import ArtifactError

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
