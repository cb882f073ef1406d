"""Damage files at random, the same way for the same number."""

from __future__ import annotations

import numpy as np

KINDS = ("bits", "bytes", "cut", "swap", "zeros", "numbers", "repeat", "remove")
# Values that sizes, offsets and counts are not meant to have.
NUMBERS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**16, 2**24)


def mutate(data: bytes, seed: int) -> bytes:
    """Return a damaged copy of `data`; other numbers damage it otherwise."""
    rng = np.random.default_rng(seed)
    content = np.frombuffer(data, np.uint8).copy()
    kind = KINDS[seed % len(KINDS)]
    start, end = np.sort(rng.integers(0, len(content), 2))
    end = min(end, start + 4096)
    if kind == "bits":
        places = rng.integers(0, len(content), rng.integers(1, 9))
        content[places] ^= 1 << rng.integers(0, 8, len(places), np.uint8)
    elif kind == "bytes":
        places = rng.integers(0, len(content), rng.integers(1, 17))
        content[places] = rng.integers(0, 256, len(places))
    elif kind == "cut":
        content = content[:start]
    elif kind == "swap":
        size = min(int(rng.integers(1, 65)), len(content) // 2)
        a, b = rng.integers(0, len(content) - size, 2)
        first, second = content[a : a + size].copy(), content[b : b + size].copy()
        content[a : a + size], content[b : b + size] = second, first
    elif kind == "zeros":
        content[start:end] = 0
    elif kind == "numbers":
        for place in rng.integers(0, max(len(content) - 4, 1), rng.integers(1, 5)):
            value = int(rng.choice(NUMBERS))
            content[place : place + 4] = np.frombuffer(value.to_bytes(4, "little"), np.uint8)
    elif kind == "repeat":
        content = np.concatenate([content[:end], content[start:]])
    else:
        content = np.concatenate([content[:start], content[end:]])
    return content.tobytes()
