"""The label beside the image: what an engine is fed with, given, by default or as a probe."""

from __future__ import annotations

import numpy as np

from edgegan.domains import encode
from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.manifest import IO, Manifest, Task
from edgegan.selftest import selftest_label


def label_entries(io: IO) -> int:
    """Count the entries of the label that a network takes; 0 if it takes none."""
    return (io.inputs[1].shape[1] or 0) if len(io.inputs) > 1 else 0


def checked_label(label: FloatArray | None, io: IO, count: int) -> FloatArray | None:
    """Bring a label into the form that the network takes.

    Args:
        label: float32 `[N, c]`, or `[c]` for all images alike; None for none.
        io: The tensors of the network, which takes c entries.
        count: Number of images, N.

    Returns:
        float32 `[N, c]`, C-contiguous; None if the network takes no label.

    Raises:
        UsageError: a label is missing, is not taken, or has another shape or dtype.
    """
    entries = label_entries(io)
    if label is None and not entries:
        return None
    if not entries:
        raise UsageError("The network takes no label beside the image; leave out the label.")
    expected = f"a label beside the image, float32 [{count}, {entries}] or [{entries}]"
    if label is None:
        raise UsageError(f"The network takes {expected}; none was given.")
    if label.dtype != np.float32 or label.shape not in ((entries,), (count, entries)):
        raise UsageError(f"The network takes {expected}; got {label.dtype} {list(label.shape)}.")
    return np.ascontiguousarray(np.broadcast_to(label, (count, entries)))


def default_label(io: IO, task: Task | None) -> FloatArray | None:
    """Return the label that is taken where none is given: each domain's default.

    Returns:
        float32 `[c]`; None if the network takes no label.

    Raises:
        UsageError: it takes one, but nothing tells its domains.
    """
    entries = label_entries(io)
    if not entries:
        return None
    if task is None or not task.domains:
        raise UsageError(
            f"The network takes a label of {entries} values, and nothing tells what they stand "
            "for: the file has no manifest beside it and no copy inside. Give the label."
        )
    return encode(task.domains, {})


def probe_label(io: IO, manifest: Manifest | None, count: int) -> FloatArray | None:
    """Choose a label to try or to time a network with: the self-test's.

    Args:
        io: The tensors of the network.
        manifest: What is known of it.
        count: Number of images, N.

    Returns:
        float32 `[N, c]`; None if it takes no label.
    """
    entries = label_entries(io)
    if not entries:
        return None
    stored = manifest.selftest.label if manifest and manifest.selftest else ()
    label = np.array(stored, np.float32) if stored else selftest_label((), entries)
    return checked_label(label, io, count)
