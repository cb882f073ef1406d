"""Weights stored as float16: half the size, for files that are kept or passed on.

The network computes in float32 all the same. Only the numbers in the file are shorter,
so Keras loads it like any other.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
import tf_keras as keras

from edgegan.errors import EdgeganError

_WEIGHTS = "model.weights.h5"
LARGEST = float(np.finfo(np.float16).max)


def round_weights(model: keras.Model) -> None:
    """Round the weights of `model`, in place, to what float16 can hold.

    Raises:
        EdgeganError: a weight is too large for float16.
    """
    weights = model.get_weights()
    largest = max(float(np.abs(weight).max()) for weight in weights)
    if largest > LARGEST:
        raise EdgeganError(
            f"{model.name} has a weight of {largest:.3g}, beyond the {LARGEST:.0f} of float16."
        )
    model.set_weights([weight.astype(np.float16).astype(np.float32) for weight in weights])


def store_as_float16(path: Path) -> None:
    """Rewrite the `.keras` file at `path` with float16 numbers, compressed."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    content[_WEIGHTS] = _halved(content[_WEIGHTS])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(name, data)


def _halved(weights: bytes) -> bytes:
    halved = io.BytesIO()
    with h5py.File(io.BytesIO(weights)) as source, h5py.File(halved, "w") as target:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
            else:
                numbers = item[()]
                short = numbers.astype(np.float16) if item.dtype == np.float32 else numbers
                target.create_dataset(name, data=short)

        source.visititems(copy)
        target.attrs.update(source.attrs)
    return halved.getvalue()
