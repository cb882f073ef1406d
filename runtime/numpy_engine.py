"""An engine without a backend: a NumPy function behind the `Engine` protocol.

For tests and examples that need an engine and no optional package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgegan.images import FloatArray
from edgegan.manifest import IO, Manifest, Tensor, tensor_of_rank
from edgegan.runtime.engine import Engine, EngineInfo
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.label import checked_label
from edgegan.runtime.tensor_checks import check_array


class NumpyEngine(Engine):
    """Runs `function`, which maps images to images of the same shape, layout and dtype.

    With a label beside the image it is called with both.
    """

    def __init__(
        self,
        function: Callable[..., NetworkArray],
        size: tuple[int | None, int | None] = (None, None),
        manifest: Manifest | None = None,
        label_length: int = 0,
        image: Tensor | None = None,
    ) -> None:
        """Wrap `function`.

        Args:
            function: What to run.
            size: The (H, W) it takes, None where it takes any.
            manifest: What is known of it.
            label_length: Entries of the label it takes; 0 for none.
            image: What it takes and gives, in place of float32 `[1, *size, 3]`.
        """
        self._function = function
        image = image or tensor_of_rank("image", (1, *size, 3), "float32")
        label = tensor_of_rank("label", (image.shape[0], label_length), "float32")
        self.manifest = manifest
        self.info = EngineInfo(
            backend="numpy",
            version=np.__version__,
            device="cpu",
            threads=1,
            io=IO(
                inputs=(image, label) if label_length else (image,),
                outputs=(replace(image, name="output"),),
            ),
            precision="fp32",
            delegate=None,
            load_ms=0.0,
            memory={},
            task=manifest.task if manifest else None,
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the function; see `Engine.run`."""
        self.require_open()
        check_array(x, self.info.io.inputs[0])
        label = checked_label(label, self.info.io, len(x))
        result = self._function(x) if label is None else self._function(x, label)
        if out is None:
            return result
        check_array(out, self.info.io.outputs[0])
        np.copyto(out, result)
        return out

    def close(self) -> None:
        """Refuse to run from now on; there is nothing to free."""
        self.closed = True
