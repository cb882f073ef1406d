"""An engine without a backend: a NumPy function behind the `Engine` protocol.

For tests and examples that need an engine and no optional package.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgegan.images import FloatArray
from edgegan.manifest import IO, Manifest, Tensor
from edgegan.runtime.engine import Engine, EngineInfo, check_array


class NumpyEngine(Engine):
    """Runs `function`, which maps float32 `[N, H, W, 3]` to the same shape."""

    def __init__(
        self,
        function: Callable[[FloatArray], FloatArray],
        size: tuple[int | None, int | None] = (None, None),
        manifest: Manifest | None = None,
    ) -> None:
        """Wrap `function`; `size` is the (H, W) it takes, None where it takes any."""
        self._function = function
        shape = (1, *size, 3)
        self.manifest = manifest
        self.info = EngineInfo(
            backend="numpy",
            version=np.__version__,
            device="cpu",
            threads=1,
            io=IO(
                inputs=(Tensor(name="image", shape=shape, dtype="float32"),),
                outputs=(Tensor(name="output", shape=shape, dtype="float32"),),
            ),
            precision="fp32",
            delegate=None,
            load_ms=0.0,
            memory={},
        )

    def run(self, x: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Run the function; see `Engine.run`."""
        check_array(x, self.info.io.inputs[0])
        result = self._function(x)
        if out is None:
            return result
        check_array(out, self.info.io.outputs[0])
        np.copyto(out, result)
        return out

    def close(self) -> None:
        """Do nothing: there is nothing to free."""
