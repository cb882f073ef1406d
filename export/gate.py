"""The gate of one artifact: load it, run its self-test, compare it with its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from edgegan.errors import IncompatibleArtifact, MissingRequirement, ParityError
from edgegan.export.labels import Choice
from edgegan.export.parity import Comparison, Translator, verify
from edgegan.export.parity_images import ParityImages
from edgegan.export.parity_pair import translator
from edgegan.export.parity_samples import parity_samples
from edgegan.manifest import Manifest
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.health import failure_of, selftest_deviation
from edgegan.selftest import calibrated_limit, limit

_USUAL = limit("int8", "uint8")  # the widest that is not a file's own


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What an artifact is compared with.

    Attributes:
        reference: What is right: the Keras generator, or the model of an engine.
        size: (H, W) of the images that both take.
        choices: The labels to cover; [("", None)] if it takes none.
        images: The images to compare on; None skips the comparison.
        min_psnr: Another threshold, dB.
    """

    reference: Translator
    size: tuple[int, int]
    choices: Sequence[Choice]
    images: ParityImages | None
    min_psnr: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict:
    """How an artifact came through its gate.

    Attributes:
        manifest: With what was found: the delegate, the parity, the status.
        note: Why it is unverified; empty if it is not.
        failure: Why it failed, as the end of a sentence that begins with its name; empty
            if it did not.
        comparison: With the images that it did worst on; None if none was made.
    """

    manifest: Manifest
    note: str = ""
    failure: str = ""
    comparison: Comparison | None = None


def verified(manifest: Manifest, file: Path, gate: Gate) -> Verdict:
    """Load the file, and run its self-test and its parity gate.

    Raises:
        ArtifactError: the file cannot be loaded.
    """
    try:
        engine = load(file, trust=True)  # made here; its manifest is yet to be written
    except (MissingRequirement, IncompatibleArtifact) as error:
        return Verdict(manifest=_with_a_limit(manifest, inf), note=str(error))
    manifest = replace(manifest, delegate=engine.info.delegate)
    try:
        return _judged(manifest, engine, gate)
    except ParityError as error:
        return Verdict(manifest=replace(manifest, status="failed"), failure=str(error))
    finally:
        engine.close()


def _judged(manifest: Manifest, engine: Engine, gate: Gate) -> Verdict:
    found = selftest_deviation(engine, manifest)
    manifest = _with_a_limit(manifest, found or 0.0)
    failure = failure_of(found, manifest)
    if failure:
        raise ParityError(f"failed: {failure}.")
    if gate.images is None:
        return Verdict(manifest=manifest, note="The parity gate was switched off.")
    comparison = verify(
        gate.reference,
        translator(engine),
        parity_samples(gate.images, gate.size, gate.choices),
        manifest.precision.requested,
        _source(gate.images, gate.choices),
        gate.min_psnr,
    )
    passed = comparison.parity.passed
    manifest = replace(
        manifest, parity=comparison.parity, status="verified" if passed else "failed"
    )
    return Verdict(manifest=manifest, failure=comparison.failure(), comparison=comparison)


def _with_a_limit(manifest: Manifest, found: float) -> Manifest:
    """Allow a static int8 file what noise costs it: `found`, or any that it may where it runs.

    A limit that came with the model it was built from stays.
    """
    test = manifest.selftest
    if test is None or manifest.precision.requested != "int8" or test.atol > _USUAL:
        return manifest
    atol = max(test.atol, calibrated_limit(found, test.std))
    return replace(manifest, selftest=replace(test, atol=atol))


def _source(images: ParityImages, choices: Sequence[Choice]) -> str:
    return f"{images.source}, {len(choices)} domains" if len(choices) > 1 else images.source
