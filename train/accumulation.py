"""Gradient accumulation: a batch computed part by part, in the memory of one part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

Compute = Callable[..., tuple[Any, tuple[Any, ...]]]


def accumulate(compute: Compute, batch: Sequence[Any], parts: int) -> tuple[Any, tuple[Any, ...]]:
    """Call `compute` on `parts` equal slices of `batch`, one after another.

    Args:
        compute: From tensors `[N / parts, ...]` to (sums, images): a structure of tensors
            to add up over the parts, and tensors `[N / parts, ...]` to put together.
        batch: Tensors `[N, ...]`.
        parts: How many slices; 1 calls `compute` once.

    Returns:
        The added sums, and the images `[N, ...]`.
    """
    if parts == 1:
        return compute(*batch)
    slices = [tf.reshape(x, (parts, -1, *x.shape[1:])) for x in batch]
    sums, images = compute(*[x[0] for x in slices])
    written = tuple(
        tf.TensorArray(x.dtype, parts, element_shape=x.shape).write(0, x) for x in images
    )

    def body(part: Any, sums: Any, written: Any) -> Any:
        more, images = compute(*[x[part] for x in slices])
        arrays = [array.write(part, x) for array, x in zip(written, images, strict=True)]
        return part + 1, tf.nest.map_structure(tf.add, sums, more), tuple(arrays)

    # One part at a time: several at once would need the memory that this is to save.
    _, sums, written = tf.while_loop(
        lambda part, *_: part < parts, body, (1, sums, written), parallel_iterations=1
    )
    return sums, tuple(array.concat() for array in written)
