"""The gate of one artifact: load it, run its self-test, and compare it with Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tf_keras as keras

from edgegan.errors import MissingRequirement, ParityError
from edgegan.export.labels import Pair, spread
from edgegan.export.parity import describe_gate, verify
from edgegan.export.parity_images import ParityImages
from edgegan.images import FloatArray, ImageArray
from edgegan.manifest import Manifest
from edgegan.runtime.engine import load
from edgegan.runtime.health import selftest_failure
from edgegan.runtime.image_io import from_network, to_network
from edgegan.train.generator_file import generator_io


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What an artifact is compared with.

    Attributes:
        reference: The Keras generator at the artifact's size, with its label if it has one.
        labels: Those to cover; [None] if it takes none.
        images: The images to compare on; None skips the comparison.
        min_psnr: Another threshold, dB.
    """

    reference: keras.Model
    labels: Sequence[FloatArray | None]
    images: ParityImages | None
    min_psnr: float | None = None


def verified(manifest: Manifest, file: Path, gate: Gate) -> tuple[Manifest, str]:
    """Load the file, and run its self-test and its parity gate.

    Returns:
        The manifest with what was found, and why it is not verified, if it is not.

    Raises:
        ParityError: the self-test or the gate failed.
    """
    precision = manifest.precision.requested
    try:
        engine = load(file)
    except MissingRequirement as error:
        return manifest, str(error)
    manifest = replace(manifest, delegate=engine.info.delegate)
    failure = selftest_failure(engine, manifest)
    if failure:
        raise ParityError(f"failed: {failure}.")
    if gate.images is None:
        return manifest, "The parity gate was switched off."
    io = generator_io(gate.reference)
    takes_label = len(manifest.io.inputs) > 1

    def reference(pair: Pair) -> ImageArray:
        image, label = to_network(pair[0], io), pair[1]
        inputs = image if label is None else [image, label[None]]
        output: FloatArray = gate.reference(inputs, training=False).numpy()
        translated: ImageArray = from_network(output)[0]
        return translated

    def candidate(pair: Pair) -> ImageArray:
        return engine(pair[0], pair[1] if takes_label else None)

    size = gate.reference.inputs[0].shape[1:3]
    pairs = spread(gate.images.at_size((size[0], size[1])), gate.labels)
    source = _source(gate)
    parity = verify(reference, candidate, pairs, precision, source, gate.min_psnr)
    engine.close()
    if not parity.passed:
        raise ParityError(
            f"failed its parity gate: PSNR median {parity.psnr_median} dB, minimum "
            f"{parity.psnr_min} dB, largest difference {parity.max_lsb}/255 over {parity.images} "
            f"images ({parity.source}); expected {describe_gate(precision, gate.min_psnr)}."
        )
    return replace(manifest, parity=parity, status="verified"), ""


def _source(gate: Gate) -> str:
    source = gate.images.source if gate.images else ""
    return f"{source}, {len(gate.labels)} domains" if len(gate.labels) > 1 else source
