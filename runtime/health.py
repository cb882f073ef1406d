"""Is what an engine puts out an answer at all? A fast wrong engine is no result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgegan.errors import ParityError
from edgegan.manifest import Manifest
from edgegan.runtime.engine import Engine
from edgegan.runtime.image_io import NetworkArray, batch_size, from_tensor, nhwc, to_tensor
from edgegan.runtime.label import probe_label
from edgegan.selftest import deviation, selftest_bytes


def output_flags(engine: Engine, pool: Sequence[NetworkArray]) -> list[str]:
    """Run the images of `pool`, and the manifest's self-test; list what is wrong.

    A generator with a label runs with that of the self-test, and once with its opposite.

    Args:
        engine: The engine to look at.
        pool: At least two different images, as `Engine.run` takes them.

    Returns:
        A few words for each defect found; empty if there is none.
    """
    label = probe_label(engine.info.io, engine.manifest, len(pool[0]))
    outputs = [engine.run(x, label=label).copy() for x in pool]
    flags = []
    if not all(np.isfinite(output).all() for output in outputs):
        flags.append("output has NaN or infinite values")
    elif any(np.ptp(output) == 0 for output in outputs):
        flags.append("output is constant")
    elif all(np.array_equal(output, outputs[0]) for output in outputs[1:]):
        flags.append("output does not depend on the input")
    elif label is not None and np.array_equal(outputs[0], engine.run(pool[0], label=1 - label)):
        flags.append("output does not depend on the label")
    failure = _manifest_failure(engine)
    return flags if failure is None else [*flags, failure]


def selftest_deviation(engine: Engine, manifest: Manifest) -> float | None:
    """Run the self-test once; say how far off the output is, or None if there is no test.

    The golden values are of one float image, NHWC: the input is brought into the
    artifact's form, repeated to fill its batch, and its first output is brought back.

    Args:
        engine: The engine to look at.
        manifest: Has the golden values, and the shape they are for.
    """
    selftest = manifest.selftest
    if selftest is None:
        return None
    source, target = manifest.io.inputs[0], manifest.io.outputs[0]
    _, *sides = (side or 1 for side in nhwc(source))
    image = selftest_bytes((1, *sides))
    batch = to_tensor(np.repeat(image, batch_size(manifest.io), axis=0), source)
    label = np.array(selftest.label, np.float32) if selftest.label else None
    output = from_tensor(engine.run(batch, label=label)[:1], target)
    return deviation(selftest, output, manifest.precision.requested)


def selftest_failure(engine: Engine, manifest: Manifest) -> str | None:
    """Run the self-test once; say how it failed, or None if it passed or there is none."""
    return failure_of(selftest_deviation(engine, manifest), manifest)


def failure_of(found: float | None, manifest: Manifest) -> str | None:
    """Say how a self-test failed, of which the deviation was `found`; None if it passed."""
    if found is None or manifest.selftest is None or found <= manifest.selftest.atol:
        return None
    return f"self-test failed: deviation {found:.3g}, allowed {manifest.selftest.atol:.3g}"


def require_selftest(engine: Engine) -> None:
    """Refuse an engine whose outputs are not those its manifest promises.

    Raises:
        ParityError: the self-test failed; it is silent about an artifact without one.
    """
    failure = _manifest_failure(engine)
    if failure is not None:
        raise ParityError(
            f"The artifact gives wrong results here: {failure}. Try another --backend, or export "
            "it again."
        )


def _manifest_failure(engine: Engine) -> str | None:
    return None if engine.manifest is None else selftest_failure(engine, engine.manifest)
