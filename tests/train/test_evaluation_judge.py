"""What the judge of an evaluation compares, with what, and that its scores are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.emoji_styles import open_emoji_styles
from edgegan.image_metrics import psnr
from edgegan.images import FloatArray, to_float
from edgegan.train.evaluation_data import open_evaluation
from edgegan.train.evaluation_judge import Contender, judge_row, open_judge
from edgegan.train.features import open_extractor
from edgegan.train.frechet import frechet_distance, gaussian
from edgegan.train.kernel_distance import kernel_distance
from tests.train.evaluated import means


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))


def test_each_translation_is_compared_with_its_truth() -> None:
    direction = open_evaluation("emoji", (16, 16), "A2B", (), limit=20).directions[0]
    judge = open_judge(direction, means(), ["paired"])
    untouched = Contender(name="input", forward=lambda images, labels: images)
    scores = judge_row(untouched, judge).scores
    pairs = list(zip(direction.sources, direction.truths, strict=True))  # type: ignore[arg-type]
    gaps = [np.abs(to_float(a) - to_float(b)).mean() for a, b in pairs]
    assert scores["paired_l1"].value == pytest.approx(np.mean(gaps), rel=1e-5)
    assert scores["paired_psnr"].value == pytest.approx(np.mean([psnr(*pair) for pair in pairs]))
    colours = [[x.mean(axis=(0, 1)) for x in map(to_float, pair)] for pair in pairs]
    units = [[x / np.linalg.norm(x) for x in pair] for pair in colours]
    apart = np.mean([np.square(a - b).sum() for a, b in units])
    assert scores["paired_features"].value == pytest.approx(apart, rel=1e-3)


def test_held_out_images_are_compared_with_but_do_not_meet_themselves() -> None:
    direction = open_evaluation("emoji", (16, 16), "A2B", (), limit=20).directions[0]
    untouched = Contender(name="input", forward=lambda images, labels: images)
    real = Contender(name="real", forward=None)
    colours = [to_float(x).mean(axis=(1, 2)) for x in (direction.sources, direction.training)]
    held_out = to_float(direction.targets).mean(axis=(1, 2))
    names = ("training", "all")
    judges = [open_judge(direction, means(), ["fid", "kid"], name) for name in names]
    for judge, known in zip(judges, (colours[1], np.vstack([colours[1], held_out])), strict=True):
        scores = judge_row(untouched, judge).scores
        assert scores["kid"].value == pytest.approx(kernel_distance(colours[0], known))
        assert scores["fid"].value == pytest.approx(fid(colours[0], known))
    first, second = (judge_row(real, judge).scores for judge in judges)
    for one in (first, second):
        assert one["kid"].value == pytest.approx(kernel_distance(held_out, colours[1]))
        assert one["fid"].value == pytest.approx(fid(held_out, colours[1]))


def fid(x: FloatArray, y: FloatArray) -> float:
    return frechet_distance(gaussian(x), gaussian(y))


def test_the_judge_of_domains_is_right_about_real_images() -> None:
    styles = open_emoji_styles().domains
    data = open_evaluation("emoji-styles", (64, 64), "G", styles, limit=40)
    judge = open_judge(data.directions[2], open_extractor("emoji"), ["attributes"])
    shares = {
        name: judge_row(Contender(name=name, forward=forward), judge).scores["attribute_success"]
        for name, forward in (("input", lambda images, labels: images), ("real", None))
    }
    assert shares["real"].value > 0.9
    assert shares["input"].value < 0.1
