"""Completing a manifest: what could not be checked where it was made is checked where it runs.

A TensorRT engine is written "unverified" on a machine without its GPU. Compared there with
what it was made from, it becomes "verified" or "failed".
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from edgegan.atomic import ensure_writable, write_text
from edgegan.export.parity_pair import ParityPair
from edgegan.manifest import Manifest, Parity, Status, manifest_path, sha256


def can_complete(pair: ParityPair, reference: Path, candidate: Path) -> bool:
    """Tell whether a comparison says whether the candidate is what its source was.

    So it is if the candidate is not verified yet, all that it can be asked for is compared,
    and the reference is the very file it was made from, or a verified fp32 artifact of that.

    Raises:
        EdgeganError: it is so, but the candidate's manifest cannot be written.
    """
    right, found = (engine.manifest for engine in pair.engines)
    if found is None or found.source is None or found.status not in ("unverified", "failed"):
        return False
    same = found.source.sha256 == sha256(reference) or _is_good_copy(right, found.source.sha256)
    if not same or not pair.is_whole:
        return False
    ensure_writable(candidate.parent)
    return True


def complete(candidate: Path, parity: Parity) -> Status:
    """Write `parity` and the status it gives into the candidate's manifest, atomically.

    The rest of the manifest stays as it is, keys of later versions included.

    Returns:
        "verified" or "failed".
    """
    status: Status = "verified" if parity.passed else "failed"
    path = manifest_path(candidate)
    content = json.loads(path.read_text())
    content.update(parity=asdict(parity), status=status)
    write_text(path, json.dumps(content, indent=2) + "\n")
    return status


def _is_good_copy(manifest: Manifest | None, source: str) -> bool:
    return (
        manifest is not None
        and manifest.source is not None
        and manifest.source.sha256 == source
        and manifest.precision.requested == "fp32"
        and manifest.status == "verified"
    )
