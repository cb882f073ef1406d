"""Multiply-accumulates: the numbers that papers print, and the true ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edgegan.train.macs import count_macs
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR


def test_the_papers_generator(paper_generator: Any) -> None:
    # GAN Compression (Li et al. 2020) prints 56.8G for this network.
    assert count_macs(paper_generator) == (49_551_507_456, 56_799_264_768)


def test_by_hand() -> None:
    stem = head = 8 * 8 * 7 * 7 * 3 * 2
    down = 4 * 4 * 3 * 3 * 2 * 4
    block = 2 * 4 * 4 * 3 * 3 * 4 * 4
    up = 4 * 4 * 3 * 3 * 4 * 2  # each input pixel meets each weight once
    same = stem + down + block + head
    assert count_macs(build_generator(GENERATOR)) == (same + up, same + 4 * up)


def test_resize_upsampling_really_computes_at_the_larger_size() -> None:
    deconv, literature = count_macs(build_generator(GENERATOR))
    resize, same = count_macs(build_generator(replace(GENERATOR, upsample="resize")))
    assert resize == same == literature
    assert resize > deconv
