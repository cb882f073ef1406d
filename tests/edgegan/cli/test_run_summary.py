from __future__ import annotations

import pytest

from edgegan.cli.run_outcome import FrameFigures
from edgegan.cli.run_summary import early_end


def figures(ended: str | None) -> FrameFigures:
    return FrameFigures(
        count=90,
        seconds=3.0,
        per_s=30.0,
        source_per_s=30.0,
        encoder="libx264",
        sound="none",
        ended=ended,
    )


@pytest.mark.parametrize("ended", [None, "stop", "time"])
def test_what_ended_as_asked_is_no_news(ended: str | None) -> None:
    assert early_end(figures(ended)) == []


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("camera", "the camera gave no more frames"),
        ("no frame for 10 s", "no frame for 10 s"),
        ("[Errno 19] No such device", "[Errno 19] No such device"),
    ],
)
def test_an_early_end_is_told(ended: str, words: str) -> None:
    assert early_end(figures(ended)) == [f"Warning: the source ended early: {words}."]


def test_images_have_no_end() -> None:
    assert early_end(None) == []
