"""From images to images: what stands around a network counts, too."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from time import perf_counter_ns

from edgegan.images import FloatArray, ImageArray
from edgegan.runtime.bench_images import network_batch
from edgegan.runtime.engine import Engine
from edgegan.runtime.image_io import NetworkArray, from_network


class EndToEnd:
    """Runs an engine on uint8 images, and keeps the times of the stages of each run."""

    def __init__(self, engine: Engine) -> None:
        """Stand around `engine`."""
        self._engine = engine
        self._out: NetworkArray | None = None
        self.stages_ns: list[tuple[int, int, int]] = []  # before, network, after

    def run(
        self,
        x: Sequence[ImageArray],
        out: NetworkArray | None = None,
        label: FloatArray | None = None,
    ) -> NetworkArray:
        """Translate one batch.

        Args:
            x: The images of one run, uint8 `[H, W, 3]` each.
            out: Not used: images are made anew.
            label: Goes to the network.

        Returns:
            uint8 `[N, H, W, 3]`.
        """
        del out
        io = self._engine.info.io
        start = perf_counter_ns()
        batch = network_batch(x, io)
        ready = perf_counter_ns()
        self._out = self._engine.run(batch, self._out, label)
        done = perf_counter_ns()
        images = from_network(self._out, io.outputs[0].layout)
        self.stages_ns.append((ready - start, done - ready, perf_counter_ns() - done))
        return images

    def keep_last(self, runs: int, kept: int) -> None:
        """Forget the stages of all runs but the first `kept` and the last `runs`."""
        self.stages_ns[kept:] = self.stages_ns[len(self.stages_ns) - runs :]


def stage_medians_ms(stages_ns: Sequence[tuple[int, int, int]]) -> tuple[float, float, float]:
    """Take the median of each stage over runs: before, network, after; ms."""
    before, network, after = zip(*stages_ns, strict=True)
    return median(before) / 1e6, median(network) / 1e6, median(after) / 1e6
