"""An engine for pictures of any size: its network sees them tile by tile."""

from __future__ import annotations

import numpy as np

from edgegan.errors import UsageError
from edgegan.images import FloatArray, ImageArray
from edgegan.runtime.engine import Engine
from edgegan.runtime.image_io import NetworkArray, batch_size, input_size
from edgegan.runtime.seams import SeamLog
from edgegan.runtime.tile_grid import Tiling
from edgegan.runtime.tiles import translate_tiles


class TiledEngine(Engine):
    """Translates pictures in their own size; `run` is still that of the network."""

    def __init__(self, engine: Engine, tiling: Tiling, seams: SeamLog) -> None:
        """Wrap `engine`, which keeps the size of images; `seams` are told of each picture."""
        self.info, self.manifest = engine.info, engine.manifest
        self.tiling = tiling
        self._engine, self._seams = engine, seams

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network; see `Engine.run`."""
        return self._engine.run(x, out, label)

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def __call__(self, image: ImageArray, label: FloatArray | None = None) -> ImageArray:
        """Translate uint8 `[H, W, 3]` or `[N, H, W, 3]`; the result has their size.

        Raises:
            UsageError: the network does not keep the size, or see `Engine.__call__`.
            ImageError: the network's output has NaN values.
        """
        if image.ndim == 4:
            return np.stack([self(one, label) for one in image])
        result, seams = translate_tiles(
            lambda tiles: self._engine(tiles, label),
            image,
            self.tiling,
            batch_size(self.info.io),
        )
        self._seams.add(seams)
        return result


def choose_tiling(engine: Engine, size: tuple[int, int] | None, overlap: int | None) -> Tiling:
    """Decide how pictures are cut for an engine.

    Args:
        engine: What the tiles are for.
        size: (H, W) of a tile; None: the network's.
        overlap: Pixels; None: a quarter of a tile.

    Raises:
        UsageError: the network takes another size, or any and none is given, or the overlap
            does not fit.
    """
    fixed = input_size(engine.info.io)
    if size is None and fixed is None:
        raise UsageError("The network takes any size, so --tile needs one, such as --tile 256.")
    if size is not None and fixed is not None and size != fixed:
        takes, got = (f"{height}x{width}" for height, width in (fixed, size))
        raise UsageError(
            f"The network takes {takes}, so tiles are {takes}, too; got --tile {got}. "
            "Use --tile auto, or export the generator with another --size."
        )
    chosen = size or fixed
    assert chosen is not None
    return Tiling(size=chosen, overlap=min(chosen) // 4 if overlap is None else overlap)
