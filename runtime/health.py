"""Is what an engine puts out an answer at all? A fast wrong engine is no result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgegan.images import FloatArray
from edgegan.manifest import Manifest
from edgegan.runtime.engine import Engine
from edgegan.selftest import deviation, limit, selftest_input


def output_flags(engine: Engine, pool: Sequence[FloatArray]) -> list[str]:
    """Run the images of `pool`, and the manifest's self-test; list what is wrong.

    Args:
        engine: The engine to look at.
        pool: At least two different images, as `Engine.run` takes them.

    Returns:
        A few words for each defect found; empty if there is none.
    """
    outputs = [engine.run(x).copy() for x in pool]
    flags = []
    if not all(np.isfinite(output).all() for output in outputs):
        flags.append("output has NaN or infinite values")
    elif any(np.ptp(output) == 0 for output in outputs):
        flags.append("output is constant")
    elif all(np.array_equal(output, outputs[0]) for output in outputs[1:]):
        flags.append("output does not depend on the input")
    if engine.manifest is not None:
        flags += _selftest_flags(engine, engine.manifest, pool[0].shape)
    return flags


def _selftest_flags(engine: Engine, manifest: Manifest, shape: tuple[int, ...]) -> list[str]:
    if manifest.selftest is None:
        return []
    precision = manifest.precision.obtained
    measured = deviation(manifest.selftest, engine.run(selftest_input(shape)), precision)
    if measured <= limit(precision):
        return []
    return [f"self-test failed: deviation {measured:.3g}, allowed {limit(precision):.3g}"]
