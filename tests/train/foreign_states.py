"""State dicts as files of PyTorch hold them, with random weights, made without PyTorch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[Any]]


def resnet_state(
    filters: int = 4,
    blocks: int = 2,
    channels: int = 3,
    norm: str = "instance",
    dropout: bool = False,
    blur: bool = False,
    seed: int = 0,
) -> Tensors:
    """Make the weights of junyanz's ResnetGenerator; with `blur`, of CUT's default.

    Args:
        filters: Of the first convolution.
        blocks: Residual blocks.
        channels: Of the images.
        norm: "instance", "old" (instance norm as before PyTorch 0.4) or "batch".
        dropout: Whether blocks contain one.
        blur: Whether sampling is anti-aliased.
        seed: Of the weights.
    """
    state = State(seed)
    f, at = filters, 4
    state.add("model.1", (f, channels, 7, 7), "model.2", norm)
    for i in (1, 2):
        state.add(f"model.{at}", (2 * i * f, i * f, 3, 3), f"model.{at + 1}", norm)
        if blur:
            state.blur(f"model.{at + 3}", 2 * i * f, (1, 2, 1))
        at += 4 if blur else 3
    for _ in range(blocks):
        for conv in (1, 6 if dropout else 5):
            prefix = f"model.{at}.conv_block"
            state.add(f"{prefix}.{conv}", (4 * f, 4 * f, 3, 3), f"{prefix}.{conv + 1}", norm)
        at += 1
    for i in (4, 2):
        if blur:
            state.blur(f"model.{at}", i * f, (1, 3, 3, 1))
            at += 1
            state.add(f"model.{at}", (i * f // 2, i * f, 3, 3), f"model.{at + 1}", norm)
        else:
            shape = (i * f, i * f // 2, 3, 3)
            state.add(f"model.{at}", shape, f"model.{at + 1}", norm, i * f // 2)
        at += 3
    state.conv(f"model.{at + 1}", (channels, f, 7, 7), bias=channels)
    return state.tensors


def stargan_state(filters: int = 4, entries: int = 5, blocks: int = 1, seed: int = 0) -> Tensors:
    """Make the weights of yunjey's Generator."""
    state, f, at = State(seed), filters, 3
    state.add("main.0", (f, 3 + entries, 7, 7), "main.1", "affine")
    for i in (1, 2):
        state.add(f"main.{at}", (2 * i * f, i * f, 4, 4), f"main.{at + 1}", "affine")
        at += 3
    for _ in range(blocks):
        for conv in (0, 3):
            prefix = f"main.{at}.main"
            state.add(f"{prefix}.{conv}", (4 * f, 4 * f, 3, 3), f"{prefix}.{conv + 1}", "affine")
        at += 1
    for i in (4, 2):
        shape = (i * f, i * f // 2, 4, 4)
        state.add(f"main.{at}", shape, f"main.{at + 1}", "affine", i * f // 2)
        at += 3
    state.conv(f"main.{at}", (3, f, 7, 7))
    return state.tensors


def weight_count(tensors: Tensors) -> int:
    """Count what PyTorch calls parameters: no statistics, no filters."""
    return sum(t.size for key, t in tensors.items() if re.search(r"\.(weight|bias)$", key))


class State:
    """A state dict in the making."""

    def __init__(self, seed: int) -> None:
        self.tensors: Tensors = {}
        self._rng = np.random.default_rng(seed)

    def add(
        self, conv: str, shape: tuple[int, ...], norm: str, kind: str, width: int | None = None
    ) -> None:
        """Add a convolution and the norm behind it."""
        width = width or shape[0]
        self.conv(conv, shape, bias=0 if kind in ("batch", "affine") else width)
        if kind in ("batch", "affine"):
            self.tensors[f"{norm}.weight"] = self._uniform(0.5, 1.5, (width,))
            self.tensors[f"{norm}.bias"] = self._uniform(-0.2, 0.2, (width,))
        if kind != "instance":
            self.tensors[f"{norm}.running_mean"] = self._uniform(-0.2, 0.2, (width,))
            self.tensors[f"{norm}.running_var"] = self._uniform(0.5, 1.5, (width,))
            self.tensors[f"{norm}.num_batches_tracked"] = np.array(7)

    def conv(self, conv: str, shape: tuple[int, ...], bias: int = 0) -> None:
        """Add a convolution, with a bias of so many values."""
        spread = 1.5 / np.sqrt(np.prod(shape[1:]))
        self.tensors[f"{conv}.weight"] = self._uniform(-spread, spread, shape)
        if bias:
            self.tensors[f"{conv}.bias"] = self._uniform(-0.2, 0.2, (bias,))

    def blur(self, name: str, width: int, row: Iterable[float]) -> None:
        """Add a blur filter, each channel's the same."""
        line = np.array(list(row), np.float32)
        plane = np.outer(line, line) / line.sum() ** 2 * (4 if len(line) == 4 else 1)
        filters = np.broadcast_to(plane, (width, 1, *plane.shape))
        self.tensors[f"{name}.filt"] = filters.astype(np.float32)

    def _uniform(self, low: float, high: float, shape: tuple[int, ...]) -> NDArray[Any]:
        return self._rng.uniform(low, high, shape).astype(np.float32)
