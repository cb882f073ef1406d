from __future__ import annotations

import numpy as np

from edgegan.demo.report import verdict
from edgegan.train.paired_quality import MEASURES, PairedQuality


def row(name: str, *means: float) -> PairedQuality:
    """Make a row of 50 pairs that scatter far more between images than rows differ."""
    scatter = np.linspace(-5, 5, 50)
    jitter = np.resize([0.01, -0.01], 50) * len(name)
    return PairedQuality(
        name, {m: mean + scatter + jitter for m, mean in zip(MEASURES, means, strict=True)}
    )


def test_the_verdict_compares_pair_by_pair() -> None:
    rows = [row("input", 1.0, 1.0, 1.0), row("blur", 0.5, 2.0, 1.0), row("net", 0.7, 1.1, 1.0)]
    assert verdict(rows) == [
        "By L1, the translation is nearer to the truth than input and farther from the truth "
        "than blur.",
        "By feature distance, the translation is farther from the truth than input and nearer to "
        "the truth than blur.",
        "By style distance, the translation is not distinguishable from input and not "
        "distinguishable from blur.",
    ]
