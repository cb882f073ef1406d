from __future__ import annotations

from edgegan.demo.report import verdict
from edgegan.train.paired_quality import PairedQuality


def row(name: str, l1: float, feature: float, style: float) -> PairedQuality:
    """Make a row whose intervals reach 0.1 to both sides."""

    def ci(value: float) -> tuple[float, float]:
        return (value - 0.1, value + 0.1)

    return PairedQuality(
        name=name,
        images=9,
        l1=l1,
        l1_ci=ci(l1),
        feature=feature,
        feature_ci=ci(feature),
        style=style,
        style_ci=ci(style),
    )


def test_the_verdict_names_what_is_beaten_and_what_is_not_certain() -> None:
    rows = [row("input", 1.0, 1.0, 1.0), row("blur", 0.5, 2.0, 1.0), row("net", 0.7, 1.1, 0.9)]
    l1, feature, style = verdict(rows).split("; by ")
    assert l1.endswith(
        "mean L1: is nearer to the truth than the input and is farther than the blur "
        "(95 % intervals overlap)"
    )
    assert feature == (
        "feature distance: is farther than the input (95 % intervals overlap) "
        "and is nearer to the truth than the blur"
    )
    assert style.count("(95 % intervals overlap)") == 2
