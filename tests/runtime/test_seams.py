from __future__ import annotations

import numpy as np

from edgegan.runtime.seams import NOTABLE_LSB, Seam, SeamLog, measure_seam


def seam(mean: float, maximum: int = 0, top: int = 0) -> Seam:
    return Seam(top=top, left=0, height=1, width=1, mean=mean, maximum=maximum)


def test_differences_are_not_wrapped() -> None:
    one = np.array([[[0, 255, 10]], [[5, 5, 5]]], np.uint8)
    other = np.array([[[255, 0, 10]], [[5, 5, 11]]], np.uint8)
    measured = measure_seam(one, other, 3, 4)
    assert measured == Seam(top=3, left=4, height=2, width=1, mean=516 / 6, maximum=255)


def test_a_summary_is_over_all_pictures() -> None:
    log = SeamLog()
    assert log.summary() is None
    log.add([seam(1, 30)])
    log.add([seam(3)])
    log.name("a.png")
    log.add([seam(8, 9, top=5), seam(2)])
    log.name("b.png")
    log.name("c.png")  # has no seam
    found = log.summary()
    assert found is not None
    assert (found.count, found.median, found.maximum) == (4, 2.5, 30)
    assert (found.picture, found.worst) == ("b.png", seam(8, 9, top=5))


def test_a_typical_seam_decides_what_is_notable() -> None:
    for means, notable in (([0, NOTABLE_LSB, 99], False), ([0, NOTABLE_LSB + 0.1, 5], True)):
        log = SeamLog()
        log.add([seam(mean) for mean in means])
        log.name("a.png")
        found = log.summary()
        assert found is not None
        assert found.notable is notable
