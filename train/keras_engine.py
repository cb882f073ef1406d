"""The `.keras` engine: the reference that every artifact is compared with."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray
from edgegan.manifest import Manifest
from edgegan.runtime.engine import Engine, EngineInfo, check_device, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.label import checked_label
from edgegan.runtime.tensor_checks import check_array
from edgegan.train.generator_file import generator_io, load_generator


class KerasEngine(Engine):
    """Runs a Keras generator as TensorFlow does, in float32.

    Args:
        path: The `.keras` file.
        manifest: What is known of it; unused beyond `info`.
        device: "cpu".
        threads: Ignored; TensorFlow's thread pools belong to the whole process.
    """

    def __init__(
        self,
        path: Path,
        *,
        manifest: Manifest | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        check_device("keras", device)
        del threads
        start = time.perf_counter()
        self._model, _ = load_generator(path)
        self._call = tf.function(self._model)
        self.manifest = manifest
        self.info = EngineInfo(
            backend="keras",
            version=tf.__version__,
            device=device,
            threads=thread_count(None),
            io=generator_io(self._model),
            precision="fp32",
            delegate=None,
            load_ms=(time.perf_counter() - start) * 1e3,
            memory={"file_bytes": path.stat().st_size},
            task=manifest.task if manifest else None,
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network, float32 NHWC; see `Engine.run`. The batch is free."""
        self.require_open()
        check_array(x, self.info.io.inputs[0])
        label = checked_label(label, self.info.io, len(x))
        inputs = [tf.convert_to_tensor(array) for array in (x, label) if array is not None]
        result: FloatArray = self._call(inputs if len(inputs) > 1 else inputs[0]).numpy()
        if out is None:
            return result
        check_array(out, self.info.io.outputs[0])
        np.copyto(out, result)
        return out

    def close(self) -> None:
        """Drop the network."""
        self._call = self._model = None
        self.closed = True
