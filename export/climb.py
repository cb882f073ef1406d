"""Making one artifact: convert, check, and climb the ladder while the gate fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import tf_keras as keras

from edgegan.export.artifact import convert, finish_manifest
from edgegan.export.gate import Gate, Verdict, verified
from edgegan.export.ladder import LADDERED, Rung, ladder
from edgegan.export.quantization import Quantization
from edgegan.export.targets import ExportSpec
from edgegan.manifest import Attempt, Manifest


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """What is to become an artifact.

    Attributes:
        network: The Keras generator, for one image of the artifact's size.
        spec: What to make of it.
        draft: Its manifest so far.
        quantization: How to quantize it.
    """

    network: keras.Model
    spec: ExportSpec
    draft: Manifest
    quantization: Quantization


def climb(
    candidate: Candidate,
    file: Path,
    gate: Gate,
    whole_ladder: bool,
    tell: Callable[[str], None],
) -> Verdict:
    """Write the artifact to `file` with the first setting that passes the gate.

    Args:
        candidate: What to make.
        file: Where to write it; it holds the last setting that was tried.
        gate: What it must pass.
        whole_ladder: Whether safer settings are tried when one fails.
        tell: Told what goes on.

    Returns:
        How the last setting did; its manifest lists all that were tried.
    """
    rungs = ladder(candidate.network)
    usable = whole_ladder and gate.images is not None and candidate.spec.precision in LADDERED
    attempts: list[Attempt] = []
    for rung in rungs if usable else rungs[:1]:
        verdict = _try(candidate, file, gate, rung, tell)
        attempts.append(_attempt(rung, verdict))
        if not verdict.failure:
            break
    tried = tuple(attempts) if candidate.spec.precision in LADDERED else ()
    return replace(verdict, manifest=replace(verdict.manifest, attempts=tried))


def _try(
    candidate: Candidate, file: Path, gate: Gate, rung: Rung, tell: Callable[[str], None]
) -> Verdict:
    kept = f", {rung.name} kept in float" if rung.keep else ""
    tell(f"converting{kept}")
    quantization = replace(candidate.quantization, keep=rung.keep)
    content = convert(candidate.network, candidate.spec, candidate.draft, quantization)
    file.write_bytes(content)
    tell(f"comparing with Keras{kept}")
    return verified(finish_manifest(candidate.draft, file, candidate.spec), file, gate)


def _attempt(rung: Rung, verdict: Verdict) -> Attempt:
    parity = verdict.manifest.parity
    return Attempt(
        kept=rung.name,
        layers=tuple(sorted(rung.keep)),
        psnr_min=parity.psnr_min if parity else None,
        psnr_median=parity.psnr_median if parity else None,
        passed=not verdict.failure,
    )
